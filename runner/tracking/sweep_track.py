"""Delivering a sweep: a parent run, and a child for each job that has ended.

The lines of results.jsonl are followed as the rows of a run are. Which children exist is looked up in the store, so
that another process can take over at any moment, and children need no journal of their own.
"""

from __future__ import annotations

import contextlib
import traceback
from collections import Counter, deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from runner.files.json_files import read_json
from runner.files.names import MAP, MULTIRUN, RANKING, REPORT, SUMMARY, SWEEP, TABLE, WEIGHTS
from runner.files.run_record import read_record
from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import JobLine, SweepLine, SweepRecord, SweepSummary
from runner.redaction import redact
from runner.tracking.content import run as run_content
from runner.tracking.content import sweep as sweep_content
from runner.tracking.content.run import KEY_TAG
from runner.tracking.journal import DeliveryState
from runner.tracking.messages import Report
from runner.tracking.run_track import RunTrack
from runner.tracking.sending.children import Child, add_children, known_children
from runner.tracking.sending.delivery import Delivery
from runner.tracking.store import Store
from runner.tracking.track import Track, now_ms, write_note

FILES = (SWEEP, TABLE, RANKING, MAP, SUMMARY, MULTIRUN)
# Children per transaction: few enough that the first ones are visible soon.
_BATCH = 50


class SweepTrack(Track[SweepRecord, SweepSummary]):
    """The folder of a sweep being delivered to the store.

    `answer` is also called with {"children": N} as children arrive.
    """

    def leave_page(self, write: Callable[[Path], object]) -> None:
        """Have the page of a delivered sweep written into its folder, and send it; never raises."""
        if self._ending and self._journal.known.delivered and self._wants_page():
            try:
                write(self.folder)
                self._delivery.upload((REPORT,))
            except Exception:  # a plot, the disk, the store: the sweep itself is complete
                traceback.print_exc()

    def _wants_page(self) -> bool:
        job = next(iter(self._sweep.jobs().values()), None)
        return job is not None and bool((job.config.get("tracking") or {}).get("report"))

    def _read_record(self) -> SweepRecord | None:
        data = read_json(self.folder / SWEEP)
        return None if data is None else SweepRecord.from_dict(data)

    def _begin(self, known: DeliveryState) -> None:
        self._sweep = SweepFolder(self.folder)
        self._waiting: deque[SweepLine] = deque()
        self._results: list[SweepLine] = []
        self._jobs: dict[int, JobLine] = {}
        self._there: dict[int, tuple[str, str]] = {}

    def _summary(self) -> SweepSummary | None:
        return self._sweep.summary

    def _close_vanished(self) -> SweepSummary:
        return _close_vanished(self._sweep)

    def _carry(self, *, ended: bool) -> None:
        self._waiting.extend(self._sweep.new_results())
        while self._waiting:
            self._deliver([self._waiting[k] for k in range(min(_BATCH, len(self._waiting)))])

    def _see_what_is_there(self) -> None:
        delivery = self._delivery
        runs = known_children(delivery.client, delivery.experiment_id, delivery.run_id)
        self._there = {job: (run.data.tags.get(KEY_TAG, ""), run.info.run_id) for job, run in runs.items()}
        self._parent = delivery.client.get_run(delivery.run_id)

    def _describe(self) -> None:
        from mlflow.entities import Param

        parameters = [Param(*pair) for pair in sweep_content.factors(self.record).items()]
        self._delivery.client.log_batch(self._delivery.run_id, params=parameters)

    def _deliver(self, lines: list[SweepLine]) -> None:
        """Send the children of these results, the first in the queue."""
        if any(line.job not in self._jobs for line in lines):
            self._jobs = self._sweep.jobs()
        delivery, fresh = self._delivery, list[Child]()
        for line in lines:
            child = sweep_content.child_of(self.folder, self.record, self._jobs[line.job], line, delivery.run_id)
            key, run_id = self._there.get(child.job, ("", ""))
            if key == child.tags[KEY_TAG]:
                self._note_in(child.folder, run_id)
                continue
            if run_id:  # the job was run again since
                delivery.client.delete_run(run_id)
            fresh.append(child)
        for child, run_id in zip(fresh, add_children(delivery.client, self._parent, fresh), strict=True):
            self._there[child.job] = child.tags[KEY_TAG], run_id
            self._note_in(child.folder, run_id)
        for _ in lines:
            self._results.append(self._waiting.popleft())
        self._answer({"children": len(self._results)})
        self.progressed()

    def _note_in(self, folder: Path, run_id: str) -> None:
        with contextlib.suppress(OSError):  # a crashed job may have no folder
            write_note(folder, run_id, self._store)

    def _tags(self) -> Mapping[str, str]:
        return sweep_content.sweep_tags(self.record, self.folder)

    def _plan_the_end(self, summary: SweepSummary) -> None:
        if self.record.models:
            self._steps.extend(partial(self._log_model_of, line) for line in self._results)
        self._steps.extend(
            (
                lambda: self._say_outcome(summary),
                lambda: self._delivery.upload(FILES),
                lambda: self._delivery.end(summary.status, summary.ended),
                lambda: self._journal.write(delivered=True),
            )
        )

    def _log_model_of(self, line: SweepLine) -> None:
        folder, (_, run_id) = self.folder / self._jobs[line.job].folder, self._there[line.job]
        record = read_record(folder)
        if record is None or record.subject is not None or not (folder / WEIGHTS).exists():
            return
        own = Delivery(self._delivery.client, run_id, self._delivery.experiment_id, folder, record)
        own.log_model(own.create_model(), record)

    def _say_outcome(self, summary: SweepSummary) -> None:
        from mlflow.entities import Metric, RunTag

        tags, metrics = sweep_content.outcome_of(summary, self._results)
        self._delivery.client.log_batch(
            self._delivery.run_id,
            metrics=[Metric(name, value, summary.ended, 0) for name, value in metrics.items()],
            tags=[RunTag(key, value) for key, value in {**tags, **self._ranking()}.items()],
        )

    def _ranking(self) -> Mapping[str, str]:
        """The description of the sweep: its ranking, where it has one."""
        ranking = self.folder / RANKING
        return run_content.note(redact(ranking.read_text(encoding="utf-8"))) if ranking.is_file() else {}


AnyTrack = RunTrack | SweepTrack


def tracked(folder: Path, store: Store, answer: Report) -> AnyTrack:
    """What delivers a folder, of a run or of a sweep."""
    return (SweepTrack if (folder / SWEEP).exists() else RunTrack)(folder, store, answer)


def _close_vanished(sweep: SweepFolder) -> SweepSummary:
    """Write the summary of a sweep whose process is gone; gives it."""
    results = sweep.results()
    summary = SweepSummary(
        "interrupted",
        "KILLED",
        f"the process ended without a summary after {len(results)} jobs: killed, or the machine stopped",
        done=len(results),
        outcomes=dict(Counter(line.counted for line in results)),
        ended=now_ms(),
    )
    with contextlib.suppress(OSError):  # a full disk: the summary is delivered all the same
        sweep.end(summary)
    return summary
