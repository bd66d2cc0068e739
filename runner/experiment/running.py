"""One run from beginning to end: the folder, the training, the diagnosis, the tracking, the summary."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from runner.diagnosis.case import Case
from runner.diagnosis.diagnose import foresee
from runner.errors import RunError
from runner.experiment.findings import findings_of
from runner.experiment.output import Output, folder_of
from runner.experiment.result import Request, RunResult
from runner.explaining.findings import Findings
from runner.files.snapshots import write_snapshots
from runner.report.answered import keep_answers
from runner.subjects.complaint import SubjectError
from runner.threads import one_blas_thread
from runner.training.checkpoints import Checkpoint
from runner.training.conclusion import conclude
from runner.training.listeners import Listener
from runner.training.loop import StopRules
from runner.training.measuring.metrics import metrics_of
from runner.training.record import summary_of, weights_of
from runner.training.setup import Setup
from runner.training.stopping import interruption
from runner.training.theirs.network import TheirNetwork

if TYPE_CHECKING:
    from runner.tracking.client import Tracker


def run(
    setup: Setup,
    folder: Path,
    request: Request | None = None,
    *,
    listeners: Sequence[Listener] = (),
    tracker: Tracker | None = None,
    checkpoint: Checkpoint | None = None,
    stop_rules: StopRules = MappingProxyType({}),
) -> RunResult:
    """Train, and write everything to `folder` and, with a `tracker`, to MLflow.

    With a `checkpoint` the run in `folder` is resumed from there; `stop_rules` are asked, before their steps, whether
    the run is to end there. Raises `UserError` if the folder can't be used, `RunError` if writing to it fails later.
    """
    request = request or Request()
    output = Output(folder_of(setup, folder, request, checkpoint), listeners, tracker)
    training = output.training(setup, checkpoint)
    with interruption() as interrupted, one_blas_thread(), closing(setup.network):
        try:
            if setup.settings.diagnosis.enabled:
                for suspicion in foresee(setup):
                    output.listener.on_suspicion(suspicion.cause, suspicion.symptom)
            seconds = training.run(interrupted, stop_rules)
            conclusion = conclude(training, interrupted=bool(interrupted.signal))
            output.files.keep(training.history.columns, training.history.rows, weights_of(training))
            write_snapshots(output.files.path, training.snapshots.taken)
            output.files.measure(metrics_of(setup.dataset, conclusion.evaluations, setup.network.boundary))
            output.listener.on_end(conclusion.outcome)
            ended_by = interrupted.signal
            case = Case.of(training, output.events, conclusion)
            noted = output.note, output.listener
            findings = [] if ended_by else findings_of(case, request, *noted, interrupted, output.leave)
            output.files.explain([finding.to_dict() for finding in findings])
            if isinstance(setup.network, TheirNetwork):
                asked = {0: setup.initial, max(1, training.step): training.workspace.theta}
                keep_answers(output.files.path, setup.dataset, setup.network.trainee, asked)
        except BaseException as error:
            output.abandon(training.step, error)
            if isinstance(error, SubjectError):
                raise RunError(f"{error}; the run ended at step {training.step:,}") from error
            if isinstance(error, OSError):
                raise RunError(f"{folder}: {error.strerror or error}; the run ended at step {training.step}") from error
            raise
        summary = output.end(partial(summary_of, training, conclusion, seconds))
    delivered = output.deliver()
    found = Findings(findings)
    return RunResult(setup, summary, folder, training.history, output.events, found, ended_by, delivered)
