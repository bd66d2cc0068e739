"""A sweep on its way from its folder to the store: a parent run, and a child for each job that has ended.

The lines of results.jsonl are followed as the rows of a run are. Which children are there already is asked of the
store, so that another process can take over at any moment, and nothing of a child needs a journal of its own.
"""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from runner.files.run_folder import RECORD, SUMMARY, WEIGHTS, write_whole
from runner.files.spool import read_json
from runner.files.sweep_spool import RESULTS, SWEEP, Line, SweepSpool, whole_lines
from runner.tracking.children import Child, add_children, known_children
from runner.tracking.content import sweep as words
from runner.tracking.content.run import KEY_TAG
from runner.tracking.delivery import Delivery
from runner.tracking.journal import Known
from runner.tracking.store import Store
from runner.tracking.track import Answer, Track, now_ms, write_note

FILES = ("sweep.json", "results.parquet", "ranking.md", "map.png", "summary.json", "multirun.yaml")
# Children in one transaction: few enough that the first ones can soon be seen.
_BATCH = 50


class SweepTrack(Track):
    """The folder of a sweep being carried to the store, with the life of a `Track`.

    `answer` is told {"children": N} as these arrive, besides what a `Track` tells.
    """

    RECORD = SWEEP

    def _begin(self, known: Known) -> None:
        self._sweep = SweepSpool(self.folder)
        self._waiting: deque[Line] = deque()
        self._results: list[Line] = []
        self._jobs: dict[int, Line] = {}
        self._there: dict[int, tuple[str, str]] = {}

    def _summary(self) -> dict[str, Any] | None:
        return self._sweep.summary()

    def _close_vanished(self) -> dict[str, Any]:
        return _close_vanished(self.folder)

    def _carry(self, *, ended: bool) -> None:
        self._waiting.extend(self._sweep.new_results())
        while self._waiting:
            self._deliver([self._waiting[k] for k in range(min(_BATCH, len(self._waiting)))])

    def _rehearse(self) -> None:
        """Nothing: models come last, if at all."""

    def _look_around(self) -> None:
        """See what an earlier process has sent."""
        delivery = self._delivery
        runs = known_children(delivery.client, delivery.experiment_id, delivery.run_id)
        self._there = {job: (run.data.tags.get(KEY_TAG, ""), run.info.run_id) for job, run in runs.items()}
        self._parent = delivery.client.get_run(delivery.run_id)

    def _describe(self) -> None:
        from mlflow.entities import Param

        parameters = [Param(*pair) for pair in words.factors(self._record).items()]
        self._delivery.client.log_batch(self._delivery.run_id, params=parameters)

    def _deliver(self, lines: list[Line]) -> None:
        """Send the children of these results, the first that wait."""
        if any(line["job"] not in self._jobs for line in lines):
            self._jobs = self._sweep.jobs()
        delivery, fresh = self._delivery, list[Child]()
        for line in lines:
            child = words.child_of(self.folder, self._record, self._jobs[line["job"]], line, delivery.run_id)
            key, run_id = self._there.get(child.job, ("", ""))
            if key == child.tags[KEY_TAG]:
                self._note_in(child.folder, run_id)
                continue
            if run_id:  # the job has been carried out again since
                delivery.client.delete_run(run_id)
            fresh.append(child)
        for child, run_id in zip(fresh, add_children(delivery.client, self._parent, fresh), strict=True):
            self._there[child.job] = child.tags[KEY_TAG], run_id
            self._note_in(child.folder, run_id)
        for _ in lines:
            self._results.append(self._waiting.popleft())
        self._answer({"children": len(self._results)})

    def _note_in(self, folder: Path, run_id: str) -> None:
        with contextlib.suppress(OSError):  # of a job that crashed there may be no folder
            write_note(folder, run_id, self._store)

    def _tags(self) -> dict[str, str]:
        return words.sweep_tags(self._record, self.folder)

    def _plan_the_end(self, summary: Mapping[str, Any]) -> None:
        if self._record["models"]:
            self._steps.extend(partial(self._log_model_of, line) for line in self._results)
        self._steps.extend(
            (
                lambda: self._say_outcome(summary),
                lambda: self._delivery.upload(FILES),
                lambda: self._delivery.end(summary["status"], summary["ended"]),
                lambda: self._journal.write(delivered=True),
            )
        )

    def _log_model_of(self, line: Line) -> None:
        folder, (_, run_id) = self.folder / line["folder"], self._there[line["job"]]
        if not (folder / WEIGHTS).exists():
            return
        record = read_json(folder / RECORD) or {}
        own = Delivery(self._delivery.client, run_id, self._delivery.experiment_id, folder, record)
        own.log_model(own.create_model())

    def _say_outcome(self, summary: Mapping[str, Any]) -> None:
        from mlflow.entities import Metric, RunTag

        tags, metrics = words.outcome_of(summary, self._results)
        self._delivery.client.log_batch(
            self._delivery.run_id,
            metrics=[Metric(name, value, summary["ended"], 0) for name, value in metrics.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )


def tracked(folder: Path, store: Store, answer: Answer) -> Track:
    """What carries a folder, be it that of a run or of a sweep."""
    return (SweepTrack if (folder / SWEEP).exists() else Track)(folder, store, answer)


def _close_vanished(folder: Path) -> dict[str, Any]:
    """Write the summary of a sweep whose process is gone; gives it."""
    results = whole_lines(folder / RESULTS)
    summary = {
        "outcome": "interrupted",
        "status": "KILLED",
        "reason": f"the process was gone without a word after {len(results)} jobs: killed, or the machine stopped",
        "done": len(results),
        "outcomes": dict(Counter(str(line["outcome"]) for line in results)),
        "seconds": None,
        "ended": now_ms(),
    }
    with contextlib.suppress(OSError):  # a full disk: it is told to the store all the same
        write_whole(folder / SUMMARY, summary)
    return summary
