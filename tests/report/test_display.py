"""`run.plot` and `run.report()`: the plots of a run by name, axes in and axes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from runs_left import infinite, left

from runner.errors import UserError
from runner.files.history import write_history
from runner.files.json_files import write_json
from runner.files.summary import Summary
from runner.report.display import Plots
from runner.report.plots import PLOTS
from runner.training.history import History
from runner.watching.result import WatchResult

HISTORY = {"loss": [3.0, 2.0, 1.0], "grad_norm/layer_1": [1.0, 0.5, 0.1]}


@pytest.fixture(autouse=True)
def no_windows() -> None:
    """Figures are drawn, not shown, and closed."""
    mpl.use("agg")
    pyplot.close("all")


def test_a_plot_is_drawn_into_the_axes_that_are_given() -> None:
    """The same axes come back; without any, those of a new figure do."""
    plots = Plots(left(HISTORY), PLOTS)
    axes = Figure().add_subplot()
    assert plots.loss(axes) is axes
    assert len(axes.lines) == 1
    assert plots.gradients().get_ylabel() == "gradient norm"


def test_the_names_are_those_that_the_run_has_data_for() -> None:
    """Iterating and the representation name them, and calling draws each."""
    plots = Plots(left(HISTORY, events=[infinite(2)]), PLOTS)
    assert list(plots) == ["loss", "nonfinite", "gradients"]
    assert repr(plots) == "<plots: loss, nonfinite, gradients>"
    titles = [axes.get_title(loc="left") or axes.get_title() for axes in plots().axes]
    assert [title for title in titles if title] == [
        "Loss",
        "The first non-finite value on its way",
        "Gradient norms",
    ]


def test_a_plot_without_data_and_an_unknown_one_say_what_there_is() -> None:
    """One that the run has nothing for is a mistake of the user, a mistyped one an attribute that isn't there."""
    plots = Plots(left(HISTORY), PLOTS)
    with pytest.raises(UserError, match="this run has nothing for the plot 'boundary'; it has loss, gradients"):
        plots.boundary()
    with pytest.raises(AttributeError, match="did you mean 'loss'"):
        plots.los()


def test_a_watched_run_is_drawn_from_its_folder(tmp_path: Path) -> None:
    """The result of a watch has the same plots, and a page."""
    run = left(HISTORY)
    record = replace(run.record, task="script", config={"script": {"file": "train.py"}}, overrides=("train.py",))
    write_json(tmp_path / "run.json", record.to_dict())
    write_json(tmp_path / "summary.json", Summary("finished", steps=2).to_dict())
    columns = list(run.history)
    write_history(tmp_path / "history.parquet", columns, np.column_stack(list(run.history.values())))
    result = WatchResult(0, Summary("finished", steps=2), tmp_path, History(columns), [], [], None, None)
    assert list(result.plot) == ["loss", "gradients"]
    assert result.report() == tmp_path / "report.html"
