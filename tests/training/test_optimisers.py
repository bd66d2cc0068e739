"""Optimisers against the formulas of their papers, written out in plain NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from setups import PLANAR, Trained, setup, trained

from runner.training.conclusion import conclude

Vector = NDArray[np.float64]
Update = Callable[[Vector, int], Vector]


def sgd(lr: float, momentum: float = 0.0, nesterov: bool = False) -> Update:
    v = 0.0

    def update(g: Vector, t: int) -> Vector:
        nonlocal v
        v = momentum * v + g
        return lr * (g + momentum * v if nesterov else v)

    return update


def rmsprop(lr: float, rho: float, epsilon: float) -> Update:
    s = 0.0

    def update(g: Vector, t: int) -> Vector:
        nonlocal s
        s = rho * s + (1 - rho) * g**2
        return lr * g / (np.sqrt(s) + epsilon)

    return update


def adam(lr: float, beta1: float, beta2: float, epsilon: float) -> Update:
    m = v = 0.0

    def update(g: Vector, t: int) -> Vector:
        nonlocal m, v
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        return lr * (m / (1 - beta1 ** (t + 1))) / (np.sqrt(v / (1 - beta2 ** (t + 1))) + epsilon)

    return update


def clipped(update: Update, norm: float) -> Update:
    return lambda g, t: update(g * min(1.0, norm / np.linalg.norm(g)), t)


def scheduled(factor: Callable[[int], float]) -> Update:
    return lambda g, t: 0.3 * factor(t) * g


CASES: dict[str, tuple[dict[str, Any], Update]] = {
    "sgd": ({"name": "sgd", "lr": 0.3}, sgd(0.3)),
    "momentum": ({"name": "sgd", "lr": 0.1, "momentum": 0.9}, sgd(0.1, 0.9)),
    "nesterov": ({"name": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True}, sgd(0.1, 0.9, True)),
    "rmsprop": ({"name": "rmsprop", "lr": 0.01, "rho": 0.8, "epsilon": 1e-6}, rmsprop(0.01, 0.8, 1e-6)),
    "adam": ({"name": "adam", "lr": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-7}, adam(0.02, 0.8, 0.95, 1e-7)),
    "clipping": ({"name": "sgd", "lr": 0.3, "clip_norm": 0.05}, clipped(sgd(0.3), 0.05)),
    "step": (
        {"name": "sgd", "lr": 0.3, "schedule": {"name": "step", "every": 7, "factor": 0.5}},
        scheduled(lambda t: 0.5 ** (t // 7)),
    ),
    "exponential": (
        {"name": "sgd", "lr": 0.3, "schedule": {"name": "exponential", "every": 7, "factor": 0.5}},
        scheduled(lambda t: math.exp(-math.log(2.0) * t / 7)),
    ),
    "milestones": (
        {"name": "sgd", "lr": 0.3, "schedule": {"name": "milestones", "at": [3, 20], "factor": 0.1}},
        scheduled(lambda t: 1.0 if t < 3 else 0.1 if t < 20 else 0.01),
    ),
    "cosine": (
        {"name": "sgd", "lr": 0.3, "schedule": {"name": "cosine", "final": 0.1}},
        scheduled(lambda t: 0.1 + 0.9 * 0.5 * (1 + np.cos(np.pi * t / 40))),
    ),
    "warmup": (
        {"name": "sgd", "lr": 0.3, "schedule": {"name": "warmup", "steps": 10}},
        scheduled(lambda t: min(1.0, (t + 1) / 10)),
    ),
}


class Gradients(Trained):
    """Collects the gradient of each step, before the update, and the parameters after it."""

    def steps(self, count: int) -> list[tuple[Vector, Vector]]:
        pairs: list[tuple[Vector, Vector]] = []
        gradients: list[Vector] = []
        (segment,) = self.training.segments.segments(0, 1)
        steps, _ = self.training._steps(segment, True)
        collecting = steps.with_extra([lambda: gradients.append(self.training.workspace.gradient.copy())])
        self.training._bound[segment.batch, True] = collecting, collecting
        for _ in range(count):
            self.training._advance(1, self.training.setup.steps)
            pairs.append((gradients[-1], self.theta.copy()))
        return pairs


@pytest.mark.parametrize("name", list(CASES))
def test_updates_are_those_of_the_paper(name: str) -> None:
    """Each step's parameters are the last ones minus the update that the formula makes of the gradient."""
    settings, update = CASES[name]
    run = Gradients(setup(PLANAR, optimizer=settings))
    run.training.set_rates()
    before = run.theta.copy()
    for t, (gradient, after) in enumerate(run.steps(40)):
        np.testing.assert_allclose(after, before - update(gradient, t), rtol=1e-11, atol=1e-14)
        before = after


def weights_of(run: Trained) -> NDArray[np.bool_]:
    """Which parameters are weights: of each row [W b], all but the last."""
    layers = run.setup.architecture.layers
    return np.concatenate([np.tile(np.arange(one.columns) < one.fan_in, one.fan_out) for one in layers])


def test_decoupled_decay_shrinks_weights_beside_the_step_of_adam() -> None:
    """AdamW: W is first multiplied by 1 - lr decay, then moved as Adam moves it; the gradient has no decay in it."""
    schedule = {"name": "milestones", "at": [20], "factor": 0.5}
    run = Gradients(setup(PLANAR, optimizer={"name": "adamw", "lr": 0.02, "weight_decay": 0.3, "schedule": schedule}))
    run.training.set_rates()
    update, weights, before = adam(1.0, 0.9, 0.999, 1e-8), weights_of(run), run.theta.copy()
    plain = Gradients(setup(PLANAR))
    for t, (gradient, after) in enumerate(run.steps(40)):
        np.copyto(plain.theta, before)
        np.testing.assert_array_equal(gradient, plain.steps(1)[0][0])
        rate = 0.02 if t < 20 else 0.01
        expected = before * np.where(weights, 1 - rate * 0.3, 1.0) - rate * update(gradient, t)
        np.testing.assert_allclose(after, expected, rtol=1e-12, atol=1e-14)
        before = after


def test_the_loss_logged_has_no_decoupled_decay() -> None:
    """AdamW logs the loss of the data alone; from the same parameters Adam with that decay logs its penalty, too."""
    logged = [
        float(trained(PLANAR, steps=2, optimizer={"name": name, "weight_decay": decay}).history["loss"][0])
        for name, decay in (("adam", 0.0), ("adamw", 0.5), ("adam", 0.5))
    ]
    assert logged[0] == logged[1] < logged[2]


def test_l1_is_in_loss_and_gradient() -> None:
    """l1 x sign(W) is added to the gradient of the weights, not of the biases, and l1 times the sum of |W| to the loss.

    A weight of exactly 0 is left alone.
    """
    runs = [Gradients(setup(PLANAR, optimizer={"name": "sgd", "lr": 0.1, "l1": l1})) for l1 in (0.0, 0.05)]
    for run in runs:
        run.training.set_rates()
        run.theta[0] = 0.0
    theta, weights = runs[0].theta.copy(), weights_of(runs[0])
    (plain, _), (penalised, _) = (run.steps(1)[0] for run in runs)
    np.testing.assert_allclose(penalised - plain, 0.05 * np.sign(theta) * weights, rtol=0, atol=1e-15)
    losses = [float(run.training.workspace.arrays["loss"]) for run in runs]
    assert losses[1] - losses[0] == pytest.approx(0.05 * np.abs(theta[weights]).sum(), rel=1e-12)


def test_the_last_row_has_the_penalties() -> None:
    """After the last update the loss is that of the training, with L1 and weight decay."""
    run = trained(PLANAR, steps=3, optimizer={"name": "sgd", "lr": 0.1, "l1": 0.02, "weight_decay": 0.1})
    W = run.theta[weights_of(run)]
    bare = run.training.evaluator(run.setup.dataset.train)(run.theta).loss
    conclude(run.training)
    expected = bare + 0.02 * np.abs(W).sum() + 0.05 * np.square(W).sum()
    assert run.history["loss"][-1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", list(CASES))
def test_update_ratios_are_measured(name: str) -> None:
    """The history's update ratio of a layer is the norm of its update over that of its parameters before it."""
    run = Gradients(setup(PLANAR, optimizer=CASES[name][0]))
    run.training.set_rates()
    before, expected = run.theta.copy(), []
    for _, after in run.steps(30):
        expected.append(
            [
                np.linalg.norm((after - before)[layer.segment]) / np.linalg.norm(before[layer.segment])
                for layer in run.setup.architecture.layers
            ]
        )
        before = after
    run.training.recorder.flush()
    measured = np.column_stack([run.history[f"update_ratio/layer_{layer}"] for layer in (1, 2)])
    np.testing.assert_allclose(measured, expected, rtol=1e-6)
