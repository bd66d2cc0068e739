"""The learning rate that is lowered where a metric no longer improves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from setups import PLANAR, setup, trained

from runner.errors import UserError
from runner.settings import validate
from runner.settings.optimizer import SGDSettings
from runner.settings.schedule import PlateauSchedule
from runner.training.updates.plateau import Plateau
from runner.training.updates.rates import Rates


def rates_after(values: list[float], lr: float = 1.0, **schedule: Any) -> list[float]:
    """The rate of each evaluation's update."""
    metric = schedule.get("metric", "loss")
    rates = Rates(SGDSettings(lr=lr, schedule=PlateauSchedule(**schedule)), 100)
    plateau, found = Plateau(rates), []
    for step, value in enumerate(values):
        plateau.lowers(step, {metric: value})
        found.append(float(rates.learning_rates(step, 1)[0]))
    assert found == rates.learning_rates(0, len(values)).tolist()
    return found


def test_a_rate_is_lowered_after_so_many_evaluations_without_improvement() -> None:
    """With a patience of 2 the second evaluation that is no better lowers it, and the count begins again."""
    losses = [3.0, 2.0, 2.0, 2.5, 2.0, 2.1, 1.0, 1.0]
    assert rates_after(losses, patience=2, factor=0.1) == pytest.approx([1, 1, 1, 0.1, 0.1, 0.01, 0.01, 0.01])


def test_a_tiny_improvement_is_none() -> None:
    """Only what is better by more than the share `threshold` counts; of an accuracy higher is better."""
    assert rates_after([1.0, 0.995, 0.98], patience=1, threshold=0.01) == [1.0, 0.5, 0.5]
    assert rates_after([0.5, 0.504, 0.6], patience=1, threshold=0.01, metric="accuracy") == [1.0, 0.5, 0.5]


def test_a_rate_is_not_lowered_below_the_lowest() -> None:
    """The last step down ends at `min_lr`."""
    assert rates_after([1.0] * 5, lr=0.2, patience=1, min_lr=0.03) == pytest.approx([0.2, 0.1, 0.05, 0.03, 0.03])


def test_an_update_goes_by_the_lowered_rate() -> None:
    """From the step of its event on, each update is the gradient times the lowered rate; the history says the same."""
    schedule = {"name": "plateau", "patience": 1, "threshold": 0.5, "factor": 0.25}
    run = trained(PLANAR, optimizer={"name": "sgd", "lr": 0.3, "schedule": schedule}, watch={"evaluate": 10})
    steps = [(event["step"], event["lr"]) for event in run.events if event["kind"] == "rate_lowered"]
    assert steps == [(10, 0.075), (20, 0.01875), (30, 0.0046875)]
    lowered = trained(PLANAR, steps=11, optimizer={"name": "sgd", "lr": 0.3}).history["update_ratio/layer_1"]
    measured = run.history["update_ratio/layer_1"]
    np.testing.assert_array_equal(measured[:10], lowered[:10])
    assert measured[10] == pytest.approx(0.25 * lowered[10], rel=1e-12)
    again = trained(PLANAR, steps=10, optimizer={"name": "sgd", "lr": 0.3}).theta
    rest = trained(PLANAR, steps=11, optimizer={"name": "sgd", "lr": 0.3, "schedule": schedule}, watch={"evaluate": 10})
    whole = trained(PLANAR, steps=11, optimizer={"name": "sgd", "lr": 0.3})
    np.testing.assert_allclose(rest.theta - again, 0.25 * (whole.theta - again), rtol=1e-9, atol=1e-15)


def test_metrics_that_a_run_does_not_have_are_refused() -> None:
    """A validation metric needs a split, an accuracy classes, and the lowest rate must be below the first."""

    def said(metric: str, **more: Any) -> str:
        with pytest.raises(UserError) as error:
            setup({"optimizer": {"name": "sgd", "schedule": {"name": "plateau", "metric": metric}}, **more})
        return str(error.value)

    assert said("valid_loss").startswith("optimizer.schedule.metric: needs a validation split")
    assert said("accuracy", dataset={"name": "sine"}) == (
        "optimizer.schedule.metric: sine has no accuracy; allowed: loss, valid_loss, r2, valid_r2"
    )
    with pytest.raises(UserError, match=r"optimizer\.schedule\.min_lr: must be less than optimizer\.lr, 0\.1"):
        validate({"optimizer": {"name": "sgd", "lr": 0.1, "schedule": {"name": "plateau", "min_lr": 0.1}}})
