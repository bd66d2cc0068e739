"""Run folders below the folder of all runs, without MLflow's copies of their files."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from datetime import datetime
from pathlib import Path

from runner.files.json_files import read_json
from runner.files.names import ARTIFACTS, RECORD, SWEEP


def run_folders(outputs: Path) -> Iterator[Path]:
    """Every run folder below `outputs`, those of a sweep's jobs among them."""
    return _folders_with((RECORD,), outputs)


def deliverable_folders(outputs: Path) -> Iterator[Path]:
    """Every folder below `outputs` that goes to a store as one: of a run, or of a sweep with all its jobs."""
    return _folders_with((RECORD, SWEEP), outputs)


def newest_folder(outputs: Path) -> Path | None:
    """The run folder below `outputs` whose run began last; None where there is none."""
    started = {folder: read_json(folder / RECORD) for folder in run_folders(outputs)}
    whole = {folder: datetime.fromisoformat(record["started"]) for folder, record in started.items() if record}
    return max(whole, key=lambda folder: whole[folder], default=None)


def _folders_with(names: Container[str], outputs: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(outputs):
        if any(file in names for file in files):
            below.clear()
            yield Path(folder)
        elif ARTIFACTS in below:
            below.remove(ARTIFACTS)
