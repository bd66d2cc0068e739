"""The process that delivers sweeps to MLflow and leaves their pages: `python -m runner.sweeps.page.writer`."""

from __future__ import annotations

from pathlib import Path

from runner.files.names import SWEEP
from runner.report import writer as of_runs
from runner.tracking.writer import main

MODULE = "runner.sweeps.page.writer"


def leave_page(folder: Path) -> None:
    """Write the page of the sweep, or of the run, in a folder."""
    if not (folder / SWEEP).is_file():
        of_runs.leave_page(folder)
        return
    # Imported here: pandas and matplotlib aren't needed before the end.
    from runner.sweeps.page.left import read_sweep
    from runner.sweeps.page.sweep_page import write_sweep_page

    write_sweep_page(read_sweep(folder))


if __name__ == "__main__":
    main(leave_page)
