"""What the results of trained and of watched runs have in common: plots and a page of the files that they left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from runner.errors import UserError
from runner.files.run_record import read_record

if TYPE_CHECKING:
    from runner.report.display import Plots
    from runner.report.left import LeftRun
    from runner.training.setup import Setup

# What draws is imported when something is drawn: a run that starts doesn't wait for it.


class _Result(Protocol):
    @property
    def folder(self) -> Path:
        """The folder of the run."""

    @property
    def setup(self) -> Setup | None:
        """The run as it was prepared, with its data; None where it wasn't ours to prepare."""

    @property
    def own(self) -> bool:
        """Whether the folder is the run's own, not a copy of what a store has."""


class Drawable:
    """A run in a folder that can be drawn."""

    @property
    def plot(self: _Result) -> Plots:
        """The plots: `run.plot()` draws all, `run.plot.loss(ax=None)` one, and `list(run.plot)` names them."""
        from runner.report.display import Plots
        from runner.report.plots import PLOTS

        return Plots(_left(self), PLOTS)

    def report(self: _Result) -> Path:
        """Write the page of the run, report.html in its folder; gives its path."""
        from runner.report.page.run_page import write_page

        return write_page(_left(self))


def _left(result: _Result) -> LeftRun:
    from runner.report.left import read_run

    record = read_record(result.folder)
    if record is None:
        raise UserError(f"the files of the run are gone from {result.folder}")
    return read_run(result.folder, record, own=result.own, setup=result.setup)
