"""The files of a sweep, apart from those of its jobs.

`sweep.json` says what is swept and `jobs.jsonl` what each job is, before the first one starts; `results.jsonl` gets a
line as each ends, and `summary.json` comes last. A crash may leave the last line of a file incomplete: readers take
complete lines only, and a resumed sweep rewrites the results.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from runner.errors import Problem, UserError
from runner.files.claim import Claim
from runner.files.json_files import LineReader, json_lines, read_json, read_lines, write_json
from runner.files.names import JOBS, MULTIRUN, RECORD, RESULTS, SUMMARY, SWEEP
from runner.files.sweep_lines import JobLine, SweepLine, SweepRecord, SweepSummary


class SweepFolder:
    """The folder of one sweep; `path` is absolute."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._results = LineReader(path / RESULTS)
        self._claim: Claim | None = None

    @classmethod
    def begin(cls, path: Path, record: SweepRecord, multirun: str) -> SweepFolder:
        """Make the folder and write what is swept; `UserError` where it holds a sweep or run, or can't be made.

        `multirun` is the text of Hydra's record of the command line.
        """
        folder = cls(path.absolute())
        folder._refuse_if_taken(path)
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            folder._claim = Claim.take(folder.path)
            folder._refuse_if_taken(path)  # again: another process may have begun one meanwhile
            write_json(folder.path / SWEEP, record.to_dict())
            (folder.path / MULTIRUN).write_text(multirun, encoding="utf-8")
            for name in (JOBS, RESULTS):
                (folder.path / name).touch()
        except OSError as error:
            message = f"can't write there: {error.strerror}"
            raise UserError(Problem("hydra.sweep.dir", message, given=str(path))) from error
        return folder

    @property
    def record(self) -> SweepRecord:
        """The record in sweep.json; `UserError` where there is none, or not a complete one."""
        try:
            found = json.loads((self.path / SWEEP).read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise UserError(f"{self.path} is not the folder of a sweep: it has no complete {SWEEP}") from error
        try:
            return SweepRecord.from_dict(found)
        except ValueError as error:
            raise UserError(f"{self.path / SWEEP} is damaged: it doesn't describe a sweep") from error

    @property
    def summary(self) -> SweepSummary | None:
        """How the sweep ended; None while it is running, or where it was cut off."""
        found = read_json(self.path / SUMMARY)
        return None if found is None else SweepSummary.from_dict(found)

    def add_jobs(self, jobs: Iterable[JobLine]) -> None:
        """Record what each job is."""
        with (self.path / JOBS).open("a", encoding="utf-8") as file:
            file.write(json_lines(job.to_dict() for job in jobs))
            file.flush()
            os.fsync(file.fileno())

    def jobs(self) -> dict[int, JobLine]:
        """The recorded jobs, by number."""
        lines = map(JobLine.from_dict, read_lines(self.path / JOBS))
        return {line.job: line for line in lines}

    def results(self) -> list[SweepLine]:
        """The results, one per ended job; of a job that was run again, the last one."""
        lines = map(SweepLine.from_dict, read_lines(self.path / RESULTS))
        return list({line.job: line for line in lines}.values())

    def new_results(self) -> list[SweepLine]:
        """The results that are new since the last call."""
        return [SweepLine.from_dict(line) for line in self._results.new_lines()]

    def add_results(self, results: Sequence[SweepLine]) -> None:
        """Record the results of some jobs, whose own folders are complete."""
        with (self.path / RESULTS).open("a", encoding="utf-8") as file:
            file.write(json_lines(line.to_dict() for line in results))

    def keep_results(self, results: Iterable[SweepLine]) -> None:
        """Replace all results by these, whose folders were found complete."""
        partial = self.path / f"{RESULTS}.partial"
        partial.write_text(json_lines(line.to_dict() for line in results), encoding="utf-8")
        partial.replace(self.path / RESULTS)

    def end(self, summary: SweepSummary) -> None:
        """Write how the sweep ended: the last of its files."""
        try:
            write_json(self.path / SUMMARY, summary.to_dict())
        finally:
            if self._claim is not None:
                self._claim.release()

    def _refuse_if_taken(self, given: Path) -> None:
        for name, kind in ((SWEEP, "sweep"), (RECORD, "run")):
            if (self.path / name).exists():
                message = f"this folder holds a {kind} already; name another"
                raise UserError(Problem("hydra.sweep.dir", message, given=str(given)))

    def relative(self, folder: Path) -> str:
        """A job's folder as it is recorded: relative to that of the sweep if it lies in it."""
        return str(folder.relative_to(self.path)) if folder.is_relative_to(self.path) else str(folder)
