"""Delivering a run: its points while it trains, its files and its model at the end."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner.files.finding import cause_in
from runner.files.measures import MEASURES
from runner.files.names import EXPLANATION, REPORT, WEIGHTS
from runner.files.run_record import RunRecord, read_record
from runner.files.spool import Spool
from runner.files.summary import Summary, read_summary
from runner.tracking.content import run as run_content
from runner.tracking.content.curves import Curves, Timed, by_metric
from runner.tracking.content.model import rehearse
from runner.tracking.content.sketch import CurvePoint
from runner.tracking.journal import DeliveryState
from runner.tracking.messages import Report
from runner.tracking.store import Store
from runner.tracking.track import Track, now_ms
from runner.tracking.vanished import close_vanished


class RunTrack(Track[RunRecord, Summary]):
    """The folder of a run being delivered to the store."""

    def __init__(self, folder: Path, store: Store, answer: Report) -> None:
        super().__init__(folder, store, answer)
        self._pending: list[Timed] = []

    def leave_page(self, write: Callable[[Path], object]) -> None:
        """Have the page of a delivered run written into its folder, and send it; never raises."""
        # Where another process has delivered the run, that one sees to its page.
        if not self._ending or not self._journal.known.delivered or not self._options.get("report"):
            return
        try:
            write(self.folder)
            self._delivery.upload((REPORT,))
        except Exception:  # a plot, the disk, the store: the run itself is complete
            traceback.print_exc()

    def _read_record(self) -> RunRecord | None:
        return read_record(self.folder)

    def _begin(self, known: DeliveryState) -> None:
        self._options = self.record.config["tracking"]
        self._spool = Spool(self.folder, self.record.columns)
        self._curves = Curves(self._spool, self.record)
        self._curves.leave_out(known.extra)
        self._sent = deque(known.anchors)

    def _summary(self) -> Summary | None:
        return read_summary(self.folder)

    def _close_vanished(self) -> Summary:
        return close_vanished(self.folder, self.record)

    def _tags(self) -> Mapping[str, str]:
        return run_content.tags(self.record, self.folder)

    def _describe(self) -> None:
        self._delivery.describe(self.record)

    def _carry(self, *, ended: bool) -> None:
        # Only for the last batch in the journal it isn't known whether it has arrived.
        self._flush()
        self._collect(ended=ended)
        self._work_off()
        if not ended:
            self._flush()

    def _rehearse(self) -> None:
        if self._options["model"]:
            rehearse()

    def _collect(self, *, ended: bool) -> None:
        written = len(self._spool)
        # A resumed run writes rows again that were sent before; a power loss may have lost some.
        while self._sent and (self._sent[0][0] <= written or ended):
            points = self._curves.take(*self._sent.popleft())
            # The last batch of an earlier process may have arrived or not; the store keeps it once.
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
        # Sorted by curve, since a store looks up the latest value of each in a batch, then by step, since its indexes
        # then grow at their ends.
        self._pending.sort(key=lambda timed: (timed[0].name, timed[0].step))
        points, stamps = [point for point, _ in self._pending], [stamp for _, stamp in self._pending]
        self._delivery.send(points, stamps, tags)
        self._pending = []

    def _plan_the_end(self, summary: Summary) -> None:
        known, written = self._journal.known, len(self._spool)
        ended = known.ending or now_ms()
        if known.ending is None:
            points = self._curves.end(ended, written) + self._only_at_the_end(summary, ended)
            self._steps.append(lambda: self._commit(points, ending=ended, added=by_metric(points)))
        else:
            self._pending += self._curves.ended(known.added, ended, written)
        complete = self._completed(summary)
        explained = run_content.description(self.record, self.folder, complete)
        tags = run_content.outcome_tags(complete, cause_in(self.folder)) | run_content.note(explained)
        self._steps.extend(
            (
                lambda: self._send(tags),
                lambda: self._delivery.upload(texts={EXPLANATION: explained}),
                lambda: self._delivery.end(summary.status, ended),
            )
        )
        # The model of somebody's own network would need their code, which isn't sent anywhere.
        is_ours = self.record.subject is None
        if self._options["model"] and is_ours and (self.folder / WEIGHTS).exists():
            # After the end: a model that can't be saved must not leave the run RUNNING.
            self._steps.append(self._log_model)
        if self._store.is_server:
            self._steps.append(lambda: self._delivery.delete_doubles(known.model_id))
        self._steps.append(lambda: self._journal.write(delivered=True))

    def _only_at_the_end(self, summary: Summary, ended: int) -> list[Timed]:
        """Measures of the end that are no curves, such as those of the test set."""
        final = {name: summary.final.get(name) for name in MEASURES if name not in self.record.columns}
        step = self._curves.last_step
        return [(CurvePoint(name, step, value), ended) for name, value in final.items() if value is not None]

    def _completed(self, summary: Summary) -> Summary:
        """The summary, with missing values filled in from the rows and events."""
        steps = self._curves.last_step if summary.steps is None else summary.steps
        if summary.nonfinite_steps is None and summary.first_nonfinite_step is None:
            return replace(summary, steps=steps, first_nonfinite_step=self._curves.first_nonfinite)
        return replace(summary, steps=steps)

    def _log_model(self) -> None:
        if self._journal.known.model_id is None:
            self._journal.write(model_id=self._delivery.create_model())
        self._delivery.log_model(str(self._journal.known.model_id), self.record)
