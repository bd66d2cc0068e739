"""The learning rate that `auto` stands for, against eigenvalues from NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from setups import RAW, setup

from runner.composition.configuration import compose_settings
from runner.errors import UserError
from runner.training.setup import Setup, prepare
from runner.training.updates.rate_choice import RateChoice

X = np.random.default_rng(5).normal(size=(12, 2)) * (3.0, 40.0)
LINEAR: dict[str, Any] = {
    "dataset": {"name": "inline", "X": X.tolist(), "Y": X.sum(axis=1, keepdims=True).tolist()},
    "network": {"hidden": [], "activation": []},
}


def chosen(config: dict[str, Any], **optimizer: Any) -> RateChoice:
    """The choice for a configuration whose rate is left to us."""
    found = setup(config, optimizer={"name": "sgd", "lr": "auto", **optimizer}).chosen
    assert found is not None
    return found


def limit_of(rows: np.ndarray[Any, Any], decay: float = 0.0) -> float:
    """2 over the largest eigenvalue of the Hessian of half a mean squared error of linear outputs with a bias."""
    wide = np.hstack([rows, np.ones((len(rows), 1))])
    return float(2 / np.linalg.eigvalsh(wide.T @ wide / len(rows) + decay * np.diag([1.0, 1.0, 0.0])).max())


def test_gradient_descent_takes_half_the_limit() -> None:
    """Half of 2 / the largest eigenvalue, rounded down to two digits; weight decay is part of the curvature."""
    for decay in (0.0, 300.0):
        choice = chosen(LINEAR, weight_decay=decay)
        assert choice.limit == pytest.approx(limit_of(X, decay), rel=1e-3)
        assert choice.rate == pytest.approx(limit_of(X, decay) / 2, rel=0.1)
        assert choice.rate <= limit_of(X, decay) / 2
        assert choice.rate == float(f"{choice.rate:.1e}")
    assert str(choice) == f"{choice.rate:g} (auto: half the stability limit of {choice.limit:.2g} at the start)"


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("b", [0.5, 0.9])
def test_momentum_has_another_limit_and_a_lower_rate(b: float, nesterov: bool) -> None:
    """The limit is 2 (1 + b) / the eigenvalue, by 1 + 2 b with Nesterov's; the rate (1 - b^2) / the eigenvalue."""
    choice, plain = chosen(LINEAR, momentum=b, nesterov=nesterov), limit_of(X)
    assert choice.limit == pytest.approx((1 + b) * plain / (1 + 2 * b if nesterov else 1), rel=1e-3)
    assert choice.rate == pytest.approx((1 - b**2) * plain / 2, rel=0.1)
    assert choice.rate < chosen(LINEAR).rate
    assert f"since momentum adds up to {1 / (1 - b):g} steps" in str(choice)


def test_clipping_is_left_out_of_the_choice() -> None:
    """It only makes steps smaller."""
    assert chosen(LINEAR, clip_norm=0.1) == chosen(LINEAR)


def test_batches_take_the_worst_of_several() -> None:
    """A sample far from the others limits the rate of batches of one."""
    samples = [limit_of(row[None]) for row in X]
    assert chosen({**LINEAR, "batch_size": 1}).limit == pytest.approx(sorted(samples)[0], rel=2.0)
    assert chosen({**LINEAR, "batch_size": 1}).limit < limit_of(X)


def test_a_flat_start_has_a_rate_of_one() -> None:
    """Where the loss hardly curves at the start, the rate is bounded."""
    flat = {"dataset": {"name": "sign"}, "init": {"weights": {"name": "zeros"}}, "network": {"hidden": [3]}}
    found = chosen(flat)
    assert (found.rate, found.reason) == (1.0, "at most 1")
    moved = chosen(flat, momentum=0.9)
    assert (moved.rate, moved.reason) == (0.1, "at most 0.1")


def test_a_start_that_overflows_has_the_usual_rate() -> None:
    """Without a finite gradient nothing can be measured."""
    start = {"weights": {"name": "constant", "value": 1e308}}
    found = chosen({**LINEAR, "init": start})
    assert (found.rate, found.limit) == (0.1, None)


@pytest.mark.parametrize("name", ["rmsprop", "adam", "adamw"])
def test_other_optimisers_take_their_usual_rate(name: str) -> None:
    """0.001, as is usual for them."""
    assert str(chosen(LINEAR, name=name)) == f"0.001 (auto: the usual rate of {name})"


def test_the_run_has_a_number() -> None:
    """Settings, title and update hold the number; `configured` says that it was left to us."""
    ready: Setup = setup(LINEAR, optimizer={"name": "sgd", "lr": "auto"})
    assert ready.chosen is not None
    assert ready.settings.optimizer.rate == ready.chosen.rate
    assert (ready.configured.optimizer.lr, setup(LINEAR).configured.optimizer.lr) == ("auto", 1.2)
    assert str(ready).endswith(f"sgd at {ready.chosen}")


def test_an_explicit_rate_is_not_touched() -> None:
    """A number stays what it is, however bad."""
    assert setup(RAW, optimizer={"name": "sgd", "lr": 50.0}).settings.optimizer.rate == 50.0


def test_the_lowest_rate_of_a_plateau_must_be_below_the_chosen_one() -> None:
    """What can't be said before the rate is known is said then."""
    with pytest.raises(UserError, match="must be less than the learning rate, and auto makes that"):
        chosen(LINEAR, schedule={"name": "plateau", "min_lr": 0.9})


def test_the_shipped_default_suits_the_data() -> None:
    """Gradient descent on the planar flower has its own rate; on other data the rate is left to us."""
    assert compose_settings([]).optimizer.lr == 1.2
    assert compose_settings(["dataset=xor"]).optimizer.lr == "auto"
    assert compose_settings(["optimizer=adam"]).optimizer.lr == 0.001
    assert compose_settings(["dataset=circles", "optimizer.lr=0.3"]).optimizer.lr == 0.3
    words = ["dataset=x_plus_one", "dataset.standardize=none", "network.activation=relu"]
    assert prepare(compose_settings(words)).settings.optimizer.rate < 1e-3
