"""Preparing a run folder to be resumed, so that no other process takes its run for ended or vanished."""

from __future__ import annotations

import time
from pathlib import Path

from runner.errors import UserError
from runner.files.json_files import read_json, write_json
from runner.files.names import PROCESS, SUMMARY, SWEEP
from runner.process import this_process
from runner.tracking.journal import Journal
from runner.tracking.vanished import process_state

RESUMABLE = ("interrupted", "failed")
_PATIENCE, _LOOK_AGAIN = 60.0, 0.1  # seconds


def refuse_unless_resumable(folder: Path, *, anyway: bool = False) -> None:
    """Raise `UserError` for a run that has ended, is running or, unless `anyway`, may be running elsewhere.

    The folder may also be that of a sweep.
    """
    summary = read_json(folder / SUMMARY)
    kind = "sweep" if (folder / SWEEP).exists() else "run"
    if summary is not None:
        if summary["outcome"] not in RESUMABLE:
            repeated = "; `rerun` repeats it" if kind == "run" else ": all its jobs have ended"
            raise UserError(f"the {kind} in {folder} has already ended ({summary['outcome']}){repeated}")
        return
    process = read_json(folder / PROCESS) or {}
    state, place = process_state(folder), process.get("host", "an unknown machine")
    if state == "alive":
        raise UserError(f"the {kind} in {folder} is being trained: process {process.get('pid')} on {place}")
    if state == "unknown" and not anyway:
        raise UserError(
            f"the {kind} in {folder} was last seen on {place} and may still be running there; "
            "add --anyway once you know that it isn't"
        )


def reopen(folder: Path) -> None:
    """Make this process the one that trains the run; what was not yet delivered to MLflow is sent with the rest."""
    journal = Journal(folder)
    deadline = time.monotonic() + _PATIENCE
    while not journal.lock():
        if time.monotonic() > deadline:
            raise UserError(f"another process is still delivering the run in {folder} to MLflow; try again later")
        time.sleep(_LOOK_AGAIN)
    try:
        write_json(folder / PROCESS, this_process())
        if journal.known.uri is not None:
            journal.write(reopened=True)
        (folder / SUMMARY).unlink(missing_ok=True)
    finally:
        journal.release()
