"""The diagnosis of a run that has ended, which never takes the run with it."""

from __future__ import annotations

from collections.abc import Callable

from runner.diagnosis.case import Case
from runner.diagnosis.diagnose import Leave, diagnose
from runner.experiment.result import Request
from runner.files.events import DIAGNOSIS_FAILED, DiagnosisFailedEvent, Event
from runner.files.finding import Finding
from runner.training.listeners import Listener
from runner.training.stopping import Interruption


def findings_of(
    case: Case,
    request: Request,
    note: Callable[[Event], None],
    listener: Listener,
    interrupted: Interruption,
    leave: Leave = lambda file, patch: "",
) -> list[Finding]:
    """The findings of the diagnosis; if it raises, the run is kept all the same, and the error becomes an event."""
    if not case.setup.settings.diagnosis.enabled:
        return []
    try:
        return diagnose(
            case,
            request.overrides,
            report=listener.on_attempt,
            stop=interrupted,
            repeat=request.repeat,
            note=note,
            leave=leave,
        )
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        note(DiagnosisFailedEvent(DIAGNOSIS_FAILED, len(case.history) - 1, "diagnosis", reason))
        return []
