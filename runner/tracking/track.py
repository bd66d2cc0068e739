"""One run on its way from its folder to the store.

What is to be done stands in a queue and leaves it when it has succeeded, so a store that fails in the middle
is tried again from exactly there, while training goes on and the spool keeps everything. What must not be done twice
is in the journal of the folder, so another process can take over (see `journal`).
"""

from __future__ import annotations

import json
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runner.files.finding import cause_in
from runner.files.spool import Spool, read_json
from runner.tracking.content import run as words
from runner.tracking.content.curves import Curves, Timed, by_metric
from runner.tracking.content.model import rehearse
from runner.tracking.delivery import Delivery, connect
from runner.tracking.journal import Journal, Known
from runner.tracking.store import Store, redact
from runner.tracking.vanished import close_vanished, process_state

NOTE = "spool/mlflow.json"  # where in MLflow the run of a folder is
_ATTEMPTS = 8  # at the end of a run, before it is left to its folder
_LONGEST_PAUSE = 30.0  # seconds between attempts

Answer = Callable[[dict[str, Any]], None]


class Track:
    """A run folder being carried to the store; call `pump` often, until `done`.

    `answer` is told {"run_id": ...}, {"error": ...} when something fails that is tried again, {"error": null} when it
    no longer does, and at last {"delivered": true or false}.
    """

    RECORD = "run.json"  # what says that there is something to carry

    def __init__(self, folder: Path, store: Store, answer: Answer) -> None:
        self.folder = folder
        self.done = False
        self.abandoned = False  # the process that trains is gone
        self._store = store
        self._answer = answer
        self._record: Mapping[str, Any] = {}
        # Importing MLflow and opening the store take a second or two: begun before the run is described.
        self._steps: deque[Callable[[], object]] = deque([lambda: connect(store)])
        self._pending: list[Timed] = []
        self._ending = False
        self._failures = 0
        self._next_attempt = 0.0
        self._last_error = ""

    def pump(self) -> None:
        """Carry on as far as the folder and the store allow; never raises."""
        if self.done or self.rests:
            return
        try:
            self._carry_on()
        except Exception as error:  # MLflow lets the errors of its database, transport and file system through
            traceback.print_exc()
            self._failed(error)

    @property
    def is_under_way(self) -> bool:
        """Whether the run is in the store and nothing of it waits."""
        return bool(self._record) and not self._steps

    @property
    def rests(self) -> bool:
        """Whether the store has failed and is left alone for a while."""
        return time.monotonic() < self._next_attempt

    def hurry(self) -> None:
        """Try again now: the run has ended, and somebody waits."""
        self._next_attempt = 0.0
        self._failures = 0

    def give_up(self) -> None:
        """Leave the rest in the folder, for another time."""
        self._finish(delivered=False)

    def _carry_on(self) -> None:
        self._work_off()
        if not self._record and not self._opened():
            return
        # Asked before the rows are read: whatever was there when the run ended is then read, too.
        summary = self._summary()
        if summary is None and self.abandoned:
            # Asked with the lock held: since it was found, somebody may have begun to resume the run.
            if process_state(self.folder) == "alive":
                self._finish()
                return
            summary = self._close_vanished()
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
        """Read what the run is and how far it is on its way; False where there is nothing to carry (yet)."""
        record = read_json(self.folder / self.RECORD)
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
        self._steps.extend((self._create, self._note, self._look_around))
        if journal.known.reopened:
            self._steps.extend((lambda: self._delivery.reopen(), lambda: journal.write(reopened=False)))
        if not journal.known.described:
            self._steps.extend((self._describe, lambda: journal.write(described=True)))
        return True

    def _begin(self, known: Known) -> None:
        """Get ready to read what the folder holds."""
        self._options = self._record["config"]["tracking"]
        self._spool = Spool(self.folder, self._record["columns"])
        self._curves = Curves(self._spool, self._record)
        self._curves.leave_out(known.extra)
        self._sent = deque(known.anchors)

    def _summary(self) -> Mapping[str, Any] | None:
        """How it ended; None while it goes on."""
        return self._spool.summary()

    def _look_around(self) -> None:
        """See what an earlier process has sent: of a run the journal says it."""

    def _describe(self) -> None:
        self._delivery.describe()

    def _close_vanished(self) -> Mapping[str, Any]:
        """Write the summary in place of a process that is gone; gives it."""
        return close_vanished(self.folder, self._record)

    def _carry(self, *, ended: bool) -> None:
        """Send what has come since the last time."""
        # Only of the last batch in the journal is it not known whether it has arrived: no other before it has.
        self._flush()
        self._collect(ended=ended)
        self._work_off()
        if not ended:
            self._flush()

    def _rehearse(self) -> None:
        """Use the time, as long as the run goes on, for what its end will need."""
        if self._options["model"]:
            rehearse()

    def _create(self) -> None:
        known, where = self._journal.known, (self._store, self.folder, self._record)
        delivery = Delivery.take_up(*where, known.run_id) if known.run_id or known.creating else None
        if delivery is None:
            # Written first: where it isn't known whether a request arrived, the run is looked for, not made again.
            self._journal.write(creating=True)
            delivery = Delivery.create(*where, self._tags())
        if known.run_id is None:
            self._journal.write(run_id=delivery.run_id)
        self._delivery = delivery
        self._answer({"run_id": delivery.run_id})

    def _tags(self) -> dict[str, str]:
        return words.tags(self._record, self.folder)

    def _note(self) -> None:
        write_note(self.folder, self._delivery.run_id, self._store)

    def _work_off(self) -> None:
        while self._steps:
            self._steps[0]()
            self._steps.popleft()

    def _collect(self, *, ended: bool) -> None:
        written = len(self._spool)
        # A run that goes on from a checkpoint writes rows again that were sent; a power loss may have taken some.
        while self._sent and (self._sent[0][0] <= written or ended):
            points = self._curves.take(*self._sent.popleft())
            # Whether the last batch of an earlier process arrived isn't known; the store keeps it once.
            self._pending = [] if self._sent else points
        if self._sent or written == self._curves.taken:
            return
        now = now_ms()
        points = self._curves.take(written, now)
        if points:
            self._steps.append(lambda: self._commit(points, anchor=[written, now]))

    def _commit(self, points: list[Timed], **entry: Any) -> None:
        self._journal.write(**entry)
        self._pending += points

    def _flush(self) -> None:
        if self._pending:
            self._send({})

    def _send(self, tags: Mapping[str, str]) -> None:
        # Curve by curve, for a store looks up the last value of each in a batch; step by step, for its indexes then
        # grow at their ends.
        self._pending.sort(key=lambda timed: (timed[0].name, timed[0].step))
        points, stamps = [point for point, _ in self._pending], [stamp for _, stamp in self._pending]
        self._delivery.send(points, stamps, tags)
        self._pending = []

    def _plan_the_end(self, summary: Mapping[str, Any]) -> None:
        known, written = self._journal.known, len(self._spool)
        ended = known.ending or now_ms()
        if known.ending is None:
            points = self._curves.end(ended, written)
            self._steps.append(lambda: self._commit(points, ending=ended, added=by_metric(points)))
        else:
            self._pending += self._curves.ended(known.added, ended, written)
        first_nonfinite = summary.get("first_nonfinite_step", self._curves.first_nonfinite)
        tags = words.outcome_tags({"steps": self._curves.last_step, **summary}, cause_in(self.folder), first_nonfinite)
        self._steps.extend(
            (
                lambda: self._send(tags),
                lambda: self._delivery.upload(),
                lambda: self._delivery.end(summary["status"], ended),
            )
        )
        if self._options["model"] and (self.folder / "weights.npz").exists():
            # After the end: a model that can't be made must not leave the run running.
            self._steps.append(self._log_model)
        if self._store.is_server:
            self._steps.append(lambda: self._delivery.delete_doubles(known.model_id))
        self._steps.append(lambda: self._journal.write(delivered=True))

    def _log_model(self) -> None:
        if self._journal.known.model_id is None:
            self._journal.write(model_id=self._delivery.create_model())
        self._delivery.log_model(str(self._journal.known.model_id))

    def _failed(self, error: Exception) -> None:
        text = redact(f"{type(error).__name__}: {error}").partition("\n")[0]  # the log of the writer has it all
        if text != self._last_error:
            self._last_error = text
            self._answer({"error": text})
        self._failures += 1
        self._next_attempt = time.monotonic() + min(_LONGEST_PAUSE, 0.25 * 2**self._failures)
        if self._failures >= _ATTEMPTS and (self._ending or self.abandoned or self._has_ended()):
            self.give_up()

    def _succeeded(self) -> None:
        self._failures = 0
        if self._last_error:
            self._last_error = ""
            self._answer({"error": None})

    def _finish(self, **answer: bool) -> None:
        self.done = True
        if self._record:
            self._journal.release()
        if answer:
            self._answer(answer)

    def _has_ended(self) -> bool:
        return (self.folder / "summary.json").exists()


def write_note(folder: Path, run_id: str, store: Store) -> None:
    """Say in a run folder where in MLflow its run is."""
    path = folder / NOTE
    path.parent.mkdir(parents=True, exist_ok=True)
    note = {"run_id": run_id, "uri": store.shown, "experiment": store.experiment}
    path.write_text(json.dumps(note), encoding="utf-8")


def now_ms() -> int:
    """The time in milliseconds since 1970, as MLflow counts."""
    return round(time.time() * 1000)
