"""The paths that the schema knows."""

from __future__ import annotations

from runner.datasets import FAMILIES
from runner.network.initialisers import INITIALISERS
from runner.settings import Settings, known_paths
from runner.settings.keys import model_at


def test_the_paths_of_every_choice_are_known() -> None:
    """A key of any choice is a path, whichever choice is made."""
    for group, registry in (("dataset", FAMILIES), ("init.weights", INITIALISERS), ("init.bias", INITIALISERS)):
        for model in registry.values():
            assert {f"{group}.{key}" for key in model.model_fields} <= known_paths()


def test_paths_go_as_deep_as_the_mappings() -> None:
    """Groups, keys, and keys of keys are paths; elements of lists are not."""
    assert {"network", "network.hidden", "optimizer.schedule.every", "subject.names.loss"} <= known_paths()
    assert "network.hidden.0" not in known_paths()


def test_the_model_of_a_choice_follows_its_name() -> None:
    """What checks `optimizer` depends on the name that stands in it."""
    config = {"optimizer": {"name": "adam", "schedule": "step"}}
    adam = model_at(Settings, config, ("optimizer",))
    schedule = model_at(Settings, config, ("optimizer", "schedule"))
    assert adam is not None
    assert "beta1" in adam.model_fields
    assert schedule is not None
    assert "factor" in schedule.model_fields


def test_nothing_checks_what_no_choice_was_made_for() -> None:
    """Without a known name there is no model."""
    assert model_at(Settings, {"optimizer": {"name": "adm"}}, ("optimizer",)) is None
    assert model_at(Settings, {}, ("nonsense",)) is None
