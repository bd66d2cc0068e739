"""What a factor says that all gradients have in common, by how it goes with the number of samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.subjects.verdict import Seen
from runner.recording.scenario import Recorded
from runner.recording.scenarios.discovery.discovered import Discovered
from runner.recording.scenarios.samples import samples_of_step
from runner.subjects.complaint import Complaint

_FITS = 1e-5
_BOTH = "both averaged over the samples, or both summed"


def common_factor(
    checks: Sequence[Sequence[ArrayCheck]], samples: Sequence[int], outputs: int, *, averaged: bool | None
) -> GradientMistake | None:
    """The mistake that gives every array of every point the same factor; None where there is no such factor.

    `checks` are those of each point, `samples` how many samples each was on, 0 where that isn't known; `averaged` says
    whether the loss is a mean over the samples, None where that isn't known.
    """
    factors = [_factor(point) for point in checks]
    known = [factor for factor in factors if factor is not None]
    if not known or len(known) < len(factors):
        return None
    times = f"The gradient is {known[0]:.6g} times what it should be"
    for name, expected, sentence, should_read in _readings(samples, outputs, known[0], averaged):
        if all(abs(one - other) <= _FITS * abs(other) for one, other in zip(known, expected, strict=True)):
            return GradientMistake(name, None, name, 0.0, [], f"{times}{sentence}", [], should_read)
    return None


def is_averaged(found: Discovered, recorded: Recorded) -> bool | None:
    """Whether the loss is a mean over the samples: then it is the same with each sample twice."""
    if recorded.assumed is not None:
        return "averaged over" in recorded.assumed
    if found.recipe is None:
        return None
    X, Y = found.recipe.data.X, found.recipe.data.Y
    try:
        once, twice = (found.recipe.loss_at(None, np.tile(X, (k, 1)), np.tile(Y, (k, 1))) for k in (1, 2))
    except Complaint:
        return None
    return abs(twice - once) < abs(twice - 2 * once)


def samples_at(found: Discovered, seen: Seen) -> int:
    """On how many samples a step was looked at, 0 where that isn't known."""
    if seen.point.samples is not None:
        return seen.point.samples
    return len(found.recipe.data.X) if found.recipe is not None else samples_of_step(seen.recorded) or 0


def _readings(
    samples: Sequence[int], outputs: int, first: float, averaged: bool | None
) -> Iterator[tuple[str, list[float], str, str]]:
    """Name, the factor of each point, how the sentence ends, and what should be."""
    n = [float(one) for one in samples]
    ones = [1.0] * len(n)
    yield "sign_flipped", [-1.0] * len(n), ": the whole of it has the wrong sign.", "the gradient, not -1 times it"
    if len(set(samples)) > 1 and all(samples):
        inverse = [1.0 / one for one in n]
        if averaged:
            yield "gradient_averaged_twice", inverse, ", 1/n for n samples: it is averaged twice.", _BOTH
        said = ", 1/n for n samples: it is averaged, the loss is summed."
        yield "gradient_averaged_loss_summed", inverse, said, _BOTH
        yield "gradient_not_averaged", n, ", n for n samples: the loss is averaged, the gradient is not.", _BOTH
        assumed = f", n/{n[0] / first:.6g} for n samples: it is divided by that number, not by that of the samples."
        yield "batch_size_assumed", [first * one / n[0] for one in n], assumed, "divided by the number of samples"
    always = ", whatever the number of samples."
    for factor in (2.0, 0.5):
        yield "factor_two", [factor * one for one in ones], always, "the derivative of the loss as it is"
    for factor in (outputs, 1.0 / outputs) if outputs > 1 else ():
        said = ": one of loss and gradient is averaged over the outputs, too."
        should_read = "both averaged over the outputs, or neither"
        yield "output_reduction_mismatch", [factor * one for one in ones], said, should_read
    if len(set(samples)) > 1:
        yield "constant_scale", [first * one for one in ones], always, "the derivative of the loss as it is"


def _factor(point: Sequence[ArrayCheck]) -> float | None:
    """The factor that all arrays of a point have in common."""
    ratios = [check.ratio for check in point if "times what" in check.pattern or check.pattern == "sign flipped"]
    first = ratios[0] if len(ratios) == len(point) and ratios else None
    if first is None or any(ratio is None or abs(ratio - first) > _FITS * abs(first) for ratio in ratios):
        return None
    return first
