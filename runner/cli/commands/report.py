"""Write the page of a run, and print where it is: its outcome, why, what fixes it, and every plot.

  whynan report last              the newest run of the store
  whynan report 3f2a91c0          an MLflow run id, or the beginning of one
  whynan report outputs/posted    a run folder

The page is one file, report.html in the run's folder, that needs no network. tracking.uri=... names the store. Where
the folder is not on this machine, the files are fetched from the store, and the page is written here.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from runner.cli.screen.terminal import results
from runner.composition.overrides import split_overrides
from runner.composition.stores import store_of
from runner.errors import UserError
from runner.files.paths import relative
from runner.report.left import read_run
from runner.report.page.run_page import write_page
from runner.tracking.runs import FoundRun, find_run
from runner.tracking.trackers import OUTPUTS

_ID_SHOWN = 8


def main(arguments: list[str]) -> int:
    """Write the page."""
    words, overrides = split_overrides(arguments)
    if not words:
        raise UserError("of which run? `report last`, or give a run id or a run folder in place of `last`")
    if words[1:]:
        raise UserError(f"unexpected argument {words[1]!r}: one page is written at a time")
    path = _write(find_run(words[0], store_of(overrides), OUTPUTS))
    results().print(relative(path.absolute()), markup=False, soft_wrap=True)
    return 0


def _write(run: FoundRun) -> Path:
    """Into the run's folder; here where its files were only fetched."""
    try:
        path = write_page(read_run(run.folder, run.record, own=run.local))
        if run.local:
            return path
        return Path(shutil.copy(path, f"report_{(run.run_id or 'run')[:_ID_SHOWN]}.html"))
    except OSError as error:
        raise UserError(f"can't write {error.filename}: {error.strerror or error}") from error
