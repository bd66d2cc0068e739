"""The largest stable learning rate, by iterating the optimisers on quadratics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from setups import Trained, setup

from runner.settings.optimizer import AdamSettings, RMSpropSettings, SGDSettings
from runner.training.sharpness.limit import against_limit, stability_limit

X = [[1.0, 0.5], [-0.5, 1.0], [2.0, -1.0], [0.3, 1.5]]
# A loss that is quadratic: a linear network without hidden layers, bias or noise.
QUADRATIC: dict[str, Any] = {
    "dataset": {"name": "inline", "X": X, "Y": [[1.0], [-1.0], [0.5], [2.0]], "task": "regression"},
    "network": {"hidden": [], "bias": False},
    "steps": 400,
    "watch": {"sharpness": "off", "units": "off"},
}
EIGENVALUE = float(np.linalg.eigvalsh(np.array(X).T @ np.array(X) / len(X))[-1])


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"momentum": 0.5},
        {"momentum": 0.9},
        {"momentum": 0.5, "nesterov": True},
        {"momentum": 0.9, "nesterov": True},
        {"weight_decay": 0.7},
    ],
)
def test_a_quadratic_converges_below_the_limit_and_diverges_above(words: dict[str, Any]) -> None:
    """At 0.98 times the limit the loss falls to its minimum, at 1.02 times it the parameters grow."""
    decay = words.get("weight_decay", 0.0)
    limit = stability_limit(SGDSettings(**words), EIGENVALUE + decay)
    assert limit is not None
    ends = []
    for share in (0.98, 1.02):
        run = Trained(setup({**QUADRATIC, "optimizer": {"name": "sgd", "lr": share * limit, **words}})).run()
        ends.append(run.history["grad_norm"])
    below, above = ends
    assert below[-1] < 1e-2 * below.max()
    assert above[-1] > 10 * above[:10].max()


@pytest.mark.parametrize(
    "settings",
    [AdamSettings(), RMSpropSettings(), SGDSettings(clip_norm=1.0), SGDSettings(momentum=0.9, clip_norm=1.0)],
)
def test_where_no_formula_holds_there_is_no_limit(settings: Any) -> None:
    """Optimisers that rescale the gradient, and clipping, have no limit that follows from the eigenvalue."""
    assert stability_limit(settings, 3.0) is None


@pytest.mark.parametrize("eigenvalue", [0.0, -4.0])
def test_a_loss_that_curves_upwards_nowhere_has_an_infinite_limit(eigenvalue: float) -> None:
    """No learning rate makes steps along a direction grow back and forth where there is no positive curvature."""
    assert stability_limit(SGDSettings(momentum=0.9), eigenvalue) == math.inf


@pytest.mark.parametrize(
    ("lr", "limit", "words"),
    [
        (1e-8, 1.7e-9, "1.0e-8 is 5.9 times the limit of 1.7e-9 for these data"),
        (1.2, 0.4321, "1.2 is 2.8 times the limit of 0.43 for these data"),
        (0.0125, 2.0, "0.0125 is 0.0063 times the limit of 2 for these data"),
        (9.9999e-4, 1e-8, "0.001 is 1.0e5 times the limit of 1.0e-8 for these data"),
        (0.5, 150.0, "0.5 is 0.0033 times the limit of 150 for these data"),
        (
            0.5,
            math.inf,
            "nothing limits a learning rate of 0.5 here: the loss curves upwards in no direction",
        ),
    ],
)
def test_a_rate_beside_its_limit_in_words(lr: float, limit: float, words: str) -> None:
    """Few digits; powers of ten only where a number is very small or large."""
    assert against_limit(lr, limit) == words
