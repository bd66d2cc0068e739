"""Write a page, and print where it is: what came of a run, why, what fixes it, and every plot.

  whynan report last               the newest run of the store, or the sweep that it belongs to
  whynan report 3f2a91c0           an MLflow run id, or the beginning of one
  whynan report outputs/posted     the folder of a run, a sweep, a check or a ladder
  whynan report SWEEP --runs       the page of each run of a sweep, too

The page is one file, report.html in the folder, that needs no network. tracking.uri=... names the store. Where the
folder of a run is not on this machine, its files are fetched from the store, and the page is written here.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from runner.cli.arguments import Flags
from runner.cli.screen.terminal import results
from runner.composition.overrides import split_overrides
from runner.composition.stores import store_of
from runner.diagnosis.page.left import read_checked
from runner.diagnosis.page.pages import page_of
from runner.errors import UserError
from runner.files.names import REPORT
from runner.files.paths import relative
from runner.files.run_record import read_record
from runner.report.left import read_run
from runner.report.page.rendering import keep
from runner.report.page.run_page import write_page
from runner.sweeps.page.left import read_sweep
from runner.sweeps.page.sweep_page import write_sweep_page
from runner.tracking.runs import FoundRun, find_run, find_sweep
from runner.tracking.trackers import OUTPUTS

_ID_SHOWN = 8


def main(arguments: list[str]) -> int:
    """Write the page."""
    parser = Flags()
    parser.add_argument("--runs", action="store_true")
    flags, rest = parser.split(arguments)
    words, overrides = split_overrides(rest)
    if not words:
        raise UserError("of which run or sweep? `report last`, or give a run id or a folder in place of `last`")
    if words[1:]:
        raise UserError(f"unexpected argument {words[1]!r}: one page is written at a time")
    try:
        path = _page(words[0], overrides, runs=flags.runs)
    except OSError as error:
        raise UserError(f"can't write {error.filename}: {error.strerror or error}") from error
    results().print(relative(path.absolute()), markup=False, soft_wrap=True)
    return 0


def _page(word: str, overrides: list[str], *, runs: bool) -> Path:
    """The page of what `word` names, which is written; with `runs` those of a sweep's runs, too."""
    checked = read_checked(Path(word))
    sweep = None if checked is not None else find_sweep(word, store_of(overrides), OUTPUTS)
    if sweep is not None:
        return _of_sweep(sweep, with_runs=runs)
    if runs:
        raise UserError(f"--runs is for sweeps: {word!r} is a {'run' if checked is None else 'check'}")
    if checked is not None:
        return keep(page_of(checked), Path(word) / REPORT)
    return _of_run(find_run(word, store_of(overrides), OUTPUTS))


def _of_run(run: FoundRun) -> Path:
    """Into the run's folder; here where its files were only fetched."""
    path = write_page(read_run(run.folder, run.record, own=run.local))
    return path if run.local else Path(shutil.copy(path, f"report_{(run.run_id or 'run')[:_ID_SHOWN]}.html"))


def _of_sweep(folder: Path, *, with_runs: bool) -> Path:
    sweep = read_sweep(folder)
    for job in sweep.ended["folder"] if with_runs else ():
        record = read_record(folder / str(job))
        if record is not None:  # a job that crashed at once has none
            write_page(read_run(folder / str(job), record))
    return write_sweep_page(sweep)
