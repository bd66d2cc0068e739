"""The files of a sweep, apart from those of its jobs.

`sweep.json` says what is swept and `jobs.jsonl` what each job is, before the first starts; `results.jsonl` gets a line
as each ends, and `summary.json` comes last. A crash may leave the last line of a file half written: whoever reads takes
whole lines only, and whoever goes on begins a new file.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runner.errors import Problem, UserError
from runner.files.run_folder import PROCESS, RECORD, SUMMARY, write_whole
from runner.files.sweep_spool import JOBS, RESULTS, SWEEP, Line, whole_lines
from runner.process import this_process
from runner.sweeps.job import Job, Plan
from runner.training.environment import environment
from runner.training.record import versions

__all__ = ["Line", "SweepFolder"]


class SweepFolder:
    """The folder of one sweep; `path` is absolute."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def begin(cls, plan: Plan, *, models: bool) -> SweepFolder:
        """Make the folder and say in it what is swept; `UserError` where it holds a sweep or run, or can't be made.

        `models`: MLflow is to have the networks of the jobs as models.
        """
        folder = cls(plan.folder.absolute())
        described = {
            "version": 1,
            "key": uuid.uuid4().hex,
            "started": datetime.now(UTC).isoformat(),
            "overrides": list(plan.overrides),
            "factors": {key: list(values) for key, values in plan.factors.items()},
            "models": models,
            "environment": environment(),
            "versions": dict(versions()),
        }
        for name, kind in ((SWEEP, "sweep"), (RECORD, "run")):
            if (folder.path / name).exists():
                message = f"this folder holds a {kind} already; name another"
                raise UserError(Problem("hydra.sweep.dir", message, given=str(plan.folder)))
        try:
            (folder.path / PROCESS).parent.mkdir(parents=True, exist_ok=True)
            write_whole(folder.path / PROCESS, this_process())
            write_whole(folder.path / SWEEP, described)
            (folder.path / "multirun.yaml").write_text(plan.multirun, encoding="utf-8")
            for name in (JOBS, RESULTS):
                (folder.path / name).touch()
        except OSError as error:
            raise UserError(
                Problem("hydra.sweep.dir", f"can't write there: {error.strerror}", given=str(plan.folder))
            ) from error
        return folder

    @property
    def described(self) -> Line:
        """What sweep.json says; `UserError` where there is none, or not a whole one."""
        try:
            found = json.loads((self.path / SWEEP).read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise UserError(f"{self.path} is not the folder of a sweep: it has no whole {SWEEP}") from error
        if not isinstance(found, dict) or not {"key", "started", "factors", "overrides"} <= set(found):
            raise UserError(f"{self.path / SWEEP} is damaged: it doesn't describe a sweep")
        return found

    @property
    def summary(self) -> Line | None:
        """How the sweep ended; None while it runs, or where it was cut off."""
        path = self.path / SUMMARY
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def add_jobs(self, jobs: Iterable[Job], fingerprints: Mapping[int, str], same_as: Mapping[int, int]) -> None:
        """Say what each job is."""
        lines = (
            {
                "job": job.number,
                "folder": self.relative(job.folder),
                "overrides": list(job.overrides),
                "swept": dict(job.swept),
                "fingerprint": fingerprints[job.number],
                "same_as": same_as.get(job.number),
                "config": dict(job.config),
            }
            for job in jobs
        )
        with (self.path / JOBS).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())

    def jobs(self) -> list[Line]:
        """What each job is, as far as it was written."""
        return whole_lines(self.path / JOBS)

    def results(self) -> list[Line]:
        """What came of the jobs that have ended, one line each: of a job that was run again the last."""
        return list({line["job"]: line for line in whole_lines(self.path / RESULTS)}.values())

    def add_results(self, results: Sequence[Line]) -> None:
        """Say what came of some jobs, whose own folders are whole by now."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in results)
        with (self.path / RESULTS).open("a", encoding="utf-8") as file:
            file.write(text)

    def keep_results(self, results: Iterable[Line]) -> None:
        """Let these be all results so far: those whose folders were found whole."""
        partial = self.path / f"{RESULTS}.partial"
        partial.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in results), encoding="utf-8")
        partial.replace(self.path / RESULTS)

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write how the sweep ended: the last of its files."""
        write_whole(self.path / SUMMARY, summary)

    def relative(self, folder: Path) -> str:
        """A job's folder as it is written down: below that of the sweep where it lies there."""
        return str(folder.relative_to(self.path)) if folder.is_relative_to(self.path) else str(folder)
