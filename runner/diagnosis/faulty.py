"""Faults of the catalogue in a run: found from what its own program computes and what its data are, not from `faults`.

The program's loss and gradient are compared with those of the network as configured, in calls one after the other on
several numbers of samples; where they differ, the catalogue is searched for the mistake that computes the same. Data
and initial parameters are compared with those that the configuration describes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.gradients.computation import Computation, random_parameters
from runner.diagnosis.gradients.hypotheses import placed
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.naming import name_causes
from runner.diagnosis.suspicion import Suspicion
from runner.network.arrays import arrays_of
from runner.network.faults.catalogue import FAULTS, FaultChoice, parse
from runner.network.faults.placement import Placement
from runner.training.setup import Setup, prepare

Array = NDArray[np.float64]
# By the name of an array: its gradient as `supplied`, the `numerical` one in its direction, and their `ratio`.
Slopes = dict[str, dict[str, float | None]]

# Relative difference of two float64 computations of the same formula.
_SAME = 1e-9
_FEW, _MANY = 16, 1024
# Along a direction, as a share of the size of the parameters.
_STEP = 1e-5
_UNKNOWN = "wrong_gradient"


def faults_in(case: Case, budget: float) -> Iterator[Suspicion]:
    """The faults of a run, as suspicions that are certain; `budget` is how many seconds naming may take."""
    setup = case.setup
    yield from _in_data(setup)
    if _differs(setup):
        yield from _in_program(setup, budget)
    elif case.outcome == "nan":
        yield from _in_overflow(case)


def without_all(faults: Sequence[Suspicion]) -> Fix:
    """The fix that leaves out what any of the fixes of `faults` leaves out; no change where there are none."""
    lists = [change.value for fault in faults for fix in fault.fixes for change in fix]
    return (Change("faults", tuple(text for text in lists[0] if all(text in left for left in lists))),) if lists else ()


def _in_program(setup: Setup, budget: float) -> Iterator[Suspicion]:
    network, lr = setup.placement, setup.settings.optimizer.rate
    suspect = Computation(network, lr)
    X, Y = _samples(setup, len(setup.dataset.train.X))
    causes = name_causes(suspect.loss, suspect.gradient, network.context, X, Y, lr=lr, budget=budget)
    evidence = {"slopes": _slopes(setup)}
    if not causes:
        yield Suspicion(
            cause=_UNKNOWN,
            symptom="The gradient does not match the loss, and no mistake of the catalogue explains the difference.",
            evidence=evidence,
            fixes=(_without(setup, []),),
            strength=10.0,
            certain=True,
        )
    for cause in causes:
        yield Suspicion(
            cause=cause.name,
            symptom=_sentence(cause, evidence["slopes"]),
            evidence={**evidence, "residual": cause.residual, "tied_with": cause.tied_with, "written": cause.written},
            where={} if cause.layer is None else {"layer": cause.layer},
            fixes=(_without(setup, causes),),
            strength=10.0,
            certain=True,
        )


def _sentence(cause: GradientMistake, slopes: Slopes) -> str:
    ratios = [slope["ratio"] for slope in slopes.values() if slope["ratio"] is not None]
    factor = ""
    if ratios and np.ptp(ratios) <= 1e-4 * max(map(abs, ratios)) and abs(ratios[0] - 1.0) > 1e-4:
        factor = f"The gradient is {ratios[0]:.6g} times that of the loss. "
    where = (
        "the network"
        if not FAULTS[cause.name].takes_layer
        else f"layer {cause.layer}"
        if cause.layer
        else "every layer"
    )
    should = f" It should read: {cause.should_read}." if cause.should_read else ""
    return f"{factor}The mistake is in {where}. {FAULTS[cause.name].sentences}{should}"


def _in_overflow(case: Case) -> Iterator[Suspicion]:
    """The unguarded forms: what overflows for this run and doesn't as it is configured."""
    setup = case.setup
    healthy = replace(setup.placement, placed=())
    X, Y = _samples(setup, _MANY)
    theta = case.theta.astype(np.float64)
    if np.isfinite(Computation(setup.placement).loss(theta, X, Y)) or not np.isfinite(
        Computation(healthy).loss(theta, X, Y)
    ):
        return
    texts = {call.text for call in setup.program.calls}
    for name in (fault.name for fault in FAULTS.values() if fault.overflows):
        naive = placed((FaultChoice(name),), setup.placement.context)
        written = [call.text for call in naive.program().calls if call.note] if naive else []
        if written and set(written) <= texts:
            yield Suspicion(
                cause=name,
                symptom=f"{'; '.join(written)} overflows. The network as configured has a finite loss there.",
                evidence={"written": written},
                fixes=(_without(setup, []),),
                strength=10.0,
                certain=True,
            )


def _in_data(setup: Setup) -> Iterator[Suspicion]:
    """What was trained on and from, against what the configuration describes."""
    if not setup.settings.faults:
        return  # nothing but a fault comes between the two
    described = prepare(setup.settings.model_copy(update={"faults": ()}))
    (X, Y), (X0, Y0) = ((s.dataset.train.X, s.dataset.train.Y) for s in (setup, described))
    fixes = (_without_data(setup),)
    if not np.array_equal(setup.initial, described.initial) and _cut(setup.initial):
        yield Suspicion(
            cause="integer_overflow",
            symptom="The initial weights are truncated to whole numbers, as in an integer array.",
            evidence={"described": _range(described.initial), "used": _range(setup.initial)},
            fixes=fixes,
            strength=10.0,
            certain=True,
        )
    if (not np.array_equal(X, X0) and _cut(X)) or (not np.array_equal(Y, Y0) and _cut(Y) and not _reordered(Y, Y0)):
        yield Suspicion(
            cause="integer_overflow",
            symptom="The data are truncated to whole numbers, or wrapped around, as in an integer array.",
            evidence={"described": _range(X0), "used": _range(X)},
            fixes=fixes,
            strength=10.0,
            certain=True,
        )
    elif np.array_equal(X, X0) and not np.array_equal(Y, Y0) and _reordered(Y, Y0):
        moved = float((Y != Y0).any(axis=1).mean())
        yield Suspicion(
            cause="targets_shuffled_apart",
            symptom=f"The targets are not in the order of the inputs: {moved:.0%} of them belong to another sample.",
            evidence={"moved": moved},
            fixes=fixes,
            strength=10.0,
            certain=True,
        )


def _differs(setup: Setup) -> bool:
    """Whether loss or gradient differ from those of the network as configured."""
    if not setup.placement.placed:
        return False  # then its program is the one that it would be compared with
    lr = setup.settings.optimizer.rate
    suspect, right = Computation(setup.placement, lr), Computation(Placement(setup.placement.context), lr)
    rng = np.random.default_rng(0)
    for size in (_FEW, *setup.placement.context.batch_sizes[::-1], *setup.placement.context.batch_sizes):
        X, Y = _samples(setup, min(size, _MANY))
        theta = random_parameters(setup.architecture, X, rng)
        (loss, gradient), (right_loss, right_gradient) = suspect.both(theta, X, Y), right.both(theta, X, Y)
        if not np.isclose(loss, right_loss, rtol=_SAME, atol=0.0, equal_nan=True):
            return True
        for array in arrays_of(setup.architecture):
            a, n = gradient[array.entries].ravel(), right_gradient[array.entries].ravel()
            if np.isfinite(n).all() and np.linalg.norm(a - n) > _SAME * (np.linalg.norm(n) + np.linalg.norm(a)):
                return True
    return False


def _slopes(setup: Setup) -> Slopes:
    """Of each array the gradient as supplied, and by central differences of the loss in its direction."""
    computation = Computation(setup.placement, setup.settings.optimizer.rate)
    X, Y = _samples(setup, setup.placement.context.batch_sizes[0])
    theta = random_parameters(setup.architecture, X, np.random.default_rng(0))
    gradient = computation.gradient(theta, X, Y)
    slopes = {}
    for array in arrays_of(setup.architecture):
        direction = np.zeros_like(theta)
        direction[array.entries] = gradient[array.entries]
        length = float(np.linalg.norm(direction))
        if not 0.0 < length < np.inf:
            slopes[array.name] = {"supplied": length if length == 0.0 else None, "numerical": None, "ratio": None}
            continue
        step = _STEP * max(float(np.linalg.norm(theta[array.entries])), 1e-3) * direction / length
        rise = computation.loss(theta + step, X, Y) - computation.loss(theta - step, X, Y)
        numerical = rise / (2.0 * float(np.linalg.norm(step)))
        ratio = length / numerical if np.isfinite(numerical) and numerical != 0.0 else None
        slopes[array.name] = {
            "supplied": length,
            "numerical": numerical if np.isfinite(numerical) else None,
            "ratio": ratio if ratio is not None and np.isfinite(ratio) else None,
        }
    return slopes


def _samples(setup: Setup, size: int) -> tuple[Array, Array]:
    part = setup.dataset.train
    few = slice(min(size, len(part.X)))
    return part.X[few].astype(np.float64), part.Y[few].astype(np.float64)


def _without(setup: Setup, causes: list[GradientMistake]) -> Fix:
    """`faults` without those that were found, or without any where not all of them are listed under their name."""
    names = {cause.name for cause in causes}
    left = tuple(text for text in setup.settings.faults if parse(text).name not in names)
    found = {parse(text).name for text in setup.settings.faults} & names
    return (Change("faults", left if names and found == names else ()),)


def _without_data(setup: Setup) -> Fix:
    return (Change("faults", tuple(text for text in setup.settings.faults if parse(text).fault.is_edit)),)


def _cut(array: NDArray[Any]) -> bool:
    return bool((np.trunc(array) == array).all())


def _reordered(Y: NDArray[Any], described: NDArray[Any]) -> bool:
    return bool(np.array_equal(np.sort(Y, axis=0), np.sort(described, axis=0)))


def _range(array: NDArray[Any]) -> dict[str, float]:
    return {"min": float(array.min()), "max": float(array.max())}
