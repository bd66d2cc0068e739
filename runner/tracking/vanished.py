"""Runs whose process vanished: finding them, and ending them honestly.

After kill -9 or a power loss nobody has written how the run ended. Whoever finds its folder says so in its place, but
only once the process is certainly gone: a run that another person's process still trains is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.files.run_folder import HISTORY, PROCESS, SPOOL, SUMMARY, write_whole
from runner.files.spool import Spool, read_json
from runner.process import State, state_of
from runner.training.history import History
from runner.training.values import best_values, final_values

HEARTBEAT = f"{SPOOL}/heartbeat"


def process_state(folder: Path) -> State:
    """Whether the process that trains the run in `folder` still lives."""
    signs = (folder / HEARTBEAT, folder / SPOOL / "history.f64", folder / "run.json")
    last = max((sign.stat().st_mtime for sign in signs if sign.exists()), default=0.0)
    return state_of(read_json(folder / PROCESS) or {}, time.time() - last)


def close_vanished(folder: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    """Write the summary, and the table of the rows so far, of a run whose process is gone; gives the summary."""
    spool = Spool(folder, record["columns"])
    history = History(record["columns"])
    history.add(spool.rows(0, len(spool)))
    steps = min(len(history), record["steps_planned"])
    summary = {
        "outcome": "interrupted",
        "status": "KILLED",
        "reason": f"the process was gone without a word after {steps} steps: killed, or the machine stopped",
        "steps": steps,
        "seconds": None,
        "mlflow_run_id": None,
        "final": final_values(history),
        "best": best_values(history) if len(history) else {},
    }
    try:
        history.write_parquet(folder / HISTORY)
        write_whole(folder / SUMMARY, summary)
    except OSError:
        pass  # a full disk: it is told to the store all the same
    return summary
