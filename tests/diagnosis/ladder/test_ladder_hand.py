"""The hand arithmetic: against formulas written elsewhere, and as a person reads it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runner.diagnosis.ladder.rung_network import Formulas
from runner.diagnosis.ladder.textbook import LOSSES, knows, total, worked_out
from runner.network.activations import ACTIVATIONS
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions
from runner.network.losses import LOSSES as ALL_LOSSES

W, B = np.array([[0.5, -0.3]]), np.array([0.2])


def formulas(activation: str = "sigmoid", loss: str = "half_squared_error", **options: object) -> Formulas:
    return Formulas(ActivationChoice(activation), loss, LossOptions(**options), bias=True)  # type: ignore[arg-type]


def test_everything_that_can_be_configured_is_known_by_hand() -> None:
    """Each activation and each loss has its textbook formula here."""
    assert all(knows(ActivationChoice(name)) for name in ACTIVATIONS)
    assert set(ALL_LOSSES) == LOSSES


@pytest.mark.parametrize(
    ("activation", "at_minus_tenth"),
    [
        ("identity", -0.1),
        ("sigmoid", 0.47502081252106),
        ("tanh", -0.09966799462495582),
        ("relu", 0.0),
        ("leaky_relu", -0.001),
        ("elu", -0.09516258196404048),
        ("softplus", 0.6443966600735709),
    ],
)
def test_an_activation_gives_the_number_of_the_table(activation: str, at_minus_tenth: float) -> None:
    """For x = (0, 1) z is -0.3 + 0.2 = -0.1, and a what a table of the function says."""
    sample = worked_out(formulas(activation), W, B, [0.0, 1.0], [0.0])
    assert sample.outputs == pytest.approx([at_minus_tenth], rel=1e-13)
    assert sample.loss == pytest.approx(at_minus_tenth**2 / 2, rel=1e-13)


def test_losses_are_those_of_the_textbook() -> None:
    """A = sigmoid(0.7) = 0.668188 against 1, under each loss; with epsilon inside the logarithm."""
    a = 1 / (1 + math.exp(-0.7))
    expected = {
        "half_squared_error": (a - 1) ** 2 / 2,
        "squared_error": (a - 1) ** 2,
        "absolute_error": 1 - a,
        "binary_cross_entropy": math.log(1 + math.exp(-0.7)),
        "categorical_cross_entropy": math.log(1 + math.exp(-0.7)),
    }
    for loss, value in expected.items():
        assert worked_out(formulas(loss=loss), W, B, [1.0, 0.0], [1.0]).loss == pytest.approx(value, rel=1e-13)
    guarded = worked_out(formulas(loss="binary_cross_entropy", epsilon=0.1), W, B, [1.0, 0.0], [0.0])
    assert guarded.loss == pytest.approx(-math.log(1 - a + 0.1), rel=1e-13)


def test_softmax_shares_one_among_the_neurons() -> None:
    """Two neurons with z = 0.2 and -0.1: exp(0.3) to one."""
    both = np.array([[0.5, -0.3], [-0.2, 0.4]]), np.array([0.2, -0.1])
    sample = worked_out(formulas("softmax", "categorical_cross_entropy"), *both, [0.0, 0.0], [0.0, 1.0])
    assert sample.outputs[0] / sample.outputs[1] == pytest.approx(math.exp(0.3), rel=1e-13)
    assert sample.loss == pytest.approx(math.log(1 + math.exp(0.3)), rel=1e-13)


def test_it_is_written_so_that_a_person_can_follow() -> None:
    """z, a and the loss each as a sum with numbers in it, and the result; minus signs are not doubled."""
    assert worked_out(formulas(loss="binary_cross_entropy"), W, B, [1.0, 1.0], [0.0]).lines == [
        "z = 0.5 * 1 - 0.3 * 1 + 0.2 = 0.4;  a = 1 / (1 + exp(-0.4)) = 0.598688",
        "y = 0;  loss = -log(1 - 0.598688) = 0.913015",
    ]


def test_the_whole_loss_has_its_mean_its_multiple_and_its_penalty() -> None:
    """(1 + 2) / 2, or the sum; times 2; plus decay / 2 times the squares of the weights."""
    assert total(formulas(), W, [1.0, 2.0]) == (1.5, "(1 + 2) / 2")
    assert total(formulas(reduction="sum"), W, [1.0, 2.0]) == (3.0, "1 + 2")
    with_penalty = Formulas(ActivationChoice("tanh"), "squared_error", LossOptions(), True, weight_decay=0.1, scale=2.0)
    value, text = total(with_penalty, W, [1.0, 2.0])
    assert value == pytest.approx(3.0 + 0.05 * (0.25 + 0.09))
    assert text == "2 * (1 + 2) / 2 + 0.1 / 2 * (0.5² + 0.3²)"
