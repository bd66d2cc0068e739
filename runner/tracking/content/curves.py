"""The metric points of a run with their times, while its folder grows and when it has ended.

Points and times depend only on the rows and the anchors (so many rows, seen at this time): the same anchors give the
same points again. Delivery relies on that when it is interrupted and continued.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from runner.files.events import Event, NonfiniteEvent
from runner.files.history import Rows
from runner.files.run_record import RunRecord
from runner.files.spool import Spool
from runner.tracking.content import run as run_content
from runner.tracking.content.sketch import CurvePoint, Sketch

NONFINITE_METRIC = "nonfinite_events"

Timed = tuple[CurvePoint, int]


class Curves:
    """The thinned curves of one run folder; times are in milliseconds since 1970."""

    def __init__(self, spool: Spool, record: RunRecord) -> None:
        points, planned = record.config["tracking"]["points"], record.steps_planned
        self._spool = spool
        self._step_column = record.columns.index("step")
        self._sketch = Sketch(record.columns, planned, points)
        self._counts = Sketch(["step", NONFINITE_METRIC], planned, points)
        self._clock = [(0, run_content.started_ms(record))]
        self._events: list[Event] = []
        self._counted_at: set[int] = set()  # steps of which an earlier end has sent the count
        self.taken = 0
        self.nonfinite = 0
        self.first_nonfinite: int | None = None

    @property
    def last_step(self) -> int:
        """The step of the last row taken."""
        return self._clock[-1][0]

    def take(self, rows: int, time: int) -> list[Timed]:
        """The points to send for the rows up to the `rows`-th, the last of which was seen at `time`.

        Rows that were lost are left out; the times are still those of the whole batch.
        """
        fresh = self._spool.rows(self.taken, rows)
        if not len(fresh):
            return []
        last = int(fresh[-1, self._step_column]) + rows - self.taken - len(fresh)
        points = [*self._sketch.running(fresh), *self._counts.running(self._count(last))]
        self.taken += len(fresh)
        # A time is kept only with points, since the times of rows without points are not in the journal.
        return self._timed(points, last, time) if points else []

    def end(self, time: int, rows: int) -> list[Timed]:
        """The points that are added at the end: extremes, last values, the number of non-finite events."""
        table = self._spool.rows(0, rows)
        last = int(table[-1, self._step_column]) if len(table) else 0
        self._count(None)
        points = self._sketch.ending(table)
        if last not in self._counted_at:
            points.append(CurvePoint(NONFINITE_METRIC, last, float(self.nonfinite)))
        return self._timed(points, last, time)

    def ended(self, added: Mapping[str, list[list[float]]], time: int, rows: int) -> list[Timed]:
        """The same points again, from the journal."""
        table = self._spool.rows(0, rows)
        self._count(None)
        points = [CurvePoint(name, int(step), value) for name, pairs in added.items() for step, value in pairs]
        return self._timed(points, int(table[-1, self._step_column]) if len(table) else 0, time)

    def leave_out(self, extra: Mapping[str, list[list[float]]]) -> None:
        """Leave these points out: an earlier end of the run has sent them."""
        for sketch in (self._sketch, self._counts):
            sketch.leave_out({name: [int(step) for step, _ in pairs] for name, pairs in extra.items()})
        self._counted_at |= {int(step) for step, _ in extra.get(NONFINITE_METRIC, [])}

    def _count(self, last: int | None) -> Rows:
        """The number of non-finite events after each one up to step `last`, as rows."""
        self._events += [event for event in self._spool.new_events() if isinstance(event, NonfiniteEvent)]
        counted = []
        while self._events and (last is None or self._events[0].step <= last):
            step = self._events.pop(0).step
            self.nonfinite += 1
            self.first_nonfinite = step if self.first_nonfinite is None else self.first_nonfinite
            counted.append((step, self.nonfinite))
        return np.array(counted, dtype=np.float64).reshape(-1, 2)

    def _timed(self, points: list[CurvePoint], last: int, time: int) -> list[Timed]:
        self._clock.append((last, max(time, self._clock[-1][1])))
        steps, times = zip(*self._clock, strict=True)
        stamps = np.interp([point.step for point in points], steps, times).round().astype(np.int64)
        return list(zip(points, stamps.tolist(), strict=True))


def by_metric(points: list[Timed]) -> dict[str, list[list[float]]]:
    """Points as the journal stores them: [step, value] by metric."""
    found: dict[str, list[list[float]]] = {}
    for point, _ in points:
        found.setdefault(point.name, []).append([point.step, point.value])
    return found
