"""Which settings runs may differ in and still be trained side by side: derived from the models of the settings."""

from __future__ import annotations

from typing import Any

import pytest

from runner.settings import validate
from runner.settings.sharing import likeness, trial

LEAKY = {"name": "leaky_relu", "slope": 0.1}


def section(path: str, value: Any) -> dict[str, Any]:
    """The configuration that sets one key."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return dict(value)


@pytest.mark.parametrize(
    ("path", "value", "other"),
    [
        ("seed", 1, 2),
        ("dataset", {"name": "planar"}, {"name": "planar", "seed": 3}),
        ("init", {"weights": "he"}, {"weights": {"name": "normal", "std": 0.1}}),
        ("tracking.enabled", True, False),
        ("optimizer", {"name": "sgd", "lr": 0.1}, {"name": "sgd", "lr": 1.0}),
        ("optimizer", {"name": "adam", "beta1": 0.9}, {"name": "adam", "beta1": 0.5}),
        ("optimizer", {"name": "sgd", "clip_norm": 1.0}, {"name": "sgd", "clip_norm": 2.0}),
        ("loss.epsilon", 1e-3, 1e-6),
        ("network.activation", LEAKY, {**LEAKY, "slope": 0.3}),
        ("network.activation", [LEAKY], [{**LEAKY, "slope": 0.3}]),
    ],
)
def test_numbers_of_each_run(path: str, value: Any, other: Any) -> None:
    """Runs that differ in these alone can share a pack."""
    assert likeness(validate(section(path, value))) == likeness(validate(section(path, other)))


@pytest.mark.parametrize(
    ("path", "value", "other"),
    [
        ("steps", 10, 20),
        ("network.hidden", [4], [5]),
        ("network.activation", LEAKY, "relu"),
        ("optimizer", {"name": "sgd"}, {"name": "sgd", "momentum": 0.9}),
        ("optimizer", {"name": "sgd"}, {"name": "sgd", "clip_norm": 1.0}),
        ("optimizer", {"name": "sgd"}, {"name": "sgd", "weight_decay": 0.1}),
        ("optimizer", {"name": "sgd"}, {"name": "sgd", "schedule": "cosine"}),
        ("loss.epsilon", 0.0, 1e-3),
        ("dataset", "xor", "and"),
        ("sweep.halving", None, 3),
    ],
)
def test_what_makes_another_program(path: str, value: Any, other: Any) -> None:
    """Runs that differ in these have other calls, or are steered otherwise."""
    assert likeness(validate(section(path, value))) != likeness(validate(section(path, other)))


def test_the_start_is_tried() -> None:
    """Data may rule out a start, so runs of other starts are tried apart, but not those of other seeds."""
    he, xavier, seeded = (
        validate({"init": {"weights": name}, "seed": seed}) for name, seed in (("he", 0), ("xavier", 0), ("he", 7))
    )
    assert trial(he) != trial(xavier)
    assert trial(he) == trial(seeded)
