"""What a worker process does: carry out jobs, as one program where they can share one, and write their folders.

The folder of a job in a pack is written when the pack has ended; a pack that is cut off is run again from its start. A
job that runs alone is a run like any other, with its own spool and checkpoints.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.diagnosis.case import Case
from runner.experiment import Request, findings_of, run
from runner.files.events import Event
from runner.files.finding import first_cause
from runner.files.names import RECORD, SPOOL
from runner.files.run_folder import write_run
from runner.files.run_record import read_record
from runner.files.spool import Spool
from runner.files.sweep_lines import SweepLine
from runner.settings import Settings
from runner.sweeps.steering import Steering
from runner.threads import one_blas_thread
from runner.training.checkpoints import Checkpoint, latest
from runner.training.conclusion import conclude
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.packs.pack import Pack, pack_key
from runner.training.packs.size import pack_size
from runner.training.record import record_of, summary_of, weights_of
from runner.training.recorder import history_columns
from runner.training.setup import Setup, prepare
from runner.training.stopping import Interruption, interruption


class SweepEndsError(Exception):
    """The sweep has to end, and these jobs have not ended yet."""


@dataclass(frozen=True)
class Work:
    """A job as a worker needs it; `config` holds the settings that may be saved, `folder` is absolute."""

    number: int
    overrides: tuple[str, ...]
    settings: Settings
    config: Mapping[str, Any]
    folder: Path

    def prepared(self) -> Setup:
        """The run, ready to start, without fixes unless the sweep asks for them; `UserError` as `prepare`."""
        settings = self.settings
        fixes = settings.diagnosis.fixes and settings.sweep.fixes
        diagnosis = settings.diagnosis.model_copy(update={"fixes": fixes})
        return prepare(settings.model_copy(update={"diagnosis": diagnosis}))


def carry_out(work: Sequence[Work]) -> list[SweepLine]:
    """Carry out some jobs and write their folders; gives the result of each.

    A job that crashes doesn't affect the others. Raises `SweepEndsError` if the process has to end before they do.
    """
    lines: list[SweepLine] = []
    groups: dict[Hashable, list[tuple[Work, Setup]]] = {}
    for one in work:
        try:
            setup = one.prepared()
        except Exception as error:
            lines.append(crashed(one, f"{type(error).__name__}: {error}"))
            continue
        alone = pack_size(setup) == 1 or setup.settings.checkpoint.every is not None
        groups.setdefault(("alone", one.number) if alone else pack_key(setup), []).append((one, setup))
    with one_blas_thread():
        for members in groups.values():
            lines += _together(members)
    return lines


def crashed(work: Work, reason: str) -> SweepLine:
    """The result of a job that failed with an error, or lost its process."""
    return SweepLine(work.number, "failed", "FAILED", reason=reason)


def _together(members: Sequence[tuple[Work, Setup]]) -> list[SweepLine]:
    """The results of jobs that can share a program."""
    try:
        return _packed(members) if len(members) > 1 else [_alone(*members[0])]
    except SweepEndsError:
        raise
    except Exception as error:
        if len(members) == 1:
            return [crashed(members[0][0], f"{type(error).__name__}: {error}")]
        # Running them alone shows which one is to blame.
        return [line for member in members for line in _together([member])]


def _alone(work: Work, setup: Setup) -> SweepLine:
    result = run(
        setup,
        work.folder,
        Request(work.overrides, work.config),
        checkpoint=_left(work.folder),
        stop_rules=Steering(setup).stop_rules,
    )
    if result.interrupted:
        raise SweepEndsError
    return SweepLine.of(work.number, result.ended, first_cause(result.findings))


def _left(folder: Path) -> Checkpoint | None:
    """The checkpoint from which the run in this folder is resumed; None where the folder has no unfinished run."""
    begun = read_record(folder)
    if begun is None or not (folder / SPOOL).is_dir():
        (folder / RECORD).unlink(missing_ok=True)
        return None
    return latest(folder, len(Spool(folder, begun.columns))) or Checkpoint(0, {}, {})


def _packed(members: Sequence[tuple[Work, Setup]]) -> list[SweepLine]:
    trainings, events = [], []
    for _, setup in members:
        events.append(list[Event]())
        trainings.append(Training(setup, History(history_columns(setup)), events[-1].append, Listener(), None))
    with interruption() as stop:
        seconds = Pack(trainings).run(stop, Steering(members[0][1]).stop_rules)
        if stop.signal:
            raise SweepEndsError
        closed = zip(members, trainings, events, seconds, strict=True)
        return [_closed(work, training, noted, taken, stop) for (work, _), training, noted, taken in closed]


def _closed(work: Work, training: Training, events: list[Event], seconds: float, stop: Interruption) -> SweepLine:
    """Write the folder of a job whose pack has ended."""
    conclusion = conclude(training)
    case = Case.of(training, events, conclusion)
    findings = findings_of(case, Request(work.overrides), events.append, Listener(), stop)
    summary = summary_of(training, conclusion, seconds, None)
    write_run(
        work.folder,
        record_of(training.setup, work.overrides, work.config),
        training.history.rows,
        weights_of(training),
        events,
        [finding.to_dict() for finding in findings],
        summary,
    )
    return SweepLine.of(work.number, summary, first_cause(findings))
