"""Preparing a run folder to be resumed, so that no other process takes its run for ended or vanished."""

from __future__ import annotations

import time
from pathlib import Path

from runner.errors import UserError
from runner.files.claim import described, whose
from runner.files.json_files import read_json
from runner.files.names import PROCESS, SUMMARY, SWEEP
from runner.tracking.journal import Journal
from runner.tracking.vanished import process_state

RESUMABLE = ("interrupted", "failed")
_PATIENCE, _LOOK_AGAIN = 60.0, 0.1  # seconds


def refuse_unless_resumable(folder: Path, *, anyway: bool = False) -> None:
    """Raise `UserError` for a run that has ended, is running or, unless `anyway`, may be running elsewhere.

    The folder may also be that of a sweep.
    """
    refuse_if_ended(folder)
    refuse_if_trained(folder)
    if (folder / SUMMARY).exists():
        return
    if process_state(folder) == "unknown" and not anyway:
        place = (read_json(folder / PROCESS) or {}).get("host", "an unknown machine")
        raise UserError(
            f"{described(folder)} was last seen on {place} and may still be running there; "
            "add --anyway once you know that it isn't"
        )


def refuse_if_ended(folder: Path) -> None:
    """Raise `UserError` for a run or a sweep that came to its end."""
    summary = read_json(folder / SUMMARY)
    if summary is not None and summary["outcome"] not in RESUMABLE:
        repeated = ": all its jobs have ended" if (folder / SWEEP).exists() else "; `rerun` repeats it"
        raise UserError(f"{described(folder)} has already ended ({summary['outcome']}){repeated}")


def refuse_if_trained(folder: Path, otherwise: str = "") -> None:
    """Raise `UserError` where a process of this machine trains in `folder`; `otherwise` says what is to be done."""
    if process_state(folder) == "alive":
        raise UserError(f"{described(folder)} is being trained: {whose(folder)}{otherwise}")


def reopen(folder: Path) -> None:
    """Undo the end of a run that this process has claimed; what MLflow hasn't received is sent with the rest."""
    journal = Journal(folder)
    deadline = time.monotonic() + _PATIENCE
    while not journal.lock():
        if time.monotonic() > deadline:
            raise UserError(f"another process is still delivering the run in {folder} to MLflow; try again later")
        time.sleep(_LOOK_AGAIN)
    try:
        if journal.known.uri is not None:
            journal.write(reopened=True)
        (folder / SUMMARY).unlink(missing_ok=True)
    finally:
        journal.release()
