"""Mistakes written by hand into plain NumPy networks are named, with their layer; right networks get no complaint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from plain_networks import CALLED, STYLES, Plain, called, data_for, mistakes_of

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.recognition.mistakes import name_mistakes
from runner.diagnosis.recognition.recognise import recognise

BUDGET = 60.0
NETWORKS = (
    Plain((2, 4, 1), "tanh", "identity", "squared_error", order="kinds"),
    Plain((3, 4, 3), "relu", "softmax", "categorical_cross_entropy", order="reversed"),
    Plain((4, 5, 2), "leaky_relu", "sigmoid", "squared_error", decay=0.1),
    Plain((3, 5, 5, 3), "tanh+sigmoid", "sigmoid", "binary_cross_entropy"),
    Plain((4, 4, 4, 4), "sigmoid", "softmax", "categorical_cross_entropy", order="kinds"),
)


def causes_in(network: Any, seed: int = 0) -> list[GradientMistake]:
    X, Y = data_for(network, seed)
    found = recognise(network, X, Y, budget=BUDGET)
    assert found is not None, network
    return name_mistakes(network, found, X, Y, budget=BUDGET)


def is_named(causes: list[GradientMistake], *wanted: str) -> bool:
    said = [[cause.fault for cause in causes], *(tie.split(" + ") for tie in (causes[0].tied_with if causes else ()))]
    return sorted(wanted) in [sorted(names) for names in said]


def cases_of(name: str) -> list[Any]:
    """A mistake in the first two networks that it fits, each time in another arrangement."""
    styles = list(STYLES)
    start = list(CALLED).index(name)
    found = []
    for turn, network in enumerate(NETWORKS * 2):
        styled = replace(network, style=styles[(start + 3 * turn) % len(styles)], memory={})
        fits = [mistake for mistake in mistakes_of(styled) if mistake.split("@")[0] == name]
        if fits:
            found.append(replace(styled, mistakes=(fits[turn % len(fits)],)))
    return found[:2]


@pytest.mark.parametrize("name", list(CALLED))
def test_a_mistake_is_named_in_two_arrangements(name: str) -> None:
    """By hand in plain NumPy, read off losses and gradients: the catalogue's name, and the layer."""
    cases = cases_of(name)
    assert cases
    for network in cases:
        wanted = called(network.mistakes[0])
        wanted = {"constant_scale": "constant_scale=10"}.get(wanted, wanted)
        causes = causes_in(network)
        assert is_named(causes, wanted), (network, [cause.fault for cause in causes])


@pytest.mark.parametrize(
    "pair",
    [
        ("no_slope@1", "db_missing@2"),
        ("times_n", "slope_at_a@2"),
        ("negated", "no_slope@2"),
        ("bias_missing@1", "db_summed@3"),
        ("adds_up", "layer_zero@2"),
        ("twice@1", "bias_leaks_last@2"),
        ("odd_times", "through_gradient@1"),
        ("call_before", "db_missing@1"),
        ("layer_negated@2", "through_updated@1"),
    ],
)
def test_pairs_are_named(pair: tuple[str, str]) -> None:
    """Two mistakes at once are two causes."""
    network = Plain((3, 5, 5, 3), "tanh+sigmoid", style="out_in_column", mistakes=pair)
    causes = causes_in(network)
    assert is_named(causes, *map(called, pair)), [cause.fault for cause in causes]


@pytest.mark.parametrize(
    "network",
    [
        Plain((3, 4, 2), dtype=np.float32),
        Plain((3, 5, 3), "relu", "softmax", "categorical_cross_entropy", dtype=np.float32, style="out_in"),
        Plain((3, 4, 2), "relu_1"),
        Plain((3, 4, 2), loss_times=1e-8),
        Plain((3, 4, 2), loss_times=1e12),
        Plain((3, 4, 2), decay=0.1),
        Plain((3, 4, 2), decay=0.1, decay_per_sample=True),
        Plain((3, 4, 2), decay=0.1, decay_biases=True),
        Plain((3, 4, 2), epsilon=1e-8),
        Plain((3, 4, 2), subtracts=True),
        Plain((3, 4, 2), shows="labels"),
        Plain((3, 4, 2), shows="nothing"),
        Plain((3, 4, 2), shows="logits"),
        Plain((3, 4, 3), "tanh", "identity", "half_squared_error", "all"),
        Plain((3, 4, 3), "tanh", "identity", "squared_error", "all"),
        Plain((3, 4, 3), "tanh", "identity", "absolute_error", "sum"),
        Plain((3, 4, 3), "identity", "identity", "squared_error"),
        Plain((3, 4, 3), "elu", "softmax", "binary_cross_entropy"),
        Plain((3, 4, 2), "leaky_relu(0.13)"),
        Plain((3, 3, 3, 3), "relu+sigmoid", style="first_column"),
        Plain((2, 1), style="last_row"),
    ],
)
def test_right_networks_get_no_complaint(network: Any) -> None:
    """Whatever the type, the multiple, the penalty, f'(0), the sign of biases, and what predict gives."""
    assert causes_in(network) == []


def test_single_precision_mistakes_are_named() -> None:
    """In float32 a mistake is told from rounding."""
    network = Plain((3, 4, 2), dtype=np.float32, mistakes=("no_slope@1",))
    assert is_named(causes_in(network), "missing_activation_derivative@1")


def test_activations_of_an_earlier_loss_are_found() -> None:
    """Gradients that go back from what the last loss left behind are right after a loss of the same samples alone."""

    class Cached(Plain):
        def loss(self, arrays: Any, X: Any, Y: Any) -> float:
            _, _, Zs, As = self.forward(arrays, X)
            self.memory["cache"] = As, Zs
            return float(super().loss(arrays, X, Y))

    network = Cached((3, 4, 2), mistakes=("stale_activations",))
    assert is_named(causes_in(network), "stale_cache")


def test_weights_updated_first_are_found_at_any_rate() -> None:
    """The learning rate that they were updated with is fitted."""
    network = Plain((3, 4, 4, 2), "sigmoid", mistakes=("through_updated",))
    assert is_named(causes_in(network), "weights_updated_before_backprop")


def test_what_no_mistake_of_the_catalogue_explains_has_no_cause() -> None:
    """A gradient that is rounded is neither right nor named."""

    class Rounded(Plain):
        def gradients(self, arrays: Any, X: Any, Y: Any) -> Any:
            return [np.round(gradient, 2) for gradient in super().gradients(arrays, X, Y)]

    network = Rounded((2, 3, 1))
    X, Y = data_for(network)
    found = recognise(network, X, Y)
    assert found is not None
    assert name_mistakes(network, found, X, Y, budget=1.0) == []
