"""The few points of each curve that are sent to MLflow; history.parquet has them all.

MLflow's pages get slow with many points, and its store takes 15,000 of them a second, so a curve has at most
`tracking.points`. During the run every stride-th step is sent. At its end the points that an even stride misses are
added: the extremes, the last values before the end (where things break), and, if a run ended early, evenly spaced
points up to the limit. Only finite numbers become points.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runner.files.history import Rows

IntArray = NDArray[np.int64]

# The curves that are sent to MLflow, few to keep its pages usable; the other columns are only in history.parquet.
CURVES = frozenset(
    [
        "loss",
        "valid_loss",
        "accuracy",
        "valid_accuracy",
        "r2",
        "valid_r2",
        "grad_norm",
        "update_ratio",
        "dead",
        "saturated",
        "stability",
        "lr",
        "nonfinite_events",
    ]
)

# What MLflow takes in the name of a metric is letters, digits, and _ - . space : /
_REFUSED = re.compile(r"[^\w\-. :/]")


class CurvePoint(NamedTuple):
    """One value of one curve."""

    name: str
    step: int
    value: float


def metric_name(column: str) -> str:
    """A column as MLflow can name it: `grad_norm/layers[0].W` as `grad_norm/layers.0.W`."""
    return _REFUSED.sub("", column.replace("[", "."))


def reserve(points: int) -> int:
    """How many of `points` are reserved for the end of the run."""
    return min(20, points // 4)


def stride_for(steps_planned: int, points: int) -> int:
    """The distance between sent steps, so that rows 0..steps_planned give at most `points - reserve(points)`."""
    return max(1, math.ceil((steps_planned + 1) / max(1, points - reserve(points))))


class Sketch:
    """The thinned curves of one run: pass it all rows in order, then ask for the points of the end.

    `columns` name the columns of the rows, one of them `step`. A column that is null at most steps (a
    validation loss) gives the first value in every stride.
    """

    def __init__(self, columns: Sequence[str], steps_planned: int, points: int) -> None:
        self._step_column = columns.index("step")
        self._names = {i: metric_name(name) for i, name in enumerate(columns) if name.partition("/")[0] in CURVES}
        self._points = points
        self._stride = stride_for(steps_planned, points)
        self._stride_seen = dict.fromkeys(self._names, -1)
        self._sent: dict[int, set[int]] = {column: set() for column in self._names}
        self._left_out: dict[int, set[int]] = {column: set() for column in self._names}

    def leave_out(self, steps: Mapping[str, Iterable[int]]) -> None:
        """Leave out the points of these curves at these steps; they don't count towards the limit."""
        for column, name in self._names.items():
            self._left_out[column].update(steps.get(name, ()))

    def running(self, rows: Rows) -> list[CurvePoint]:
        """The points to send for newly written `rows`, shape (rows, columns)."""
        if not len(rows):
            return []
        steps = rows[:, self._step_column].astype(np.int64)
        strides, is_finite = steps // self._stride, np.isfinite(rows)
        points: list[CurvePoint] = []
        for column, seen in self._stride_seen.items():
            finite = np.flatnonzero(is_finite[:, column])
            first = np.flatnonzero(np.diff(strides[finite], prepend=seen))  # strides ascend, as steps do
            allowed = self._points - reserve(self._points) - len(self._sent[column])
            chosen = finite[first][: max(0, allowed)]
            if len(chosen):
                self._stride_seen[column] = int(strides[chosen[-1]])
                points += self._take(rows, column, chosen)
        return points

    def ending(self, rows: Rows) -> list[CurvePoint]:
        """The points to add at the end, given all rows of the run."""
        points: list[CurvePoint] = []
        for column, sent in self._sent.items():
            values = np.ascontiguousarray(rows[:, column])
            finite = np.flatnonzero(np.isfinite(values))
            fresh = np.ones(len(finite), dtype=bool)
            # Steps ascend, so sent ones are found by bisection: sorting all takes a second for long runs.
            steps = rows[finite, self._step_column].astype(np.int64)
            fresh[np.searchsorted(steps, np.array(sorted(sent), dtype=np.int64))] = False
            if left_out := self._left_out[column]:
                fresh &= ~np.isin(steps, list(left_out))
            if fresh.any():
                room = self._points - len(sent)
                notable = [i for i in notable_positions(values[finite], self._points) if fresh[i]][:room]
                fresh[notable] = False
                filling = evenly_spaced(np.flatnonzero(fresh), room - len(notable))
                chosen = np.sort(np.concatenate([np.array(notable, dtype=np.int64), filling]))
                points += self._take(rows, column, finite[chosen])
        return points

    def _take(self, rows: Rows, column: int, chosen: IntArray) -> list[CurvePoint]:
        steps = rows[chosen, self._step_column].astype(np.int64).tolist()
        self._sent[column].update(steps)
        values = rows[chosen, column].tolist()
        name, left_out = self._names[column], self._left_out[column]
        return [CurvePoint(name, s, v) for s, v in zip(steps, values, strict=True) if s not in left_out]


def notable_positions(values: Rows, points: int) -> list[int]:
    """Positions in `values` (n,) that an even stride misses: the last, the extremes, a few before the last."""
    last = len(values) - 1
    before = range(last - 1, max(-1, last - reserve(points) + 2), -1)
    return list(dict.fromkeys([last, int(np.argmin(values)), int(np.argmax(values)), *before]))


def evenly_spaced(positions: IntArray, count: int) -> IntArray:
    """At most `count` of `positions` (n,), evenly spaced."""
    if count <= 0:
        return positions[:0]
    even = np.linspace(0, len(positions) - 1, min(count, len(positions))).round()
    return positions[np.unique(even).astype(np.int64)]
