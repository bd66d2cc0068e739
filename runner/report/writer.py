"""The process that delivers runs to MLflow and leaves their pages: `python -m runner.report.writer`."""

from __future__ import annotations

from pathlib import Path

from runner.tracking.writer import main


def leave_page(folder: Path) -> None:
    """Write the page of the run in a folder."""
    # Imported here: matplotlib isn't needed before the end of a run.
    from runner.files.run_record import read_record
    from runner.report.left import read_run
    from runner.report.page.run_page import write_page

    record = read_record(folder)
    if record is not None:
        write_page(read_run(folder, record))


if __name__ == "__main__":
    main(leave_page)
