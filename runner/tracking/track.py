"""Delivering a folder to the store: what runs and sweeps have in common.

Each piece of work stands in a queue until it has succeeded, so after a failure of the store delivery continues exactly
there, while training goes on and the spool keeps everything. What must not be done twice is in the journal of the
folder, so that another process can take over (see `journal`).
"""

from __future__ import annotations

import json
import time
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from runner.files.claim import claimed_if_free
from runner.files.names import MLFLOW_RUN, SUMMARY
from runner.files.run_record import RunRecord
from runner.files.sweep_lines import SweepRecord
from runner.redaction import redact
from runner.tracking.journal import DeliveryState, Journal
from runner.tracking.messages import Report
from runner.tracking.register import strike
from runner.tracking.sending.connection import connect
from runner.tracking.sending.delivery import Delivery
from runner.tracking.store import Store
from runner.tracking.vanished import process_state

_ATTEMPTS = 8  # at the end of a run, before the rest is left in its folder
_LONGEST_PAUSE = 30.0  # seconds between attempts

Record = TypeVar("Record", RunRecord, SweepRecord)
Ended = TypeVar("Ended")

# What a store answers of a run that was deleted. Where it can't be reached asking it would take as long again.
_REFUSALS = ("INVALID_PARAMETER_VALUE", "INVALID_STATE", "RESOURCE_DOES_NOT_EXIST")


class Track(ABC, Generic[Record, Ended]):
    """A folder being delivered to the store; call `pump` often, until `done`.

    `answer` is called with the run's id once it has one, with an error when something fails and will be retried, with
    none when it works again, and at last with whether all was delivered.
    """

    def __init__(self, folder: Path, store: Store, answer: Report) -> None:
        self.folder = folder
        self.done = False
        self.delivered = False  # completely
        self.progressed: Callable[[], object] = lambda: None  # called as something has got done
        self.abandoned = False  # the process that trains is gone
        self._store = store
        self._answer = answer
        self._record: Record | None = None
        # Importing MLflow and opening the store take a second or two: this starts before the run is described.
        self._steps: deque[Callable[[], object]] = deque([lambda: connect(store)])
        self._ending = False
        self._failures = 0
        self._next_attempt = 0.0
        self._last_error = ""

    def pump(self) -> None:
        """Deliver as far as the folder and the store allow; never raises."""
        if self.done or self.rests:
            return
        try:
            self._carry_on()
        except Exception as error:  # MLflow passes on the errors of its database, transport and file system
            traceback.print_exc()
            if self._was_deleted(error):
                self._journal.write(deleted=True)
                self._answer({"error": "the run was deleted in the store"})
                self.give_up()
                strike(self.folder, self._store)
            else:
                self._failed(error)

    def leave_page(self, write: Callable[[Path], object]) -> None:
        """Have the page of what was delivered written and send it, if there is to be one; never raises."""

    @property
    def is_under_way(self) -> bool:
        """Whether the run is in the store and nothing is waiting."""
        return self._record is not None and not self._steps

    @property
    def rests(self) -> bool:
        """Whether the store has failed and the next attempt is not yet due."""
        return time.monotonic() < self._next_attempt

    def hurry(self) -> None:
        """Try again now: the run has ended, and its process waits."""
        self._next_attempt = 0.0
        self._failures = 0

    def give_up(self) -> None:
        """Leave the rest in the folder, to be delivered later."""
        self._finish(delivered=False)

    @property
    def record(self) -> Record:
        """The record of the run or the sweep, once it has been read."""
        assert self._record is not None
        return self._record

    @abstractmethod
    def _read_record(self) -> Record | None:
        """Read the record; None where there is nothing to deliver (yet)."""

    @abstractmethod
    def _begin(self, known: DeliveryState) -> None:
        """Prepare to read the folder."""

    @abstractmethod
    def _summary(self) -> Ended | None:
        """How it ended; None while it goes on."""

    @abstractmethod
    def _close_vanished(self) -> Ended:
        """Write and give the summary for a process that is gone."""

    @abstractmethod
    def _tags(self) -> Mapping[str, str]:
        """The tags that are known at the start."""

    @abstractmethod
    def _describe(self) -> None:
        """Send what is known at the start."""

    @abstractmethod
    def _carry(self, *, ended: bool) -> None:
        """Send what is new since the last call."""

    @abstractmethod
    def _plan_the_end(self, summary: Ended) -> None:
        """Queue the work of the end; its last piece records that everything is delivered."""

    def _see_what_is_there(self) -> None:
        """Look up in the store what an earlier process has sent, where the journal doesn't say it."""

    def _rehearse(self) -> None:
        """Prepare for the end while the run is still training."""

    def _carry_on(self) -> None:
        self._work_off()
        if self._record is None and not self._opened():
            return
        # Read before the rows, so that all rows of an ended run are read.
        summary = self._summary()
        if summary is None and self.abandoned:
            # Claimed, since the run may be resumed now, or have been since it was found.
            alive = process_state(self.folder) == "alive"
            with claimed_if_free(self.folder) as free:
                if alive or not free:
                    self._finish()
                    return
                summary = self._summary() or self._close_vanished()
        self._work_off()
        self._carry(ended=summary is not None)
        if summary is not None and not self._ending:
            self._plan_the_end(summary)
            self._ending = True
        self._work_off()
        self._succeeded()
        if self._ending:
            self._finish(delivered=True)
        else:
            self._rehearse()

    def _opened(self) -> bool:
        """Read the record and the journal; False where there is nothing to deliver (yet)."""
        record = self._read_record()
        if record is None:
            if self.abandoned:
                self._finish()
            return False
        journal = Journal(self.folder)
        if not journal.lock():  # another process still delivers an earlier end of the run
            return False
        self._journal, self._record = journal, record
        if journal.known.delivered:
            self._answer({"run_id": journal.known.run_id})
            self._finish(delivered=True)
            return False
        self._begin(journal.known)
        self._steps.extend((self._create, self._note, self._see_what_is_there))
        if journal.known.reopened:
            self._steps.extend((lambda: self._delivery.reopen(), lambda: journal.write(reopened=False)))
        if not journal.known.described:
            self._steps.extend((self._describe, lambda: journal.write(described=True)))
        return True

    def _create(self) -> None:
        known, where = self._journal.known, (self._store, self.folder, self.record)
        delivery = Delivery.take_up(*where, known.run_id) if known.run_id or known.creating else None
        if delivery is None:
            # Written first: if it isn't known whether a request arrived, the run is searched, not created again.
            self._journal.write(creating=True)
            delivery = Delivery.create(*where, self._tags())
        if known.run_id is None:
            self._journal.write(run_id=delivery.run_id)
        self._delivery = delivery
        self._answer({"run_id": delivery.run_id})

    def _note(self) -> None:
        write_note(self.folder, self._delivery.run_id, self._store)

    def _work_off(self) -> None:
        while self._steps:
            self._steps[0]()
            self._steps.popleft()
            self.progressed()

    def _was_deleted(self, error: Exception) -> bool:
        """Whether the store refuses the run since somebody has deleted it there; what else fails is tried again."""
        from mlflow.exceptions import MlflowException

        try:
            refused = isinstance(error, MlflowException) and error.error_code in _REFUSALS
            return refused and self._delivery.is_deleted()
        except Exception:  # there is none yet, or the store fails as before
            return False

    def _failed(self, error: Exception) -> None:
        text = redact(f"{type(error).__name__}: {_first_line(str(error))}")  # the writer's log has the whole traceback
        if text != self._last_error:
            self._last_error = text
            self._answer({"error": text})
        self._failures += 1
        self._next_attempt = time.monotonic() + min(_LONGEST_PAUSE, 0.25 * 2**self._failures)
        if self._failures >= _ATTEMPTS and (self._ending or self.abandoned or (self.folder / SUMMARY).exists()):
            self.give_up()

    def _succeeded(self) -> None:
        self._failures = 0
        if self._last_error:
            self._last_error = ""
            self._answer({"error": None})

    def _finish(self, *, delivered: bool | None = None) -> None:
        self.done, self.delivered = True, bool(delivered)
        if delivered:
            strike(self.folder, self._store)
        if self._record is not None:
            self._journal.release()
        if delivered is not None:
            self._answer({"delivered": delivered})


def write_note(folder: Path, run_id: str, store: Store) -> None:
    """Record in a run folder which MLflow run it belongs to."""
    path = folder / MLFLOW_RUN
    path.parent.mkdir(parents=True, exist_ok=True)
    note = {"run_id": run_id, "uri": store.shown, "experiment": store.experiment_shown}
    path.write_text(json.dumps(note), encoding="utf-8")


def now_ms() -> int:
    """The time in milliseconds since 1970, as MLflow counts."""
    return round(time.time() * 1000)


def _first_line(text: str) -> str:
    """The first line of an error that says what happened: SQLAlchemy may put when it happened before it."""
    lines = [line for line in text.splitlines() if not line.startswith("(raised as a result of ")]
    return lines[0] if lines else ""
