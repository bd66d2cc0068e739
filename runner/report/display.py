"""Plots in Python: `run.plot()` draws all that there are of a run, `run.plot.loss()` one; axes in, axes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runner.errors import Problem, UserError, nearest
from runner.report.plots.plot import Panel, Plot
from runner.report.plots.style import styled

_COLUMNS = 3


class Plots:
    """Those of some plots that a run, a sweep or a check has data for; `plot.NAME(ax=None)` draws one.

    It is drawn into `ax` where that is given. Iterating gives the names. A name that the `source` has nothing for
    raises `UserError`, an unknown one `AttributeError`; `what` is what they call the source.
    """

    def __init__(self, source: Any, plots: Mapping[str, Plot], what: str = "run") -> None:
        self._source, self._plots, self._what = source, plots, what

    def __repr__(self) -> str:
        return f"<plots: {', '.join(self)}>"

    def __iter__(self) -> Iterator[str]:
        return (name for name, plot in self._plots.items() if plot.panels(self._source))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._plots]

    def __call__(self) -> Any:
        """Draw everything that there are data for into one figure; gives that figure."""
        from matplotlib import pyplot

        drawn = [(self._plots[name], panel) for name in self for panel in self._plots[name].panels(self._source)]
        columns = max(1, min(_COLUMNS, len(drawn)))
        rows = max(1, -(-len(drawn) // columns))
        with styled():
            figure, grid = pyplot.subplots(rows, columns, figsize=(4.2 * columns, 3.2 * rows), squeeze=False)
            for axes, (plot, (label, data)) in zip(grid.flat, drawn, strict=False):
                plot.draw(data, axes).set_xlabel(axes.get_xlabel())
                _entitle(axes, f"{plot.title}{f', {label}' if label else ''}")
            for axes in grid.flat[len(drawn) :]:
                axes.set_axis_off()
        return figure

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._plots:
            known = list(self._plots)
            problem = Problem("plot", f"no plot {name!r}", allowed=known, nearest=nearest(name, known))
            raise AttributeError(str(UserError(problem)))
        plot = self._plots[name]

        def draw(ax: Any = None) -> Any:
            panels = plot.panels(self._source)
            if not panels:
                has = ", ".join(self) or "none"
                raise UserError(f"this {self._what} has nothing for the plot {name!r}; it has {has}")
            return _draw(plot, panels, ax)

        draw.__name__, draw.__doc__ = name, f"{plot.title}: draw it into `ax`, else into a new figure; gives the axes."
        return draw


def _draw(plot: Plot, panels: Sequence[Panel], ax: Any) -> Any:
    """Draw panels: into one `ax` the last of them, into an array of axes one each; without, into a new figure."""
    if ax is None:
        from matplotlib import pyplot

        with styled():
            width, height = plot.size(panels[0][1])
            _, grid = pyplot.subplots(1, len(panels), figsize=(width * len(panels), height), squeeze=False)
            drawn = _draw(plot, panels, grid[0])
        return drawn if len(panels) > 1 else drawn[0]
    if not isinstance(ax, np.ndarray | list | tuple):
        return plot.draw(panels[-1][1], ax)
    places = list(np.ravel(np.asarray(ax, dtype=object)))
    for axes, (label, data) in zip(places, panels, strict=False):
        plot.draw(data, axes)
        if label:
            _entitle(axes, label)
    return ax


def _entitle(axes: Any, title: str) -> None:
    """A title, above the legend where there is one."""
    axes.set_title(title, pad=6 if axes.get_legend() is None else 24)
