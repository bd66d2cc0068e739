"""What is checked against the data before anything is built, and what follows from the task."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from setups import PLANAR, setup

from runner.errors import UserError
from runner.training.measuring.quality import quality


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


def test_a_hinge_loss_takes_margins() -> None:
    """Its outputs are not squashed, and the answer is class 1 above 0; with classes each is one against all others."""
    for dataset, outputs in (("planar", 1), ("blobs", 3)):
        ready = setup({"dataset": {"name": dataset}, "loss": {"name": "hinge"}})
        assert ready.architecture.activations[-1].name == "identity"
        assert (ready.network.boundary, ready.architecture.sizes[-1]) == (0.0, outputs)
    A, Y = np.array([[-0.1, 0.1, 0.4]]), np.array([[0.0, 1.0, 1.0]])
    assert quality("binary", A, Y, boundary=0.0) == 1.0


def test_balanced_weights_are_of_the_training_split() -> None:
    """Of a table in which only the training split is uneven, the weights are those of that split."""
    X, Y = [[float(x)] for x in range(10)], [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    data = {"name": "inline", "X": X, "Y": Y, "valid_fraction": 0.4}
    ready = setup({"dataset": data, "loss": {"class_weights": "balanced"}})
    share = ready.dataset.train.Y.mean()
    assert ready.options.class_weights == pytest.approx((0.5 / (1 - share), 0.5 / share), rel=1e-15)
    assert ready.dataset.valid is not None
    assert ready.dataset.valid.Y.mean() != share


def test_settings_about_classes_need_classes() -> None:
    """Weights and smoothing are refused where samples have no class, or not as many; delta where nothing reads it."""
    found = problems({"dataset": {"name": "sine"}, "loss": {"class_weights": "balanced", "label_smoothing": 0.1}})
    assert set(found) == {"loss.class_weights", "loss.label_smoothing"}
    assert "no one class" in found["loss.class_weights"]
    found = problems({"dataset": {"name": "blobs"}, "loss": {"class_weights": [1, 2], "delta": 0.5}})
    assert "3 classes" in found["loss.class_weights"]
    assert "belongs to huber" in found["loss.delta"]


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
    assert found == {"early_stop.metric": "sine has no accuracy"}


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
