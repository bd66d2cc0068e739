"""Naming what a common factor says by itself, for subjects whose network is not recognised."""

from __future__ import annotations

from collections.abc import Sequence

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake

_FITS = 1e-5
PARAMETERS_RETURNED = "the parameters were returned as the gradient"


def common_factor(
    checks: Sequence[Sequence[ArrayCheck]], samples: Sequence[int], outputs: int
) -> list[GradientMistake]:
    """The mistake that gives every array of every point the same factor, or the parameters in place of gradients.

    `checks` are those of each point, `samples` how many samples each was on. Empty where there is no such factor.
    """
    judged = [[check for check in point if check.checked] for point in checks]
    if any(not point for point in judged):
        return []
    if all(check.pattern == "the parameters themselves" for point in judged for check in point):
        sentence = f"{PARAMETERS_RETURNED[0].upper()}{PARAMETERS_RETURNED[1:]}."
        return [_cause("parameters_as_gradient", sentence, "the gradients are returned")]
    factors = [_factor(point) for point in judged]
    known = [factor for factor in factors if factor is not None]
    if len(known) < len(factors):
        return []
    for name, expected, sentence, should_read in _readings(samples, outputs):
        if all(abs(one - other) <= _FITS * abs(other) for one, other in zip(known, expected, strict=True)):
            return [_cause(name, sentence.format(f"{known[0]:.6g}"), should_read)]
    return []


def _readings(samples: Sequence[int], outputs: int) -> list[tuple[str, list[float], str, str]]:
    n = [float(one) for one in samples]
    ones = [1.0] * len(n)
    found = [
        ("sign_flipped", [-1.0] * len(n), "The whole gradient has the wrong sign.", "the gradient, not -1 times it")
    ]
    both = "both averaged over the samples, or both summed"
    times = "The gradient is {} times what it should be"
    if len(set(samples)) > 1:
        summed = f"{times}, 1/n for n samples: it is averaged, the loss is summed."
        averaged = f"{times}, n for n samples: the loss is averaged, the gradient is not."
        found.append(("gradient_averaged_loss_summed", [1 / one for one in n], summed, both))
        found.append(("gradient_not_averaged", n, averaged, both))
    for factor in (2.0, 0.5):
        always = f"{times}, whatever the number of samples."
        found.append(("factor_two", [factor * one for one in ones], always, "the derivative of the loss as it is"))
    for factor in (outputs, 1.0 / outputs) if outputs > 1 else ():
        one_of = f"{times}: one of loss and gradient is averaged over the outputs, too."
        expected = [factor * one for one in ones]
        found.append(("output_reduction_mismatch", expected, one_of, "both averaged over the outputs, or neither"))
    return found


def _factor(point: Sequence[ArrayCheck]) -> float | None:
    """The factor that all arrays have in common."""
    ratios = [check.ratio for check in point if "times what" in check.pattern or check.pattern == "sign flipped"]
    if len(ratios) < len(point) or any(ratio is None for ratio in ratios):
        return None
    first = ratios[0] or 0.0
    return first if all(abs((ratio or 0.0) - first) <= _FITS * abs(first) for ratio in ratios) else None


def _cause(name: str, sentence: str, should_read: str) -> GradientMistake:
    return GradientMistake(name, None, name, 0.0, [], sentence, [], should_read)
