"""What the arrays of somebody's own network show: units that start alike, gradients that vanish or explode."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.suspicion import Suspicion
from runner.subjects.layers import arrays_of

Array = NDArray[np.float64]
_CLIPPED = 1.0


def symmetric_units(case: Case) -> Iterator[Suspicion]:
    """First weights that are the same for all units of a hidden layer, at the start and still at the end."""
    matrices = _matrices(case)
    if len(matrices) < 2 or case.outcome in ("nan", "diverged"):
        return
    name = matrices[0]
    start, end = (_by_unit(_arrays(case, theta)[name], case) for theta in (case.setup.initial, case.theta))
    if start is None or end is None or len(start) < 2:
        return
    spread = float(np.ptp(end, axis=0).max()), float(np.abs(end).max())
    if np.ptp(start, axis=0).max() > 0.0 or spread[0] > case.thresholds.symmetric_units * max(spread[1], 1e-300):
        return
    yield Suspicion(
        cause="symmetric_units",
        symptom=f"All {len(start)} rows of weights that {name} has for its units are equal at the start, and still are "
        "at the end: the units stay copies of one. Start from random weights.",
        evidence={"units": len(start), "difference_at_end": spread[0]},
        where={"step": 0, "tensor": name},
        strength=6.0,
        certain=True,
    )


def gradient_flow(case: Case) -> Iterator[Suspicion]:
    """A gradient that is far smaller, or larger, for the first weights than for the last, or that grew till the end."""
    labels = _labels(case)
    if len(labels) < 2 or f"grad_norm/{labels[0]}" not in case.history.columns:
        return
    first, last = case.history[f"grad_norm/{labels[0]}"], case.history[f"grad_norm/{labels[-1]}"]
    with np.errstate(all="ignore"):
        ratios = first / last
    ratios = ratios[np.isfinite(ratios)]
    ratio = float(np.median(ratios)) if len(ratios) else 1.0
    lost, between = case.outcome in ("nan", "diverged"), f"{labels[0]} is {ratio:.3g} times that for {labels[-1]}"
    if not lost and 0.0 < ratio < case.thresholds.vanishing_gradient:
        yield Suspicion(
            cause="vanishing_gradient",
            symptom=f"The gradient vanishes: over the run (median), its norm for {between}.",
            evidence={"ratio": ratio},
            where={"tensor": labels[0]},
            strength=float(np.clip(np.log10(case.thresholds.vanishing_gradient / ratio), 0.1, 5.0)),
        )
    if ratio > case.thresholds.exploding_gradient:
        ours = case.setup.settings.subject.update == "ours"
        yield Suspicion(
            cause="exploding_gradient",
            symptom=f"The gradient explodes: over the run (median), its norm for {between}.",
            evidence={"ratio": ratio},
            where={"tensor": labels[0]},
            fixes=((Change("optimizer.clip_norm", _CLIPPED),),) if ours else (),
            strength=float(np.clip(np.log10(ratio / case.thresholds.exploding_gradient), 0.1, 5.0)),
        )


def _arrays(case: Case, theta: Array) -> dict[str, Array]:
    return {name: array for _, name, array in case.setup.layout.arrays(theta)}


def _matrices(case: Case) -> list[str]:
    """The names of the weights of each layer, in the order of the layers; empty where the shapes don't say."""
    return [name for name, _ in _weights(case)]


def _labels(case: Case) -> list[str]:
    return [label for _, label in _weights(case)]


def _weights(case: Case) -> list[tuple[str, str]]:
    described = case.setup.layout.to_dict()["arrays"]
    names, shapes = [one["name"] for one in described], [tuple(one["shape"]) for one in described]
    part = case.setup.dataset.train
    arrays = arrays_of(names, shapes, part.X.shape[1], part.Y.shape[1])
    ordered = sorted((one for one in arrays if not one.is_bias), key=lambda one: one.layer)
    if [one.layer for one in ordered] != list(range(1, len(ordered) + 1)):
        return []
    labels = dict(zip(names, (one["label"] for one in described), strict=True))
    return [(one.name, labels[one.name]) for one in ordered]


def _by_unit(weights: Array, case: Case) -> Array | None:
    """The first weights as (units, inputs); None where it isn't clear which axis is which."""
    features = case.setup.dataset.train.X.shape[1]
    if weights.ndim != 2:
        return None
    fits = [axis for axis in (0, 1) if weights.shape[axis] in (features, features + 1)]
    if len(fits) != 1:
        return None
    return weights.T if fits[0] == 0 else weights
