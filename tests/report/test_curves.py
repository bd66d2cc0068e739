"""The plots of what is measured over the steps of a run."""

from __future__ import annotations

import numpy as np
import pytest
from runs_left import NAN, draw, infinite, labels, left, words

from runner.files.events import RollbackEvent, UnitsEvent
from runner.files.history import thinned
from runner.files.summary import Summary
from runner.report.plots import PLOTS
from runner.report.plots.lines import short


def test_losses_are_drawn_with_what_happened() -> None:
    """Training and validation loss, the best validation loss, the first infinity and a checkpoint each have a name."""
    history = {"loss": [3.0, 2.0, 1.0, 0.5], "valid_loss": [3.0, 1.0, NAN, 2.0]}
    axes = draw("loss", left(history, events=[infinite(3)], checkpoints=(2,)))
    assert labels(axes) == [
        "training",
        "validation",
        "best, step 1",
        "first infinite value, step 3",
        "checkpoint, step 2",
    ]
    training, validation = axes.lines[:2]
    assert training.get_ydata().tolist() == [3.0, 2.0, 1.0, 0.5]
    assert validation.get_xdata().tolist() == [0, 1, 3]
    assert axes.get_yscale() == "linear"


def test_a_loss_over_orders_of_magnitude_has_a_logarithmic_axis() -> None:
    """The axis is logarithmic where the largest loss is far above the smallest, unless a loss is negative."""
    assert draw("loss", left({"loss": [100.0, 1.0, 0.1]})).get_yscale() == "log"
    assert draw("loss", left({"loss": [100.0, 1.0, -0.1]})).get_yscale() == "linear"


def test_a_loss_that_was_never_finite_is_not_drawn() -> None:
    """A run without any finite loss has no plot of it."""
    assert not PLOTS["loss"].panels(left({"loss": [NAN, np.inf]}))


def test_an_early_end_rollbacks_and_dead_layers_are_marked() -> None:
    """A run that ended before its steps were done, its rollbacks and its dead layer are named in the legend."""
    events = [RollbackEvent("rollback", 1, "update", 0.5), UnitsEvent("dead_units", 2, "forward", 1, "A1", 3, 4)]
    run = left({"loss": [3.0, 2.0, 1.0]}, Summary("converged", steps=2), events, steps_planned=90)
    assert labels(draw("loss", run))[1:] == ["layer 1 mostly dead", "rollback, step 1", "stopped early, step 2"]


def test_accuracy_and_r2_are_drawn_where_they_were_evaluated() -> None:
    """Only the rows that hold a value are points; a regression's R² has a plot of its own."""
    axes = draw("accuracy", left({"accuracy": [0.5, NAN, 0.75, NAN], "valid_accuracy": [NAN] * 4}))
    assert [line.get_xdata().tolist() for line in axes.lines] == [[0, 2]]
    run = left({"r2": [0.1, 0.9], "valid_r2": [0.0, 0.8]})
    assert labels(draw("r2", run)) == ["training", "validation"]
    assert not PLOTS["accuracy"].panels(run)
    assert words("r2", run) == "training R² from 0.1 to 0.9; validation R² from 0 to 0.8."


def test_each_layer_has_a_gradient_norm() -> None:
    """A line a layer on a logarithmic axis; a norm of 0 is a gap."""
    run = left({"grad_norm": [1.0, 1.0], "grad_norm/layer_1": [0.1, 0.0], "grad_norm/layer_2": [1.0, 0.5]})
    axes = draw("gradients", run)
    assert labels(axes) == ["layer 1", "layer 2"]
    assert axes.get_yscale() == "log"
    assert np.isnan(axes.lines[0].get_ydata()).tolist() == [False, True]


def test_arrays_of_a_script_keep_their_names() -> None:
    """What somebody's own script calls its arrays stands in the legend as it is."""
    assert labels(draw("gradients", left({"grad_norm/layer_x": [1.0], "grad_norm/<b>": [2.0]}))) == ["layer_x", "<b>"]


def test_a_gradient_without_layers_is_that_of_all_parameters() -> None:
    """Where the norms of layers were not measured the whole gradient is drawn."""
    assert labels(draw("gradients", left({"grad_norm": [1.0, 2.0]}))) == ["all parameters"]


def test_update_ratios_have_the_usual_one_beside_them() -> None:
    """A line at 1e-3 stands beside the ratios."""
    axes = draw("updates", left({"update_ratio/layer_1": [1e-2, 1e-4]}))
    assert labels(axes) == ["layer 1", "1e-3, a usual ratio"]
    assert 1e-3 in axes.lines[1].get_ydata()


@pytest.mark.parametrize(
    ("optimizer", "constant"),
    [({}, 2.0), ({"momentum": 0.5}, 3.0), ({"momentum": 0.5, "nesterov": True}, 1.5)],
)
def test_the_limit_is_the_rate_over_its_share_and_the_sharpness_comes_from_it(
    optimizer: dict[str, float], constant: float
) -> None:
    """limit = lr / stability; sharpness = 2 / limit for gradient descent, by Polyak's and Cohen's formulas else."""
    config = {"optimizer": {"name": "sgd", "lr": 0.6, **optimizer}}
    run = left({"loss": [1.0] * 4, "stability": [0.5, NAN, 2.0, NAN]}, config=config)
    ((_, data),) = PLOTS["stability"].panels(run)
    assert data.limit == pytest.approx([1.2, 0.3])
    assert data.constant == pytest.approx(constant)
    assert data.ratio == pytest.approx([0.5, 2.0])
    axes = draw("stability", run)
    assert labels(axes) == ["stability limit", "learning rate", "above the limit: unstable"]
    (sharpness,) = axes.child_axes
    for limit in (0.3, 1.2):
        height = axes.transData.transform((0, limit))[1]
        assert sharpness.transData.transform((0, constant / limit))[1] == pytest.approx(height)
    assert "2 times the stability limit (step 2: rate 0.6, limit 0.3" in words("stability", run)
    assert "measured above 1 at 1 of 2 steps" in words("stability", run)


def test_a_schedule_and_a_rollback_change_the_rate_that_is_drawn() -> None:
    """The rate follows its schedule, and is half as high after a rollback; a recorded rate is taken as it is."""
    schedule = {"name": "step", "every": 2, "factor": 0.1}
    config = {"optimizer": {"name": "sgd", "lr": 1.0, "schedule": schedule}}
    history = {"loss": [1.0] * 4, "stability": [0.5, NAN, NAN, NAN]}
    events = [RollbackEvent("rollback", 2, "update", 0.5)]
    ((_, data),) = PLOTS["stability"].panels(left(history, events=events, config=config))
    assert data.rate == pytest.approx([1.0, 1.0, 0.1, 0.05])
    ((_, data),) = PLOTS["stability"].panels(left({**history, "lr": [1.0, 0.5, 0.5, NAN]}, config=config))
    assert data.rate == pytest.approx([1.0, 0.5, 0.5, 0.5])


def test_no_limit_is_drawn_for_an_optimiser_that_has_none() -> None:
    """Adam's limit is in no formula."""
    run = left({"loss": [1.0, 1.0], "stability": [0.5, NAN]}, config={"optimizer": {"name": "adam", "lr": 0.1}})
    assert not PLOTS["stability"].panels(run)


def test_a_long_curve_is_thinned_to_its_extremes() -> None:
    """A curve of many steps keeps its ends, its lowest and its highest value, in their order, with few points."""
    steps = np.arange(100_000.0)
    values = np.sin(steps / 1000)
    values[77_777], values[33_333] = 9.0, -9.0
    kept_steps, kept = thinned(steps, values, most=200)
    assert len(kept) <= 202
    assert (np.diff(kept_steps) > 0).all()
    assert (kept_steps[0], kept_steps[-1]) == (0, 99_999)
    assert {9.0, -9.0} <= set(kept)
    assert (values[kept_steps.astype(int)] == kept).all()


def test_a_gap_shows_where_a_value_was_not_finite() -> None:
    """An infinite loss is a gap in the curve, a loss that was not measured is none."""
    steps, values = thinned(np.arange(4.0), np.array([1.0, np.inf, NAN, 2.0]), 10)
    assert steps.tolist() == [0, 1, 3]
    assert np.isnan(values[1])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.98765, "0.988"), (1411.0, "1,411"), (12345.0, "12,345"), (2e-8, "2e-8"), (-3.5e9, "-3.5e9")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    """Three digits, commas between thousands, powers of ten for what is very small or large."""
    assert short(value) == text


def test_values_that_no_axis_holds_are_gaps() -> None:
    """A loss near the largest number there is does not take the plot with it."""
    run = left({"loss": [1.0, 1e140, 1.7e308, NAN], "grad_norm": [1e-300, 1.0, 1.7e308, NAN]})
    for name in ("loss", "gradients"):
        axes = draw(name, run)
        assert np.isfinite(axes.get_ylim()).all()
