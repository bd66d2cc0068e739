"""What is checked against the data before anything is built, and what follows from the task."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from setups import PLANAR, setup

from runner.errors import UserError


@pytest.mark.parametrize(
    ("dataset", "output", "loss"),
    [
        ("sine", "identity", "half_squared_error"),
        ("circles", "sigmoid", "binary_cross_entropy"),
        ("blobs", "softmax", "categorical_cross_entropy"),
        ("random_integers", "sigmoid", "binary_cross_entropy"),
    ],
)
def test_auto_follows_the_task(dataset: str, output: str, loss: str) -> None:
    """Output activation and loss suit the data set where they are `auto`, and are the user's where they are not."""
    ready = setup({"dataset": {"name": dataset}})
    assert ready.architecture.activations[-1].name == output
    assert ready.loss == loss
    own = setup({"dataset": {"name": dataset}, "network": {"output": "softplus"}, "loss": {"name": "absolute_error"}})
    assert own.architecture.activations[-1].name == "softplus"
    assert own.loss == "absolute_error"


def test_epochs_replace_steps() -> None:
    """Epochs count passes over the training split, the last, smaller batch included."""
    assert setup(PLANAR, epochs=3, batch_size=25).steps == 9
    assert setup(PLANAR, epochs=3).steps == 3


def problems(config: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(UserError) as caught:
        setup(config)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_what_the_data_forbid_is_reported_together() -> None:
    """A batch larger than the training split and explicit weights of a wrong shape are reported at once."""
    found = problems(
        {**PLANAR, "batch_size": 61, "init": {"weights": {"name": "explicit", "values": [[[1.0, 2.0]], [[1.0]]]}}}
    )
    assert found == {
        "batch_size": "is larger than the training split of planar, which has 60 samples",
        "init.weights.values": "the values of layer 1 have the shape (1, 2), not (2, 4)",
    }


def test_a_regression_has_no_accuracy_to_stop_on() -> None:
    """An early stop on the accuracy of a regression is refused."""
    found = problems({"dataset": {"name": "sine"}, "early_stop": {"metric": "accuracy", "patience": 3}})
    assert found == {"early_stop.metric": "sine is a regression, which has no accuracy"}


def test_each_stream_is_its_own() -> None:
    """Another seed for the initial values leaves the data alone, and the other way round."""
    base, data, init = (
        setup(PLANAR),
        setup({**PLANAR, "dataset": {**PLANAR["dataset"], "seed": 5}}),
        setup(PLANAR, init={"seed": 5}),
    )
    assert np.array_equal(base.dataset.train.X, init.dataset.train.X)
    assert not np.array_equal(base.initial, init.initial)
    assert not np.array_equal(base.dataset.train.X, data.dataset.train.X)
    assert np.array_equal(base.initial, data.initial)


def test_repr_shows_the_architecture() -> None:
    """A setup reads as one line."""
    assert repr(setup(PLANAR)) == ("Setup(planar: 2 -> 4 tanh -> 1 sigmoid, 17 parameters; binary_cross_entropy, sgd)")
