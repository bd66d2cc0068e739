"""One run on its way from its folder to the store.

What is to be done stands in a queue and leaves it when it has succeeded, so a store that fails in the middle
is tried again from exactly there, while training goes on and the spool keeps everything.
"""

from __future__ import annotations

import json
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from runner.tracking import record as words
from runner.tracking.delivery import Delivery, connect
from runner.tracking.model import rehearse
from runner.tracking.sketch import Point, Sketch
from runner.tracking.spool import Spool, read_json
from runner.tracking.store import Store, redact
from runner.training.nonfinite import NONFINITE_KINDS

NONFINITE_METRIC = "nonfinite_events"
NOTE = "spool/mlflow.json"  # where in MLflow the run of a folder is
_ATTEMPTS = 5  # at the end of a run, before it is left to its folder
_LONGEST_PAUSE = 30.0  # seconds between attempts

# How a run ended whose process vanished without a word.
VANISHED = {"outcome": "interrupted", "status": "KILLED"}

Answer = Callable[[dict[str, Any]], None]


class Track:
    """A run folder being carried to the store; call `pump` often, until `done`.

    `answer` is told {"run_id": ...}, {"error": ...} when something fails that is tried again, and at last
    {"delivered": true or false}.
    """

    def __init__(self, folder: Path, store: Store, answer: Answer) -> None:
        self.folder = folder
        self.done = False
        self.abandoned = False  # the process that trains is gone
        self._store = store
        self._answer = answer
        self._record: Mapping[str, Any] = {}
        # Importing MLflow and opening the store take a second or two: begun before the run is described.
        self._steps: deque[Callable[[], object]] = deque([lambda: connect(store)])
        self._ending = False
        self._nonfinite = 0
        self._first_nonfinite: int | None = None
        self._failures = 0
        self._next_attempt = 0.0
        self._last_error = ""

    def pump(self) -> None:
        """Carry on as far as the folder and the store allow; never raises."""
        if self.done or time.monotonic() < self._next_attempt:
            return
        try:
            self._carry_on()
        except Exception as error:  # MLflow lets the errors of its database, transport and file system through
            traceback.print_exc()
            self._failed(error)
        else:
            self._failures = 0

    def _carry_on(self) -> None:
        self._work_off()
        if not self._record:
            self._open()
        if not self._record:
            self.done = self.abandoned
            return
        # Asked before the rows are read: whatever was there when the run ended is then read, too.
        summary = self._spool.summary() or (VANISHED if self.abandoned else None)
        self._work_off()
        self._collect()
        self._flush()
        if summary is not None and not self._ending:
            self._ending = True
            self._plan_the_end(summary)
        self._work_off()
        if self._ending:
            self.done = True
            self._answer({"delivered": True})
        elif self._options["model"]:
            rehearse()

    def _open(self) -> None:
        record = read_json(self.folder / "run.json")
        if record is None:
            return
        self._record = record
        self._options = record["config"]["tracking"]
        self._spool = Spool(self.folder, record["columns"])
        self._sketch = Sketch(record["columns"], record["steps_planned"], self._options["points"])
        self._counts = Sketch(["step", NONFINITE_METRIC], record["steps_planned"], self._options["points"])
        self._pending: list[Point] = []
        self._clock = [(0, words.started_ms(record))]
        self._steps.extend((self._create, self._note, lambda: self._delivery.describe()))

    def _create(self) -> None:
        self._delivery = Delivery.create(self._store, self.folder, self._record)
        self._answer({"run_id": self._delivery.run_id})

    def _note(self) -> None:
        note = {
            "run_id": self._delivery.run_id,
            "uri": self._store.shown,
            "experiment": self._store.experiment,
        }
        (self.folder / NOTE).write_text(json.dumps(note), encoding="utf-8")

    def _work_off(self) -> None:
        while self._steps:
            self._steps[0]()
            self._steps.popleft()

    def _collect(self) -> None:
        rows = self._spool.new_rows()
        if len(rows):
            self._clock.append((int(rows[-1, self._record["columns"].index("step")]), now_ms()))
        self._pending += self._sketch.running(rows)
        counted = []
        for event in self._spool.new_events():
            if event.get("kind") in NONFINITE_KINDS:
                self._nonfinite += 1
                self._first_nonfinite = event["step"] if self._first_nonfinite is None else self._first_nonfinite
                counted.append((event["step"], self._nonfinite))
        self._pending += self._counts.running(np.array(counted, dtype=np.float64).reshape(-1, 2))

    def _flush(self) -> None:
        steps, times = zip(*self._clock, strict=True)
        stamps = np.interp([point.step for point in self._pending], steps, times)
        self._delivery.send(self._pending, [round(stamp) for stamp in stamps])
        self._pending = []

    def _plan_the_end(self, summary: Mapping[str, Any]) -> None:
        rows = self._spool.all_rows()
        last_step = self._clock[-1][0]
        self._pending += self._sketch.ending(rows)
        self._pending.append(Point(NONFINITE_METRIC, last_step, float(self._nonfinite)))
        findings = read_json(self.folder / "findings.json") or []
        first_nonfinite = summary.get("first_nonfinite_step", self._first_nonfinite)
        tags = words.outcome_tags({"steps": last_step, **summary}, findings, first_nonfinite)
        ended = now_ms()
        self._steps.extend(
            (
                self._flush,
                lambda: self._delivery.tag(tags),
                lambda: self._delivery.upload(),
                lambda: self._delivery.end(summary["status"], ended),
            )
        )
        if self._options["model"] and (self.folder / "weights.npz").exists():
            # After the end: a model that can't be made must not leave the run running.
            self._steps.append(lambda: self._delivery.log_model())

    def _failed(self, error: Exception) -> None:
        text = redact(f"{type(error).__name__}: {error}")
        if text != self._last_error:
            self._last_error = text
            self._answer({"error": text})
        self._failures += 1
        self._next_attempt = time.monotonic() + min(_LONGEST_PAUSE, 0.25 * 2**self._failures)
        if self._failures >= _ATTEMPTS and (self._ending or self.abandoned or self._has_ended()):
            self.done = True
            self._answer({"delivered": False})

    def _has_ended(self) -> bool:
        return (self.folder / "summary.json").exists()


def now_ms() -> int:
    """The time in milliseconds since 1970, as MLflow counts."""
    return round(time.time() * 1000)
