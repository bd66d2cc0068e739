"""In what way a gradient is wrong: the pattern of one array, and that of all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# How well a pattern must fit, as a share of the norm: what central differences are good for.
_FITS = 1e-6


class Judged(Protocol):
    """An array that has been checked."""

    @property
    def layer(self) -> int:
        """Counted from 1."""

    @property
    def is_bias(self) -> bool:
        """Whether it is b and not W."""

    @property
    def passed(self) -> bool:
        """Whether its gradient is right."""

    @property
    def ratio(self) -> float | None:
        """The supplied gradient over the numerical one."""

    @property
    def pattern(self) -> str:
        """What `pattern_of` says."""


def pattern_of(supplied: Array, numerical: Array, parameters: Array, transposed: Array | None) -> str:
    """The way in which supplied derivatives (m,) differ from the numerical ones (m,).

    `parameters` (m,) are the parameters themselves, `transposed` the numerical derivatives of the transposed matrix
    where that has the same shape and all of it is known.
    """
    a, n = np.linalg.norm(supplied), np.linalg.norm(numerical)
    if a == 0.0:
        return "zero"
    if np.linalg.norm(supplied - parameters) <= _FITS * a:
        return "the parameters themselves"
    if n <= _FITS * a:
        return "not zero, although the loss does not depend on it"
    ratio = float(supplied @ numerical) / float(n) ** 2
    if np.linalg.norm(supplied - ratio * numerical) <= _FITS * a:
        return "sign flipped" if abs(ratio + 1.0) <= _FITS else f"{ratio:.6g} times what it should be"
    if transposed is not None and np.linalg.norm(supplied - transposed) <= _FITS * a:
        return "transposed"
    return "no simple pattern"


def pattern_of_all(arrays: Sequence[Judged]) -> str:
    """Which of all arrays are wrong, as a phrase; empty where none is."""
    wrong = [array for array in arrays if not array.passed]
    if not wrong:
        return ""
    return f"{_which(arrays, wrong)}{_how(wrong)}"


def _which(arrays: Sequence[Judged], wrong: Sequence[Judged]) -> str:
    layers = sorted({array.layer for array in wrong})
    depth = max(array.layer for array in arrays)
    kind = ""
    if len({array.is_bias for array in wrong}) == 1 and any(array.is_bias != wrong[0].is_bias for array in arrays):
        kind = "the biases" if wrong[0].is_bias else "the weights"
    if len(layers) == 1:
        which = f"layer {layers[0]}"
    elif layers == list(range(1, depth + 1)):
        which = "every layer"
    elif layers == list(range(1, layers[-1] + 1)):
        which = f"layer {layers[-1]} and the layers below it"
    else:
        which = f"layers {', '.join(map(str, layers))}"
    return f"only {kind} of {which}" if kind else which


def _how(wrong: Sequence[Judged]) -> str:
    patterns = {array.pattern for array in wrong}
    if len(patterns) == 1 and patterns != {"no simple pattern"}:
        return f": {patterns.pop()}"
    ratios = np.array([array.ratio for array in wrong if array.ratio is not None])
    scaled = all("times what" in array.pattern for array in wrong)
    if scaled and len(ratios) and np.ptp(ratios) <= _FITS * np.abs(ratios).max():
        return f": {ratios[0]:.6g} times what it should be"
    return ""
