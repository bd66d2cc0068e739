"""Optimisers against the formulas of their papers, written out in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from setups import PLANAR, Trained, setup

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
        gradient, _ = self.training._calls(self.training.batches.batch, True)
        gradient.append(lambda: gradients.append(self.training.workspace.gradient.copy()))
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
