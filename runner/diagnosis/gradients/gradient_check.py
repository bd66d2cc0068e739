"""The gradient check: supplied derivatives against central differences, an array at a time.

Thresholds. CS231n (Karpathy, "Gradient checks") calls a relative error up to 1e-7 right, up to 1e-4 fine where there
are kinks, above 1e-2 wrong. Here kinks are set apart and differences extrapolated, and the error is that of a whole
array, so that right gradients stay below 3e-8: what is above `TOLERANCE` and above what the differences themselves are
good for is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.differences import EPSILON, BothSides, central_differences
from runner.diagnosis.gradients.entries import Grid, grid_of_errors
from runner.diagnosis.gradients.patterns import pattern_of
from runner.network.arrays import Entries, ParameterArray

Array = NDArray[np.float64]

TOLERANCE = 1e-6
RIGHT = "right"
# How many times the estimated error of the differences is allowed for.
_DOUBT = 10.0
# Entries checked of one array: all where there are no more than these.
MOST_WEIGHTS, MOST_BIASES = 256, 512


@dataclass(frozen=True)
class Demands:
    """How much of each array is looked at, and what is still called right.

    `tolerance` is the relative error, `epsilon` the unit in the last digit of what the loss is computed in.
    """

    tolerance: float = TOLERANCE
    epsilon: float = EPSILON
    most_weights: int = MOST_WEIGHTS
    most_biases: int = MOST_BIASES


USUAL = Demands()
# Of more parameters than these fewer are looked at, so that it takes seconds.
MANY, LARGE = 20_000, Demands(most_weights=64, most_biases=64)


# How far the direction of a gradient may be from that of the true one, as 1 - cosine.
_STRAIGHT = 1e-6


@dataclass(frozen=True)
class ArrayCheck:
    """The check of one array of parameters.

    `relative_error` is |supplied - numerical| / max(|supplied|, |numerical|) over the `checked` entries of `size`,
    `ratio` the supplied gradient over the numerical one (least squares), `worst_index` the entry that differs most in
    the array (W is (fan_in, fan_out) in our own networks), `at_kinks` how many entries were set apart, `point` where
    all this was found. `shape` is that of the array, `errors` holds the relative error of each entry, null where it was
    not checked: of a large array the largest of those that share a cell.
    """

    name: str
    layer: int
    is_bias: bool
    passed: bool
    relative_error: float
    cosine: float | None
    ratio: float | None
    worst_index: list[int] | None
    pattern: str
    size: int
    checked: int
    at_kinks: int
    point: str
    shape: tuple[int, ...] = ()
    errors: Grid = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def are_multiples(arrays: Sequence[ArrayCheck]) -> bool:
    """Whether every gradient is a positive multiple of the true one: the direction is right."""
    return bool(arrays) and all(one.ratio is not None and one.ratio > 0 and _is_straight(one) for one in arrays)


def _is_straight(one: ArrayCheck) -> bool:
    return one.passed or (one.cosine is not None and one.cosine > 1.0 - _STRAIGHT)


def check_gradient(
    arrays: Iterable[ParameterArray],
    theta: Array,
    supplied: Array,
    both_sides: BothSides,
    point: str,
    rng: np.random.Generator,
    demands: Demands = USUAL,
) -> list[ArrayCheck]:
    """Check the gradient `supplied` (parameters,) at `theta` (parameters,) for each of the arrays."""
    return [_check(array, theta, supplied, both_sides, point, rng, demands) for array in arrays]


def worst_of(points: Sequence[Sequence[ArrayCheck]]) -> tuple[ArrayCheck, ...]:
    """Of each array the point at which it is worst."""
    return tuple(max(checks, key=_badness) for checks in zip(*points, strict=True))


def _badness(check: ArrayCheck) -> tuple[bool, bool, float]:
    return not check.passed, check.checked > 0, check.relative_error


def _check(
    array: ParameterArray,
    theta: Array,
    supplied: Array,
    both_sides: BothSides,
    point: str,
    rng: np.random.Generator,
    demands: Demands,
) -> ArrayCheck:
    entries = _sample(array, supplied, rng, demands)
    found = central_differences(both_sides, theta, entries, demands.epsilon)
    known = np.isfinite(found.values)
    kept = entries[known]
    doubt = _DOUBT * float(np.linalg.norm(found.errors[known]))
    check = compared(array, kept, supplied[kept], found.values[known], theta[kept], point, demands.tolerance, doubt)
    return replace(check, at_kinks=int(found.at_kink.sum()))


def compared(
    array: ParameterArray,
    kept: Entries,
    a: Array,
    n: Array,
    parameters: Array,
    point: str,
    tolerance: float = TOLERANCE,
    doubt: float = 0.0,
) -> ArrayCheck:
    """The check of the entries `kept` of an array: supplied derivatives `a`, true ones `n` and parameters, each (m,).

    Right is what differs by no more than `tolerance` of the norm, and `doubt` beside it.
    """
    with np.errstate(all="ignore"):
        off = a - n
        larger = max(float(np.linalg.norm(a)), float(np.linalg.norm(n)))
        error = float(np.linalg.norm(off))
        passed = error <= tolerance * larger + doubt
        relative = error / larger if larger else 0.0
        cosine = _ratio(float(a @ n), float(np.linalg.norm(a) * np.linalg.norm(n)))
        ratio = _ratio(float(a @ n), float(n @ n))
        errors = grid_of_errors(array.entries, kept, a, n)
    worst = None
    if len(kept):
        (where,) = np.argwhere(array.entries == kept[int(np.argmax(np.nan_to_num(np.abs(off), nan=np.inf)))])
        worst = [int(index) for index in where]
    transposed = None
    shape = array.entries.shape
    if len(shape) == 2 and shape[0] == shape[1] and len(kept) == array.entries.size:
        transposed = n.reshape(shape).T.ravel()
    return ArrayCheck(
        name=array.name,
        layer=array.layer,
        is_bias=array.is_bias,
        passed=passed,
        relative_error=relative if math.isfinite(relative) else 1.0,
        cosine=cosine,
        ratio=ratio,
        worst_index=worst,
        pattern=_verdict(relative, tolerance) if passed else _pattern(a, n, parameters, transposed),
        size=array.entries.size,
        checked=len(kept),
        at_kinks=0,
        point=point,
        shape=shape,
        errors=errors,
    )


def _sample(array: ParameterArray, supplied: Array, rng: np.random.Generator, demands: Demands) -> Entries:
    """All entries, or of many half those with the largest supplied gradient, half others at random."""
    entries = array.entries.ravel()
    most = demands.most_biases if array.is_bias else demands.most_weights
    if len(entries) <= most:
        return entries
    by_size = np.argsort(-np.abs(supplied[entries]), kind="stable")
    largest, others = by_size[: most // 2], by_size[most // 2 :]
    others = rng.choice(others, most - most // 2, replace=False)
    sampled: Entries = entries[np.sort(np.concatenate([largest, others]))]
    return sampled


def _verdict(relative: float, tolerance: float) -> str:
    return RIGHT if relative <= tolerance else "too small relative to the loss to be measured"


def _pattern(a: Array, n: Array, parameters: Array, transposed: Array | None) -> str:
    return pattern_of(a, n, parameters, transposed) if np.isfinite(a).all() else "not finite"


def _ratio(over: float, under: float) -> float | None:
    return over / under if under and math.isfinite(over / under) else None
