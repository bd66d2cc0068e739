"""L-BFGS against the dense formula of BFGS, closed solutions and SciPy's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from setups import PLANAR, Trained, setup, trained

from runner.errors import UserError
from runner.settings import validate
from runner.training.packs.pack import pack_key
from runner.training.updates.lbfgs import Objective, direction

LBFGS: dict[str, Any] = {"name": "lbfgs"}
X = np.random.default_rng(2).normal(size=(15, 3)) * (1.0, 30.0, 0.1)
Y = X @ [[1.0], [0.2], [-5.0]] + 3.0
LINEAR: dict[str, Any] = {
    "dataset": {"name": "inline", "X": X.tolist(), "Y": Y.tolist()},
    "network": {"hidden": [], "activation": []},
    "optimizer": LBFGS,
    "steps": 40,
}


def objective_of(run: Trained) -> Objective:
    """Loss and gradient of a run's network on its training data."""
    batch, ready = run.training.batches.batch, run.setup
    return Objective(ready.layout, ready.program, ready.phases, batch[ready.layout.inputs], batch["Y"])


def test_the_direction_is_that_of_the_dense_formula() -> None:
    """-H g with H updated pair by pair, oldest first: H = V^T H V + s s^T / (s^T y), from gamma I at first."""
    rng = np.random.default_rng(0)
    A = rng.normal(size=(6, 6))
    s = rng.normal(size=(4, 6))
    y = s @ (A @ A.T + np.eye(6))
    H = np.eye(6) * (s[0] @ y[0]) / (y[0] @ y[0])
    for one, other in zip(s[::-1], y[::-1], strict=True):
        V = np.eye(6) - np.outer(other, one) / (one @ other)
        H = V.T @ H @ V + np.outer(one, one) / (one @ other)
    g = rng.normal(size=6)
    np.testing.assert_allclose(direction(g, s, y), -H @ g, rtol=1e-12)
    np.testing.assert_array_equal(direction(g, s[:0], y[:0]), -g)


def test_every_step_fulfils_the_wolfe_conditions() -> None:
    """The loss falls by a share of what the slope says, and the slope along the step has become flatter."""
    run = Trained(setup(PLANAR, optimizer=LBFGS))
    objective = objective_of(run)
    run.training.begin()
    with np.errstate(all="ignore"):
        for _ in range(30):
            before = run.theta.copy()
            run.training._advance(1, run.setup.steps)
            step, slope = run.theta - before, objective.gradient(before) @ (run.theta - before)
            assert slope < 0
            assert objective.loss(run.theta) <= objective.loss(before) + 1e-4 * slope
            assert abs(objective.gradient(run.theta) @ step) <= 0.9 * abs(slope)


def test_a_linear_regression_is_solved() -> None:
    """Inputs of very different sizes, for which gradient descent needs hundreds of thousands of steps; weight decay."""
    for decay in (0.0, 0.1):
        run = trained(LINEAR, optimizer={**LBFGS, "weight_decay": decay})
        wide = np.hstack([X, np.ones((15, 1))])
        right = np.linalg.solve(wide.T @ wide / 15 + decay * np.diag([1, 1, 1, 0]), wide.T @ Y[:, 0] / 15)
        np.testing.assert_allclose(run.theta, right, rtol=1e-5)


def test_it_gets_as_far_as_that_of_scipy() -> None:
    """From the same start, after as many iterations, the loss is of the size that SciPy's L-BFGS-B reaches."""
    config = {"dataset": {"name": "sine", "samples": 30}, "network": {"hidden": [5]}, "optimizer": LBFGS, "steps": 60}
    run = Trained(setup(config))
    objective, start = objective_of(run), run.theta.copy()
    theirs = minimize(objective.loss, start, jac=objective.gradient, method="L-BFGS-B", options={"maxiter": 60})
    assert objective.loss(run.run().theta) < 3 * theirs.fun < 0.03 * objective.loss(start)


def test_the_history_has_the_loss_before_each_step() -> None:
    """The trials of the line search leave no trace: each row is the loss and the gradient at its own parameters."""
    run = trained(PLANAR, optimizer=LBFGS, steps=12)
    objective = objective_of(run)
    shorter = trained(PLANAR, optimizer=LBFGS, steps=11).theta
    assert run.history["loss"][11] == pytest.approx(objective.loss(shorter), rel=1e-12)
    assert run.history["grad_norm"][11] == pytest.approx(np.linalg.norm(objective.gradient(shorter)), rel=1e-9)
    assert (np.diff(run.history["loss"]) < 0).all()


def test_nothing_moves_at_the_minimum() -> None:
    """Where no step lowers the loss any more the parameters stay, to the bit, and no more gradients are asked for."""
    run = trained(LINEAR, steps=80)
    shorter = trained(LINEAR, steps=79)
    np.testing.assert_array_equal(run.theta, shorter.theta)
    assert run.history["update_ratio/layer_1"][-1] == 0.0


def test_it_ends_early_like_any_other() -> None:
    """Early stopping counts its evaluations."""
    run = trained(LINEAR, steps=80, early_stop={"metric": "loss", "patience": 2}, watch={"evaluate": 5})
    assert run.training.step < 80


def test_float32() -> None:
    """The trials are computed in float64; the parameters stay float32."""
    run = trained(PLANAR, optimizer=LBFGS, dtype="float32")
    assert run.theta.dtype == np.float32
    assert run.history["loss"][-1] < 0.7 * run.history["loss"][0]


def test_runs_are_trained_alone() -> None:
    """A line search has its own number of trials in each run, so that no two share a program."""
    assert pack_key(setup(PLANAR, optimizer=LBFGS)) != pack_key(setup(PLANAR, optimizer=LBFGS))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"batch_size": 8}, "batch_size: must be null for lbfgs, whose line search needs the loss of all samples"),
        ({"network": {"dropout": 0.5}}, "network.dropout: must be 0 for lbfgs"),
        ({"optimizer": {**LBFGS, "momentum": 0.9}}, "optimizer.momentum: unknown key 'momentum' in optimizer (lbfgs)"),
        ({"optimizer": {**LBFGS, "lr": 0.1}}, "optimizer.lr: unknown key 'lr' in optimizer (lbfgs)"),
        ({"optimizer": {**LBFGS, "memory": 0}}, "optimizer.memory: must be at least 1"),
    ],
)
def test_what_it_does_not_have_is_refused(more: dict[str, Any], expected: str) -> None:
    """By name, before anything is computed."""
    with pytest.raises(UserError) as error:
        validate({**PLANAR, "optimizer": LBFGS, **more})
    assert str(error.value).startswith(expected)
