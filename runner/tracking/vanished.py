"""Runs whose process vanished: finding them, and recording how they ended.

After kill -9 or a power loss a run has no summary. Whoever finds its folder writes one, but only once the process is
certainly gone: a run that another process still trains is left alone.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from runner.files.claim import is_claimed
from runner.files.history import write_history
from runner.files.json_files import read_json, write_json
from runner.files.names import HEARTBEAT, HISTORY, PROCESS, RECORD, SPOOLED_HISTORY, SUMMARY
from runner.files.run_record import RunRecord
from runner.files.spool import Spool
from runner.files.summary import Summary
from runner.process import State, state_of
from runner.training.history import History


def process_state(folder: Path) -> State:
    """Whether the process that trains the run in `folder` is alive."""
    claim = is_claimed(folder)
    if claim:
        return "alive"
    touched = (folder / HEARTBEAT, folder / SPOOLED_HISTORY, folder / RECORD)
    last = max((path.stat().st_mtime for path in touched if path.exists()), default=0.0)
    state = state_of(read_json(folder / PROCESS) or {}, time.time() - last)
    # A process that has given up its claim may go on for hours, with something else.
    return "gone" if state == "alive" and claim is False else state


def close_vanished(folder: Path, record: RunRecord) -> Summary:
    """Write the summary and the history so far of a run whose process is gone; gives the summary."""
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
        reason=f"the process ended without a summary after {steps} steps: killed, or the machine stopped",
    )
    with contextlib.suppress(OSError):  # a full disk: the summary is delivered all the same
        write_history(folder / HISTORY, record.columns, history.rows)
        write_json(folder / SUMMARY, summary.to_dict())
    return summary
