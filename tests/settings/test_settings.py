"""What the settings take, what they refuse, and in which words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from problems_of import problems_of

from runner.errors import UserError
from runner.network.activations import ACTIVATIONS
from runner.network.initialisers import INITIALISERS
from runner.network.losses import LOSSES
from runner.settings import Settings, validate


def test_the_defaults_are_those_of_the_default_experiment() -> None:
    """An empty configuration is the planar flower with four tanh units and gradient descent at 1.2."""
    settings = validate({})
    assert (settings.seed, settings.rng, settings.steps, settings.dtype) == (0, "pcg64", 4000, "float64")
    assert (settings.epochs, settings.batch_size, settings.fail_on, settings.faults) == (None, None, (), ())
    assert settings.dataset.name == "planar"
    assert settings.network.hidden == (4,)
    assert [activation.name for activation in settings.network.hidden_activations] == ["tanh"]
    assert (settings.network.output.name, settings.network.bias) == ("auto", True)
    assert (settings.init.weights.name, settings.init.bias.name, settings.init.seed) == ("xavier", "zeros", None)
    assert settings.loss.model_dump() == {
        "name": "auto",
        "reduction": "mean",
        "epsilon": 0.0,
        "from_logits": True,
        "delta": 1.0,
        "label_smoothing": 0.0,
        "class_weights": None,
    }
    assert settings.optimizer.model_dump() == {
        "name": "sgd",
        "lr": 1.2,
        "momentum": 0.0,
        "nesterov": False,
        "weight_decay": 0.0,
        "l1": 0.0,
        "clip_norm": None,
        "schedule": {"name": "constant"},
    }
    assert settings.watch.on_nonfinite == "stop"
    assert (settings.checkpoint.every, settings.checkpoint.keep) == (None, 2)
    assert (settings.tracking.uri, settings.tracking.points) == (None, 200)


def test_settings_cannot_be_changed() -> None:
    """What was validated stays as it was."""
    with pytest.raises(ValueError, match="frozen"):
        validate({}).seed = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_can_be_named(name: str) -> None:
    """An entry of the registry of activations is a word of the configuration, with its parameters."""
    bare = validate({"network": {"hidden": [3, 2], "activation": name}}).network.hidden_activations
    assert [activation.parameters for activation in bare] == [ACTIVATIONS[name].parameters] * 2
    changed = {parameter: value + 0.5 for parameter, value in ACTIVATIONS[name].parameters.items()}
    output = validate({"network": {"output": {"name": name, **changed}}}).network.output
    assert output.model_dump() == {"name": name, **changed}


@pytest.mark.parametrize("name", [name for name in INITIALISERS if name != "explicit"])
def test_every_initialiser_can_be_named(name: str) -> None:
    """An entry of the registry of initialisers is a word of the configuration."""
    assert validate({"init": {"weights": name, "bias": {"name": name}}}).init.weights.name == name


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_can_be_named(name: str) -> None:
    """An entry of the registry of losses is a word of the configuration."""
    assert validate({"loss": {"name": name}}).loss.name == name


def test_layers_may_have_activations_of_their_own() -> None:
    """A list gives one activation to each hidden layer, some with parameters."""
    activations = ["relu", {"name": "leaky_relu", "slope": 0.2}]
    network = validate({"network": {"hidden": [8, 4], "activation": activations}}).network
    assert [(one.name, one.parameters) for one in network.hidden_activations] == [
        ("relu", {}),
        ("leaky_relu", {"slope": 0.2}),
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("cosine", {"name": "cosine", "final": 0.0}),
        ("step", {"name": "step", "every": 1000, "factor": 0.5}),
        ({"name": "step", "every": 10}, {"name": "step", "every": 10, "factor": 0.5}),
        ({"name": "warmup", "steps": 5}, {"name": "warmup", "steps": 5}),
        ("exponential", {"name": "exponential", "every": 1000, "factor": 0.5}),
        ({"name": "milestones", "at": [10, 20]}, {"name": "milestones", "at": (10, 20), "factor": 0.1}),
    ],
)
def test_a_schedule_is_a_name_or_a_mapping(given: Any, expected: dict[str, Any]) -> None:
    """A bare name stands for the schedule with its defaults."""
    optimizer = validate({"optimizer": {"name": "adam", "schedule": given}}).optimizer
    assert optimizer.schedule.model_dump() == expected


def test_whole_numbers_do_for_real_ones() -> None:
    """`lr: 1` means 1.0."""
    assert validate({"optimizer": {"name": "sgd", "lr": 1}}).optimizer.lr == 1.0


def test_a_bare_off_is_a_word() -> None:
    """YAML reads `units: off` as false, which is not what was meant."""
    watch = validate({"watch": {"units": False, "sharpness": False}}).watch
    assert (watch.units, watch.sharpness) == ("off", "off")


def test_a_bare_nan_is_an_outcome() -> None:
    """Hydra reads `fail_on=[nan]` as a number, which is not what was meant."""
    assert validate({"fail_on": [math.nan, "diverged"]}).fail_on == ("nan", "diverged")


def test_a_subject_may_be_its_path() -> None:
    """`subject=FILE:NAME` is short for `subject.path`."""
    assert validate({"subject": "net.py:NAME"}).subject.path == "net.py:NAME"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"optimizer": {"name": "sgd", "lr": -1}}, "optimizer.lr: must be greater than 0"),
        ({"optimizer": {"name": "sgd", "lr": math.nan}}, "optimizer.lr: must be a finite number"),
        ({"optimizer": {"name": "sgd", "lr": "fast"}}, "optimizer.lr: must be a number, or auto"),
        ({"optimizer": {"name": "sgd", "lr": True}}, "optimizer.lr: must be a number"),
        ({"optimizer": {"name": "sgd", "momentum": 1}}, "optimizer.momentum: must be less than 1"),
        ({"optimizer": {"name": "sgd", "nesterov": True}}, "optimizer.nesterov: needs a momentum above 0"),
        ({"optimizer": {"name": "adam", "clip_norm": 0}}, "optimizer.clip_norm: must be greater than 0"),
        ({"optimizer": {"name": "adamw", "l1": -1e-9}}, "optimizer.l1: must be at least 0"),
        ({"optimizer": {"schedule": "milestones", "name": "sgd"}}, "optimizer.schedule.at: is missing"),
        (
            {"optimizer": {"name": "sgd", "schedule": {"name": "milestones", "at": [9, 9]}}},
            "optimizer.schedule.at: must be steps in rising order",
        ),
        (
            {"optimizer": {"name": "sgd", "schedule": {"name": "milestones", "at": [0, 9]}}},
            "optimizer.schedule.at[0]: must be at least 1",
        ),
        (
            {"optimizer": {"name": "sgd", "schedule": {"name": "exponential", "factor": 0}}},
            "optimizer.schedule.factor: must be greater than 0",
        ),
        ({"optimizer": 3}, "optimizer: must be a name, or a mapping with a name"),
        ({"steps": 0}, "steps: must be at least 1"),
        ({"steps": 1.5}, "steps: must be a whole number"),
        ({"steps": True}, "steps: must be a whole number"),
        ({"seed": 2**32}, "seed: must be at most 4294967295"),
        ({"network": None}, "network: must be a mapping of keys"),
        ({"network": {"hidden": 8}}, "network.hidden: must be a list"),
        ({"network": {"hidden": [4, 0]}}, "network.hidden[1]: must be at least 1"),
        ({"network": {"bias": 1}}, "network.bias: must be true or false"),
        (
            {"network": {"hidden": [8], "activation": ["relu", "tanh"]}},
            "network.activation: names 2 activations for 1 hidden layers; give one name, or one per layer",
        ),
        ({"faults": ["sign_flipped@1=2"]}, "faults[0]: sign_flipped takes no value: leave =2 out"),
        ({"faults": ["sign_flipped", "@"]}, "faults[1]: must be NAME, NAME@LAYER, NAME=VALUE or NAME@LAYER=VALUE"),
        (
            {"faults": ["bias_sign_flipped=back"]},
            "faults[0]: bias_sign_flipped has no 'back'; allowed: forward, gradient",
        ),
        ({"early_stop": {"metric": "loss"}}, "early_stop.patience: must be set when early_stop.metric is"),
        ({"early_stop": {"patience": 3}}, "early_stop.metric: must be set when early_stop.patience is"),
        (
            {"early_stop": {"metric": "valid_loss", "patience": 3}},
            "early_stop.metric: needs a validation split: set dataset.valid_fraction",
        ),
        (
            {"loss": {"reduction": "maen"}},
            "loss.reduction: can't be 'maen'; did you mean 'mean'?; allowed: mean, sum",
        ),
        (
            {"optimizer": {"name": "adm"}},
            "optimizer.name: unknown optimizer 'adm'; did you mean 'adam'?; allowed: sgd, rmsprop, adam, adamw, lbfgs",
        ),
        (
            {"optimizer": {"lr": 0.1}},
            "optimizer.name: is missing: which optimizer?; allowed: sgd, rmsprop, adam, adamw, lbfgs",
        ),
        (
            {"init": {"weights": {"name": "normal", "sdt": 1}}},
            "init.weights.sdt: unknown key 'sdt' in init.weights (normal); did you mean 'std'?; "
            "allowed: name, mean, std",
        ),
        (
            {"network": {"hidden": [2], "activation": [{"name": "leaky_relu", "slope": 1.5}]}},
            "network.activation[0].slope: must be at most 1",
        ),
        (
            {"network": {"hidden": [2], "activation": [{"name": "leaky_relu", "slope": "steep"}]}},
            "network.activation[0].slope: must be a number, not text",
        ),
        (
            {"init": {"weights": {"name": "explicit", "values": [[[1, 2]], [[3], ["a"]]]}}},
            "init.weights.values[1][1][0]: must be a number, not text",
        ),
        (
            {"init": {"weights": {"name": "explicit", "values": [[[1, 2]], "a"]}}},
            "init.weights.values[1]: must be a list",
        ),
        (
            {"fail_on": ["divergd"]},
            "fail_on[0]: unknown outcome 'divergd'; did you mean 'diverged'?; "
            "allowed: nan, diverged, stalled, converged, finished, interrupted, failed",
        ),
        (
            {"loss": {"class_weights": "balence"}},
            "loss.class_weights: unknown class weights 'balence'; did you mean 'balanced'?; "
            "allowed: null, balanced, [1, 30]: a number for each class",
        ),
        ({"loss": {"class_weights": [1]}}, "loss.class_weights: must have at least 2 entries"),
        ({"loss": {"class_weights": [1, 0]}}, "loss.class_weights[1]: must be greater than 0"),
        ({"loss": {"label_smoothing": 1.0}}, "loss.label_smoothing: must be less than 1"),
        ({"loss": {"name": "hinge", "label_smoothing": 0.1}}, "loss.label_smoothing: needs a cross-entropy, not hinge"),
        ({"loss": {"name": "mse", "delta": 2.0}}, "loss.delta: belongs to huber, not to squared_error"),
        ({"loss": {"name": "huber", "delta": 0.0}}, "loss.delta: must be greater than 0"),
        (
            {"checkpoint": {"evry": 1}},
            "checkpoint.evry: unknown key 'evry' in checkpoint; did you mean 'every'?; allowed: every, keep",
        ),
    ],
)
def test_a_mistake_is_reported_with_its_path(config: dict[str, Any], expected: str) -> None:
    """Each mistake says where it is, what would do, and what was probably meant."""
    assert problems_of(config) == [expected]


def test_all_mistakes_are_reported_at_once() -> None:
    """Mistakes in different groups, unknown keys included, come together."""
    found = problems_of(
        {"stepz": 3, "seed": -1, "optimizer": {"name": "sgd", "lr": 0}, "init": {"weights": "hee", "sed": 0}}
    )
    assert [problem.partition(":")[0] for problem in found] == [
        "seed",
        "init.weights",
        "init.sed",
        "optimizer.lr",
        "stepz",
    ]


@pytest.mark.parametrize(
    "place", [{}, {"init": {}}, {"init": {"weights": {"name": "he"}}}, {"optimizer": {"name": "sgd"}}]
)
def test_code_cannot_be_named(place: dict[str, Any]) -> None:
    """`_target_`, by which Hydra runs any function, is an unknown key everywhere."""
    innermost = place
    while any(isinstance(value, dict) for value in innermost.values()):
        innermost = next(value for value in innermost.values() if isinstance(value, dict))
    innermost["_target_"] = "os.system"
    assert "unknown key '_target_'" in problems_of(place)[0]


def test_a_value_of_two_forms_is_reported_once() -> None:
    """A row of explicit values is a list or a number: what is neither is one mistake, not two."""
    values = [[["a", 1], None]]
    assert problems_of({"init": {"weights": {"name": "explicit", "values": values}}}) == [
        "init.weights.values[0][0][0]: must be a number, not text",
        "init.weights.values[0][1]: must be a list",
    ]


def test_a_value_from_a_file_is_reported_with_it() -> None:
    """The YAML is named for what stands in it, and not for what was typed."""
    config = {"steps": 0, "network": {"hidden": [3, 0]}, "seed": -1}
    files = {"steps": "conf/config.yaml", "network.hidden": "conf/network/mine.yaml"}
    assert problems_of(config, files) == [
        "seed: must be at least 0",
        "steps: must be at least 1; in conf/config.yaml",
        "network.hidden[1]: must be at least 1; in conf/network/mine.yaml",
    ]


def test_a_mistake_keeps_the_value_given() -> None:
    """The problem holds the value as it was written, brackets and all."""
    with pytest.raises(UserError) as caught:
        validate({"network": {"hidden": "[8]"}})
    assert caught.value.problems[0].given == "[8]"


def test_a_valid_model_is_its_own_setting() -> None:
    """Settings made in Python can be given as they are."""
    settings = validate({"optimizer": "adam"})
    assert Settings(optimizer=settings.optimizer).optimizer.name == "adam"


def test_arrays_are_data_as_lists_are() -> None:
    """Arrays may stand where lists do, beside `???` for what must be given."""
    X = np.arange(6.0).reshape(3, 2)
    assert validate({"dataset": {"name": "inline", "X": X, "Y": [0, 1, 2]}}).dataset.name == "inline"
    assert problems_of({"dataset": {"name": "inline", "X": X, "Y": "???"}}) == ["dataset.Y: must be given"]
