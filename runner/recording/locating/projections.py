"""Arrays distinguished by a few random projections, whatever their shape and scale.

Two arrays of the same size are the same up to a factor where their projections, divided by their norms, are the same up
to a sign. The order of the elements is that of the memory, so that a reshape changes nothing; a transposition does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Reference = TypeVar("Reference")

DIRECTIONS = 3


@lru_cache(maxsize=256)
def _directions(size: int) -> Array:
    return np.random.default_rng(size).normal(size=(size, DIRECTIONS))


@dataclass(frozen=True)
class Signature:
    """An array by its size, its norm and its projections divided by the norm (zeros where the norm is 0)."""

    size: int
    norm: float
    unit: Array


def real(value: object) -> Array | None:
    """The value as an array of real numbers, None where it is none or holds values that are not finite."""
    if not isinstance(value, np.ndarray | np.generic | int | float | list | tuple):
        return None  # NumPy would go through whatever has items, and `np.c_` has no end
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiu":
            return None
        array = array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        return None
    return array if array.size and np.isfinite(array).all() else None


def signature(array: Array) -> Signature:
    """What an array is recognised by. The array is finite and not empty."""
    flat = array.ravel()
    norm = float(np.sqrt(np.dot(flat, flat)))
    if norm == 0 or not np.isfinite(norm):
        return Signature(flat.size, 0.0, np.zeros(DIRECTIONS))
    return Signature(flat.size, norm, flat @ _directions(flat.size) / norm)


def signatures(rows: Array) -> list[Signature]:
    """The signature of each row of a matrix."""
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    units = rows @ _directions(rows.shape[1]) / np.where(norms > 0, norms, 1)[:, None]
    return [Signature(rows.shape[1], float(n), u) for n, u in zip(norms, units, strict=True)]


@dataclass(frozen=True)
class Match(Generic[Reference]):
    """What an array was found to be: `factor` times what `reference` names."""

    reference: Reference
    factor: float


class Register(Generic[Reference]):
    """Known arrays, to be found again by their signature."""

    def __init__(self, tolerance: float = 1e-6) -> None:
        self.tolerance = tolerance
        self._units: dict[int, list[Array]] = {}
        self._norms: dict[int, list[float]] = {}
        self._references: dict[int, list[Reference]] = {}
        self._stacked: dict[int, tuple[Array, Array]] = {}

    def add(self, known: Signature, reference: Reference) -> None:
        """Know an array; one that is all zeros is left out, since anything times 0 is that."""
        if known.norm > 0:
            self._units.setdefault(known.size, []).append(known.unit)
            self._norms.setdefault(known.size, []).append(known.norm)
            self._references.setdefault(known.size, []).append(reference)
            self._stacked.pop(known.size, None)

    def find(self, given: Signature, factors: Array) -> Iterator[Match[Reference]]:
        """Every known array that the given one is a multiple of; for a single number, by one of `factors` (sorted)."""
        if given.norm == 0 or given.size not in self._units:
            return
        if given.size not in self._stacked:
            self._stacked[given.size] = np.array(self._units[given.size]), np.array(self._norms[given.size])
        units, norms = self._stacked[given.size]
        if given.size == 1:
            signs = np.sign(units[:, 0] * given.unit[0])
            ratios = given.norm / norms
            after = np.searchsorted(factors, ratios)
            lower, upper = factors[np.maximum(after - 1, 0)], factors[np.minimum(after, len(factors) - 1)]
            near = np.minimum(np.abs(lower / ratios - 1), np.abs(upper / ratios - 1))
            places = np.flatnonzero(near < self.tolerance)
        else:
            signs = np.sign(units @ given.unit)
            distance = np.abs(units * signs[:, None] - given.unit).max(axis=1)
            places = np.flatnonzero(distance < self.tolerance)
        for place in places:
            yield Match(self._references[given.size][place], float(signs[place] * given.norm / norms[place]))
