"""A run that was trained before, read from its folder: what training it gave, without training it again."""

from __future__ import annotations

from pathlib import Path

from runner.errors import UserError
from runner.experiment.result import RunResult
from runner.explaining.findings import Findings
from runner.files.events import read_events
from runner.files.finding import read_findings
from runner.files.history import read_rows
from runner.files.names import HISTORY
from runner.files.run_record import RunRecord
from runner.files.spool import Spool
from runner.files.summary import Summary, read_summary
from runner.training.history import History


def left_run(folder: Path, record: RunRecord, *, own: bool = True) -> RunResult:
    """The run in a folder; one that is still being trained, or was killed, has the outcome "running".

    Raises `UserError` where a file is damaged.
    """
    try:
        events, findings, ended = read_events(folder), Findings(read_findings(folder)), read_summary(folder)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"a file of the run in {folder} is damaged: {error}") from None
    history = _history(folder, record)
    if ended is None:
        ended = Summary("running", steps=len(history))
    return RunResult(None, ended, folder, history, events, findings, own=own)


def _history(folder: Path, record: RunRecord) -> History:
    if (folder / HISTORY).is_file():
        columns, rows = read_rows(folder / HISTORY)
    else:
        spool, columns = Spool(folder, record.columns), record.columns
        rows = spool.rows(0, len(spool))
    history = History(columns)
    history.add(rows)
    return history
