"""Networks written in plain NumPy are recognised from their losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain_networks import STYLES, Plain, data_for

from runner.diagnosis.recognition.recognise import recognise
from runner.diagnosis.recognition.recognised import Recognised

BUDGET = 60.0


def found_in(network: Any, **more: Any) -> Recognised:
    X, Y = data_for(network)
    found = recognise(network, X, Y, budget=BUDGET, **more)
    assert found is not None
    return found


def names(found: Recognised) -> list[str]:
    return [str(choice) for choice in found.context.architecture.activations]


@pytest.mark.parametrize(
    ("sizes", "hidden", "output", "loss"),
    [
        ((3, 1), "tanh", "sigmoid", "binary_cross_entropy"),
        ((2, 2, 1), "sigmoid", "sigmoid", "squared_error"),
        ((3, 4, 3), "relu", "softmax", "categorical_cross_entropy"),
        ((3, 3, 3, 3), "tanh+softplus", "identity", "half_squared_error"),
    ],
)
@pytest.mark.parametrize("style", list(STYLES))
def test_layout_activations_and_loss_are_found(style: str, sizes: Any, hidden: str, output: str, loss: str) -> None:
    """In every arrangement of arrays the layers, what each computes, and the loss with its average."""
    network = Plain(sizes, hidden, output, loss, style=style)
    found = found_in(network)
    assert names(found) == network.names
    assert (found.context.loss, found.context.options.reduction) == (loss, "mean")
    assert (found.scale.factor, found.scale.power, found.forward) == (1.0, 0, ())
    arrays = [np.random.default_rng(1).normal(size=shape) for shape in network.shapes]
    for array, again in zip(arrays, found.arrays(found.theta(arrays)), strict=True):
        np.testing.assert_array_equal(again, array)


def test_four_layers_with_different_activations_are_found() -> None:
    """Layer by layer: nothing grows as the product over layers."""
    network = Plain((4, 5, 5, 4, 3), "relu+tanh+elu", "softmax", "categorical_cross_entropy", order="kinds")
    assert names(found_in(network)) == ["relu", "tanh", "elu", "softmax"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"reduction": "sum"}, "summed over the samples"),
        ({"loss_times": 1e-8}, "times 1e-08"),
        ({"loss_times": 1e12}, "times 1e+12"),
        ({"decay": 0.1}, "weight decay 0.1"),
        ({"decay": 0.1, "decay_per_sample": True}, "plus 0.1 / n times half the squares"),
        ({"decay": 0.1, "decay_biases": True}, "times half the squares of weights and biases"),
        ({"epsilon": 1e-8}, "epsilon 1e-08"),
        ({"hidden": "leaky_relu(0.2)"}, "leaky_relu(slope=0.2)"),
        ({"hidden": "leaky_relu(0.13)"}, "leaky_relu(slope=0.13)"),
        ({"subtracts": True}, "b subtracted"),
        ({"dtype": np.float32}, "4 tanh"),
        ({"shows": "labels"}, "predictions: labels"),
        ({"shows": "logits"}, "predictions: the last pre-activations"),
        ({"shows": "columns"}, "predictions: the outputs"),
        ({"shows": "nothing"}, "predictions: none"),
    ],
)
def test_what_is_special_is_found_and_reported(more: dict[str, Any], said: str) -> None:
    """Averages, multiples, penalties, epsilons, slopes, signs, types, and what predict gives."""
    found = found_in(Plain((3, 4, 2), **more))
    assert said in found.sentence
    assert found.forward == ()


@pytest.mark.parametrize(
    ("network", "fault"),
    [
        (Plain((3, 4, 3), output="softmax", loss_name="categorical_cross_entropy"), "softmax_over_batch"),
        (Plain((3, 4, 3), output="softmax", loss_name="categorical_cross_entropy"), "cross_terms"),
        (Plain((3, 4, 1), output="identity", loss_name="squared_error"), "broadcast"),
        (Plain((3, 4, 2)), "bias_missing@1"),
        (Plain((3, 4, 2)), "bias_missing@2"),
        (Plain((3, 4, 2)), "twice@1"),
    ],
)
def test_a_faulty_forward_pass_is_found(network: Any, fault: str) -> None:
    """What only a faulty network computes is recognised as one with that fault."""
    network.mistakes = (fault,)
    called = {
        "cross_terms": "loss_cross_terms",
        "broadcast": "target_broadcast",
        "twice@1": "sigmoid_twice@1",
    }.get(fault, fault)
    assert [str(choice) for choice in found_in(network).forward] == [called]


def test_what_is_stated_is_taken_for_granted() -> None:
    """A network that contradicts it is not recognised; one that doesn't is."""
    network = Plain((3, 4, 2))
    X, Y = data_for(network)
    assert recognise(network, X, Y, {"activation": "tanh", "output": "sigmoid"}) is not None
    assert recognise(network, X, Y, {"activation": "relu"}, budget=BUDGET) is None
    (reduction,) = {"mean", "sum"} - {found_in(network).context.options.reduction}
    assert recognise(network, X, Y, {"reduction": reduction}, budget=BUDGET) is None


def test_another_loss_is_not_recognised() -> None:
    """A loss that none of ours is gives None, and no wrong network."""

    class Cubed(Plain):
        def loss(self, arrays: Any, X: Any, Y: Any) -> float:
            return float(super().loss(arrays, X, Y) ** 3)

    network = Cubed((2, 1))
    X, Y = data_for(network)
    assert recognise(network, X, Y, budget=BUDGET) is None
