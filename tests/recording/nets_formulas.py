"""Formulas that the oracles share: written here once more, not taken from the files or from the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from nets_types import Arrays, Observed, Program
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x)."""
    return 1 / (1 + np.exp(-x))


def softmax(x: Array) -> Array:
    """Along the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def binary(p: Array, y: Array) -> Array:
    """Binary cross-entropy of each element."""
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def picked(p: Array, labels: NDArray[np.int64]) -> Array:
    """Cross-entropy of each row with a whole number for its class."""
    return -np.log(p[np.arange(len(labels)), labels])


def moved(before: Arrays, after: Arrays, rate: float) -> Arrays:
    """The gradient by which plain descent went from one point to the other."""
    return {name: (before[name] - after[name]) / rate for name in before}


def copied(names: Iterable[str], space: Any) -> Arrays:
    """Copies of what has these names in a namespace, a dict or an object, as plain float arrays."""
    found = space if isinstance(space, dict) else vars(space)
    return {name: np.array(found[name], dtype=float) for name in names}


def numbered(**lists: Iterable[Any]) -> Arrays:
    """Copies of the arrays of some lists: W0, W1, ..."""
    return {f"{name}{k}": np.array(one, dtype=float) for name, some in lists.items() for k, one in enumerate(some)}


def turns(
    program: Program, loop: str, names: str, rate: float, loss: Callable[[dict[str, Any], Arrays], float], cut: str = ""
) -> list[Observed]:
    """The first two turns of a loop at module level, whose `range(...)` is a text of the file."""
    spaces = [program.run((loop, loop[: loop.index("range(")] + f"range({k})"), cut=cut) for k in range(3)]
    points = [copied(names.split(), space) for space in spaces]
    return [
        Observed(points[k], moved(points[k], points[k + 1], rate), lambda p, s=spaces[k + 1]: loss(s, p))
        for k in range(2)
    ]
