"""A program read as mathematics, and an architecture as text and JSON."""

from __future__ import annotations

import numpy as np
import pytest

from runner.network.architecture import Architecture
from runner.network.build import training_program
from runner.network.inference import Predictor
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions

ARCHITECTURE = Architecture(
    (2, 4, 1), (ActivationChoice("leaky_relu", {"slope": 0.2}), ActivationChoice("sigmoid")), bias=True
)


def test_describe_prints_the_network_as_mathematics() -> None:
    """Each phase has a heading, each call a line; a result that is named by its formula stands alone."""
    program = training_program(ARCHITECTURE, "binary_cross_entropy", LossOptions(from_logits=False, epsilon=1e-5))
    lines = program.describe()
    for expected in (
        "# forward",
        "Z1 = W1 A0 + b1",
        "A1 = 0.2 * Z1",
        "A1 = max(Z1, A1)",
        "Z2 = W2 A1 + b2",
        "# loss",
        "A2 + epsilon = A2 + 1e-05",
        "log(A2 + epsilon)",
        "loss0 = sum((1 - Y) * log(1 - A2 + epsilon))",
        "# backward",
        "dA1 = W2ᵀ dZ2",
        "dW1 = dZ1 A0ᵀ, db1 = dZ1 1",
    ):
        assert expected in lines
    assert lines.index("# forward") < lines.index("# loss") < lines.index("# backward")


def test_architecture_reads_as_a_line_and_makes_the_round_trip() -> None:
    """Its text shows sizes, activations with parameters, and the count; its JSON gives it back."""
    assert str(ARCHITECTURE) == "2 -> 4 leaky_relu(slope=0.2) -> 1 sigmoid, 17 parameters"
    assert Architecture.from_dict(ARCHITECTURE.to_dict()) == ARCHITECTURE


def test_a_layer_splits_a_flat_vector_into_views_of_its_weights_and_biases() -> None:
    """W is (fan_out, fan_in) and b (fan_out, 1), or without columns; what is written to them is in the vector."""
    tanh = ActivationChoice("tanh")
    theta = np.arange(9.0)
    W, b = Architecture((2, 2, 1), (tanh, tanh)).layers[0].split(theta)
    assert W.tolist() == [[0, 1], [3, 4]]
    assert b.tolist() == [[2], [5]]
    b[...] = -1.0
    assert theta[[2, 5]].tolist() == [-1, -1]
    W, b = Architecture((2, 2, 1), (tanh, tanh), bias=False).layers[1].split(np.arange(12.0).reshape(2, 6))
    assert W.tolist() == [[[4, 5]], [[10, 11]]]
    assert b.shape == (2, 1, 0)


def test_every_layer_needs_an_activation() -> None:
    """Two layers with one activation are refused."""
    with pytest.raises(ValueError, match="2 layers need as many activations, not 1"):
        Architecture((2, 4, 1), (ActivationChoice("tanh"),))


def test_predictor_computes_samples_in_chunks() -> None:
    """Outputs for more samples than a chunk are those of the formula, in their order."""
    rng = np.random.default_rng(0)
    weights = {
        "layer_1/W": rng.normal(size=(2, 4)),
        "layer_1/b": rng.normal(size=4),
        "layer_2/W": rng.normal(size=(4, 1)),
        "layer_2/b": rng.normal(size=1),
    }
    X = rng.normal(size=(2 * Predictor.CHUNK + 3, 2))
    Z1 = X @ weights["layer_1/W"] + weights["layer_1/b"]
    A1 = np.where(Z1 > 0, Z1, 0.2 * Z1)
    expected = 1 / (1 + np.exp(-(A1 @ weights["layer_2/W"] + weights["layer_2/b"])))
    predictor = Predictor(ARCHITECTURE, weights)
    np.testing.assert_allclose(predictor(X), expected, rtol=1e-13)
    assert "4 leaky_relu" in repr(predictor)
