"""The rungs in their order, each with what it proves."""

from __future__ import annotations

from runner.diagnosis.ladder import by_hand, gradient_checks, hidden_layer, neuron_training
from runner.diagnosis.ladder.rung import Rung

RUNGS: tuple[Rung, ...] = (
    Rung(
        "by_hand",
        "one neuron on AND, by hand arithmetic",
        "The forward pass and the loss compute what the formulas say.",
        "and",
        True,
        by_hand.climb,
    ),
    Rung(
        "numerical_training",
        "the neuron trained with the numerical gradient",
        "Forward pass, loss and update can learn together; no backward pass is used.",
        "and",
        True,
        neuron_training.climb_numerical,
    ),
    Rung(
        "neuron_gradient",
        "the gradient of the neuron, then of each weight",
        "The backward pass through one neuron gives the derivative of the loss.",
        "and",
        True,
        gradient_checks.climb_neuron,
    ),
    Rung(
        "analytic_training",
        "the neuron trained with its own gradient",
        "The gradient, as computed call after call, is good enough to learn with.",
        "and",
        True,
        neuron_training.climb_analytic,
    ),
    Rung(
        "hidden_layer",
        "a hidden layer on AND: gradients, then training",
        "The backward pass through a hidden layer is right, on a problem that is known to be learnable.",
        "and",
        False,
        hidden_layer.climb_and,
    ),
    Rung(
        "xor",
        "XOR with enough units: gradients, then training from several starts",
        "The network learns what needs a hidden layer, and its gradient stays right while it learns.",
        "xor",
        False,
        hidden_layer.climb_xor,
    ),
)
