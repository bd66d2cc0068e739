"""Continue a run that was interrupted, killed or failed, from its last checkpoint.

  whynan resume RUN [--anyway] [tracking.uri=...] [subject=FILE:NAME]

RUN is a run folder, an MLflow run id, the beginning of one, or `last`. Of a sweep, given by its folder or id, the jobs
that are missing are carried out. The numbers are bit-for-bit identical to those of a run that was never interrupted.
Ctrl-C, SIGTERM and SIGHUP leave a checkpoint; `checkpoint=regular` keeps some along the way, too, for power cuts.
A run without a checkpoint starts again. --anyway resumes a run that was last seen on another machine, and must not be
training there any more. A network of somebody's own goes on only if subject= names it again.
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from pathlib import Path

from runner.cli.arguments import Flags
from runner.cli.screen.progress import ProgressBar
from runner.cli.screen.summary import print_summary
from runner.cli.screen.terminal import messages
from runner.cli.sweeping import Sweeping
from runner.composition.overrides import is_of_subject, split_overrides
from runner.composition.recorded import settings_of, typed_subject
from runner.composition.stores import store_of
from runner.errors import Problem, UserError
from runner.experiment import Request, Setup, exit_code, prepare, run
from runner.files.claim import claimed
from runner.files.names import RECORD
from runner.files.paths import relative
from runner.files.run_record import RunRecord, read_record
from runner.files.spool import Spool
from runner.files.summary import read_summary
from runner.settings.diagnosis import SubjectSettings
from runner.sweeps.cut_off import CutOffSweep
from runner.tracking.client import Tracker
from runner.tracking.folders import run_folders
from runner.tracking.journal import belongs, read
from runner.tracking.resuming import RESUMABLE, refuse_if_ended, refuse_unless_resumable, reopen
from runner.tracking.runs import find_run, find_sweep
from runner.tracking.store import Store, probe
from runner.tracking.trackers import OUTPUTS
from runner.tracking.undelivered import store_of as store_in_journal
from runner.training.checkpoints import Checkpoint, check_fits, latest
from runner.training.record import changed_files
from runner.training.recorder import history_columns


def main(arguments: list[str]) -> int:
    """Resume; the exit code is that of the run, of several the highest."""
    parser = Flags()
    parser.add_argument("--anyway", action="store_true")
    flags, rest = parser.split(arguments)
    words, overrides = split_overrides(rest)
    if len(words) != 1:
        raise UserError("which run? `resume last`, or give a run id or a run folder in place of `last`")
    store, subject = store_of([word for word in overrides if not is_of_subject(word)]), typed_subject(overrides)
    sweep = find_sweep(words[0], store, OUTPUTS)
    if sweep is not None:
        return resume_sweep(sweep, store, subject, anyway=flags.anyway)
    codes = [resume(folder, store, subject, anyway=flags.anyway) for folder in _folders(words[0], store)]
    return max(codes)


def resume(folder: Path, store: Store | None, subject: SubjectSettings | None, *, anyway: bool = False) -> int:
    """Go on with the run in `folder`; gives its exit code."""
    refuse_unless_resumable(folder, anyway=anyway)
    with claimed(folder):
        # Another process may have gone on with it, to its end, since.
        refuse_if_ended(folder)
        return _go_on(folder, store, subject)


def _go_on(folder: Path, store: Store | None, subject: SubjectSettings | None) -> int:
    record = read_record(folder)
    if record is None:
        raise UserError(f"{folder / RECORD} is damaged")
    setup = prepare(settings_of(record.config, subject))
    _refuse_unless_equal(setup, record)
    checkpoint = latest(folder, len(Spool(folder, record.columns))) or Checkpoint(0, {}, {})
    if checkpoint.step:
        check_fits(setup.workspace(), setup.settings.optimizer.name, checkpoint)
    tracker = _tracker(folder, store)
    reopen(folder)
    messages().print(f"{relative(folder)} goes on at step {checkpoint.step:,} of {setup.steps:,}", markup=False)
    try:
        with ProgressBar() as bar:
            result = run(
                setup,
                folder,
                Request(record.overrides),
                listeners=[bar],
                tracker=tracker,
                checkpoint=checkpoint,
            )
    finally:
        if tracker is not None:
            tracker.close()
    print_summary(result)
    return exit_code(result, setup.settings.fail_on)


def resume_sweep(folder: Path, store: Store | None, subject: SubjectSettings | None, *, anyway: bool = False) -> int:
    """Carry out what is missing of the sweep in `folder`; gives its exit code."""
    refuse_unless_resumable(folder, anyway=anyway)
    with claimed(folder):
        refuse_if_ended(folder)
        return _carry_on(folder, store, subject)


def _carry_on(folder: Path, store: Store | None, subject: SubjectSettings | None) -> int:
    begun = CutOffSweep.of(folder, partial(settings_of, subject=subject))
    tracker = _tracker(folder, store)
    try:
        with Sweeping(begun.settings) as sweeping:
            reopen(folder)
            known = f"{len(begun.known):,} of {len(begun.plan.jobs):,} jobs are known"
            messages().print(f"{relative(folder)} goes on: {known}", markup=False)
            sweeping.go_on(begun.files, begun.plan, begun.known, tracker)
            return sweeping.end()
    finally:
        if tracker is not None:
            tracker.close()


def _folders(word: str, store: Store | None) -> list[Path]:
    if Path(word).is_dir() and not (Path(word) / RECORD).exists():
        jobs = list(run_folders(Path(word)))
        cut_off = [folder for folder in sorted(jobs) if _is_cut_off(folder)]
        if not cut_off:
            raise UserError(f"none of the {len(jobs)} runs below {word} was cut off")
        return cut_off
    found = find_run(word, store, OUTPUTS)
    if not found.local:
        raise UserError(f"only the files of this run that MLflow holds are here; resume it where its folder is: {word}")
    return [found.folder]


def _is_cut_off(folder: Path) -> bool:
    summary = read_summary(folder)
    return summary is None or summary.outcome in RESUMABLE


def _tracker(folder: Path, store: Store | None) -> Tracker | None:
    known = read(folder)
    if known.uri is None or store is None:
        return None
    if not belongs(known, store):
        message = "the run was begun with another store, where it must go on; name it, or tracking=none"
        raise UserError(Problem("tracking.uri", message, given=store.shown, allowed=(str(known.uri),)))
    probe(store)
    return Tracker(store_in_journal(known, store))


def _refuse_unless_equal(setup: Setup, record: RunRecord) -> None:
    if setup.dataset.digest != record.dataset.digest:
        raise UserError(f"the data are no longer those of the run ({setup.dataset.name}): its numbers can't go on")
    for change in changed_files(record, setup):
        raise UserError(f"{change}: its numbers can't go on")
    if history_columns(setup) != record.columns:
        raise UserError("the run was begun by another version of this program, which measured other things")
    before, now = record.versions.get("numpy"), version("numpy")
    if before != now:
        warning = f"the run was begun with NumPy {before}, this is {now}: the last bits may differ"
        messages().print(f"[bold yellow]warning:[/] {warning}")
