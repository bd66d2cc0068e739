"""Reading the folder of a sweep that was cut off: its jobs, and which of them need not be carried out again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import yaml  # type: ignore[import-untyped]

from runner.errors import UserError
from runner.files.run_folder import is_whole
from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import JobLine, SweepLine
from runner.settings import Settings
from runner.sweeps.job import Job, Plan


@dataclass(frozen=True)
class CutOffSweep:
    """A sweep to be resumed; `known` are the results of jobs that didn't fail and whose files are complete."""

    files: SweepFolder
    plan: Plan
    known: list[SweepLine]
    settings: Settings

    @classmethod
    def of(cls, folder: Path, settings_of: Callable[[Mapping[str, Any]], Settings]) -> Self:
        """Read the folder; `settings_of` gives the settings of a recorded config, with the values that were not saved.

        The results of jobs that failed, or whose files a power loss damaged, are dropped.
        """
        files = SweepFolder(folder.absolute())
        record = files.record
        jobs = [
            Job(
                number=line.job,
                overrides=line.overrides,
                swept=line.swept,
                settings=settings_of(line.config),
                config=line.config,
                folder=files.path / line.folder,
                hydra_files=partial(_hydra_files, files.path / line.folder, line),
            )
            for line in files.jobs().values()
        ]
        if not jobs:
            raise UserError(f"the sweep in {folder} was cut off before its jobs were recorded: start it again")
        at = {job.number: job.folder for job in jobs}
        known = [line for line in files.results() if line.outcome != "failed" and is_whole(at[line.job])]
        files.keep_results(known)
        plan = Plan(jobs, record.factors, files.path, record.overrides, multirun="")
        return cls(files, plan, known, jobs[0].settings)


def _hydra_files(folder: Path, line: JobLine) -> dict[str, str]:
    """Hydra's record of a job, as far as it is known; empty where it was written before the sweep was cut off."""
    if (folder / ".hydra" / "overrides.yaml").exists():
        return {}
    return {
        ".hydra/config.yaml": yaml.safe_dump(dict(line.config), sort_keys=False, allow_unicode=True),
        ".hydra/overrides.yaml": yaml.safe_dump(list(line.overrides), sort_keys=False, allow_unicode=True),
    }
