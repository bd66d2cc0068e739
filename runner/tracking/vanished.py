"""Runs whose process vanished: finding them, and ending them honestly.

After kill -9 or a power loss nobody has written how the run ended. Whoever finds its folder says so in its place, but
only once the process is certainly gone: a run that another person's process still trains is left alone.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from runner.files.history import write_history
from runner.files.json_files import read_json, write_json
from runner.files.names import HEARTBEAT, HISTORY, PROCESS, RECORD, SPOOLED_HISTORY, SUMMARY
from runner.files.run_record import RunRecord
from runner.files.spool import Spool
from runner.files.summary import Summary
from runner.process import State, state_of
from runner.training.history import History


def process_state(folder: Path) -> State:
    """Whether the process that trains the run in `folder` still lives."""
    signs = (folder / HEARTBEAT, folder / SPOOLED_HISTORY, folder / RECORD)
    last = max((sign.stat().st_mtime for sign in signs if sign.exists()), default=0.0)
    return state_of(read_json(folder / PROCESS) or {}, time.time() - last)


def close_vanished(folder: Path, record: RunRecord) -> Summary:
    """Write the summary, and the table of the rows so far, of a run whose process is gone; gives the summary."""
    spool = Spool(folder, record.columns)
    history = History(record.columns)
    history.add(spool.rows(0, len(spool)))
    steps = min(len(history), record.steps_planned)
    summary = Summary(
        "interrupted",
        "KILLED",
        steps,
        final=history.final_values(),
        best=history.best_values() if len(history) else {},
        reason=f"the process was gone without a word after {steps} steps: killed, or the machine stopped",
    )
    with contextlib.suppress(OSError):  # a full disk: the store is told all the same
        write_history(folder / HISTORY, record.columns, history.rows)
        write_json(folder / SUMMARY, summary.to_dict())
    return summary
