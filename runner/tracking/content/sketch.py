"""The few points of each curve that MLflow gets; the table has them all.

MLflow's pages grow slow with points, and its store takes 15,000 of them a second: a curve there has at most
`tracking.points`. While the run goes on every stride-th step is sent. At its end come what an even stride
misses: the extremes, the last values before the end (where things break), and, for a run that ended long
before its plan, an even filling of what is left of the allowance. Only finite numbers become points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runner.files.history import Rows

IntArray = NDArray[np.int64]

# The kinds of curves that MLflow gets, few for its pages' sake; the rest of the columns are in the table alone.
CURVES = frozenset(
    [
        "loss",
        "valid_loss",
        "accuracy",
        "valid_accuracy",
        "grad_norm",
        "update_ratio",
        "dead",
        "saturated",
        "stability",
        "nonfinite_events",
    ]
)


class CurvePoint(NamedTuple):
    """One value of one curve."""

    name: str
    step: int
    value: float


def reserve(points: int) -> int:
    """How many of `points` are kept back for the end of the run."""
    return min(20, points // 4)


def stride_for(steps_planned: int, points: int) -> int:
    """Every which step is sent, so that rows 0..steps_planned give at most `points - reserve(points)`."""
    return max(1, math.ceil((steps_planned + 1) / max(1, points - reserve(points))))


class Sketch:
    """The thinned curves of one run: feed it all rows in order, then ask for what the end adds.

    `columns` name the columns of the rows, one of them `step`. A column that is null at most steps (a
    validation loss) gives the first value of every stride.
    """

    def __init__(self, columns: Sequence[str], steps_planned: int, points: int) -> None:
        self._step_column = columns.index("step")
        self._names = {i: name for i, name in enumerate(columns) if name.partition("/")[0] in CURVES}
        self._points = points
        self._stride = stride_for(steps_planned, points)
        self._stride_seen = dict.fromkeys(self._names, -1)
        self._sent: dict[int, set[int]] = {column: set() for column in self._names}
        self._left_out: dict[int, set[int]] = {column: set() for column in self._names}

    def leave_out(self, steps: Mapping[str, Iterable[int]]) -> None:
        """Never give the points of these curves at these steps; they don't count towards the allowance."""
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
        """The points that the end adds, given all rows of the run."""
        points: list[CurvePoint] = []
        for column, sent in self._sent.items():
            values = np.ascontiguousarray(rows[:, column])
            finite = np.flatnonzero(np.isfinite(values))
            fresh = np.ones(len(finite), dtype=bool)
            # Steps ascend, so what has been sent is looked up: sorting them all takes a second for long runs.
            steps = rows[finite, self._step_column].astype(np.int64)
            fresh[np.searchsorted(steps, np.array(sorted(sent), dtype=np.int64))] = False
            if left_out := self._left_out[column]:
                fresh &= ~np.isin(steps, list(left_out))
            if fresh.any():
                room = self._points - len(sent)
                telling = [i for i in telling_positions(values[finite], self._points) if fresh[i]][:room]
                fresh[telling] = False
                filling = spread(np.flatnonzero(fresh), room - len(telling))
                chosen = np.sort(np.concatenate([np.array(telling, dtype=np.int64), filling]))
                points += self._take(rows, column, finite[chosen])
        return points

    def _take(self, rows: Rows, column: int, chosen: IntArray) -> list[CurvePoint]:
        steps = rows[chosen, self._step_column].astype(np.int64).tolist()
        self._sent[column].update(steps)
        values = rows[chosen, column].tolist()
        name, left_out = self._names[column], self._left_out[column]
        return [CurvePoint(name, s, v) for s, v in zip(steps, values, strict=True) if s not in left_out]


def telling_positions(values: Rows, points: int) -> list[int]:
    """Positions in `values` (n,) that a stride misses: the last, the extremes, the few before the last."""
    last = len(values) - 1
    before = range(last - 1, max(-1, last - reserve(points) + 2), -1)
    return list(dict.fromkeys([last, int(np.argmin(values)), int(np.argmax(values)), *before]))


def spread(positions: IntArray, count: int) -> IntArray:
    """At most `count` of `positions` (n,), evenly spread."""
    if count <= 0:
        return positions[:0]
    even = np.linspace(0, len(positions) - 1, min(count, len(positions))).round()
    return positions[np.unique(even).astype(np.int64)]
