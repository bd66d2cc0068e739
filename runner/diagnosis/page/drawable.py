"""What the results of `check` and `ladder` have in common: plots, and a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from runner.files.names import REPORT

if TYPE_CHECKING:
    from runner.report.display import Plots

# What draws is imported when something is drawn: a check doesn't wait for it.


class _Result(Protocol):
    def to_dict(self) -> Mapping[str, Any]:
        """What its JSON file holds."""


class Drawable:
    """A result of gradient checks that can be drawn."""

    @property
    def plot(self: _Result) -> Plots:
        """The plots: `result.plot()` draws all, `result.plot.errors(ax=None)` one, and `list(result.plot)` names them.

        Of a ladder they are those of the last rung whose gradients were compared.
        """
        from runner.diagnosis.page.pages import PLOTS, left_of
        from runner.report.display import Plots

        return Plots(left_of(self.to_dict()), PLOTS, "check")

    def report(self: _Result, path: str | Path = REPORT) -> Path:
        """Write the page of the result as `path`; gives that."""
        from runner.diagnosis.page.pages import left_of, page_of
        from runner.report.page.rendering import keep

        return keep(page_of(left_of(self.to_dict())), Path(path))
