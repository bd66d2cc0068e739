"""Candidates for the layers from some layer to the output, and which of them explain the losses at some points."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.recognition.layout import Layout
from runner.diagnosis.recognition.probing import Fit, Point, Suffix, outputs, split
from runner.diagnosis.recognition.slopes import fitted_units
from runner.diagnosis.recognition.units import Unit

Array = NDArray[np.float64]

# Points that are looked at first where there are many candidates.
_FEW = 4
# So many candidates can be compared by their losses alone, whatever the box predicts.
_MANY = 1000


def predicting(
    suffixes: Sequence[Suffix], layout: Layout, point: Point, wanted: Array, precision: float
) -> Iterator[Suffix]:
    """Those with the outputs (outputs, n) that the box predicts at a point; all where none has them."""
    parts, none = split(point.theta, layout), True
    most = precision * max(1.0, float(np.abs(wanted).max()))
    for suffix in suffixes:
        if np.abs(outputs(suffix.units, suffix.signs, parts, point.X.T) - wanted).max() <= most:
            none = False
            yield suffix
    if none and len(suffixes) <= _MANY:
        yield from suffixes


def with_fitted(suffixes: Sequence[Suffix], points: Sequence[Point], layout: Layout, index: int) -> Iterator[Suffix]:
    """The candidates with a layer more below, its activation's number fitted; `points` feed it its bias alone."""
    sums = _Sums(points, layout, index)
    for suffix in suffixes:
        for sign in (1, -1):
            longer = partial(longer_by, suffix, sign)
            yield from map(longer, fitted_units(lambda unit, longer=longer: sums.off(longer(unit))[0]))  # type: ignore[misc]


def longer_by(suffix: Suffix, sign: int, unit: Unit) -> Suffix:
    """A candidate with one more layer below."""
    return Suffix((unit, *suffix.units), (sign, *suffix.signs), suffix.form)


def pruned(
    suffixes: Sequence[Suffix],
    points: Sequence[Point],
    layout: Layout,
    precision: float,
    fed: int,
    deadline: float,
) -> list[Suffix]:
    """Those that explain the losses, the best first; `fed` is the layer that got its bias alone, 0 for none."""
    if len(suffixes) > 20 * _FEW:
        suffixes = _explaining(suffixes, points[:_FEW], layout, 1e-3, fed, deadline)
    return _explaining(suffixes, points, layout, precision, fed, deadline)


def _explaining(
    suffixes: Sequence[Suffix],
    points: Sequence[Point],
    layout: Layout,
    precision: float,
    fed: int,
    deadline: float,
) -> list[Suffix]:
    sums = _Sums(points, layout, fed)
    if not sums.fit.usable:
        return []
    found = []
    for order, suffix in enumerate(suffixes):
        if time.perf_counter() > deadline:
            return []
        off, c = sums.off(suffix)
        if off <= precision and c > 0:
            found.append((off, order, suffix))
    return [suffix for _, _, suffix in sorted(found, key=lambda one: (one[0] > 1e-3 * precision, one[1]))]


class _Sums:
    """What candidates give at some points."""

    def __init__(self, points: Sequence[Point], layout: Layout, fed: int) -> None:
        self.fit = Fit(points, layout)
        self._points = points
        self._parts = [split(point.theta, layout)[max(fed - 1, 0) :] for point in points]
        self._below = [
            np.zeros((part[0][0].shape[1], len(point.X))) if fed else point.X.T
            for point, part in zip(points, self._parts, strict=True)
        ]
        self._known: dict[tuple[Any, ...], list[Array]] = {}

    def off(self, suffix: Suffix) -> tuple[float, float]:
        """How far the losses are from a multiple of a candidate's sums, and the multiple."""
        key = (suffix.units, suffix.signs)
        if key not in self._known:
            self._known[key] = [
                outputs(*key, part, inputs) for part, inputs in zip(self._parts, self._below, strict=True)
            ]
        found = [suffix.form(A, point.targets.T) for A, point in zip(self._known[key], self._points, strict=True)]
        return self.fit(np.array(found))
