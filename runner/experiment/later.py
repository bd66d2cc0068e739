"""The causes of a run that was interrupted, looked for when somebody asks.

At the interruption nobody waits for a diagnosis. Later the run is judged as if it had ended at its last checkpoint.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from runner.diagnosis.case import Case
from runner.errors import UserError
from runner.experiment.findings import findings_of
from runner.experiment.result import Request
from runner.files.events import Event, read_events
from runner.files.finding import Finding
from runner.files.json_files import write_json
from runner.files.names import FINDINGS
from runner.files.run_record import RunRecord
from runner.files.spool import Spool
from runner.threads import one_blas_thread
from runner.training.checkpoints import latest
from runner.training.conclusion import conclude
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.setup import Setup
from runner.training.stopping import interruption

# That a run which was stopped was still learning is no reason why it didn't.
_NO_REASON = ("too_few_steps",)


def diagnose_later(folder: Path, record: RunRecord, setup: Setup, listener: Listener) -> list[Finding]:
    """The causes of the run in `folder`, which are also written there; `UserError` where it left no checkpoint.

    `setup` is the run as it was prepared, with the data that it was trained on.
    """
    spool = Spool(folder, record.columns)
    checkpoint = latest(folder, len(spool))
    if checkpoint is None or not checkpoint.step:
        raise UserError(f"the run in {folder} left no checkpoint, at which causes could be looked for")
    if setup.dataset.digest != record.dataset.digest:
        raise UserError(f"the data are no longer those of the run ({setup.dataset.name}): no causes can be looked for")
    noted: list[Event] = [event for event in read_events(folder) if event.step < checkpoint.step]
    history = History(record.columns)
    history.begin_with(spool.rows(0, checkpoint.step))
    with interruption() as interrupted, one_blas_thread(), closing(setup.network):
        training = Training(setup, history, noted.append, Listener(), None)
        training.go_on_from(checkpoint, noted)
        case = Case.of(training, noted, conclude(training))
        findings = findings_of(case, Request(record.overrides), noted.append, listener, interrupted)
    found = [finding for finding in findings if finding.cause not in _NO_REASON]
    if not interrupted.signal:
        write_json(folder / FINDINGS, [finding.to_dict() for finding in found])
    return found
