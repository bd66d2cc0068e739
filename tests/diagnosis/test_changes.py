"""Changes of a configuration: what is typed and what is run are the same."""

import shlex

import pytest

from runner.composition.configuration import compose_settings
from runner.diagnosis.fixes.changes import Change, amended, combined, command, quoted

FIXES = [
    (["dataset=xor", "optimizer.lr=100"], (Change("optimizer.lr", 0.05),)),
    (["experiment=post/planar"], (Change("optimizer.lr", 0.12),)),
    (["experiment=post/planar"], (Change("init.weights", "xavier"), Change("init.bias", "zeros"))),
    (["experiment=post/planar"], (Change("loss.from_logits", True),)),
    (["init=normal", "init.weights.std=30"], (Change("init.weights", "he"),)),
    (
        ["init=constant", "init.weights.value=0.5", "init.bias.name=constant", "+init.bias.value=3"],
        (Change("init.weights", "he"), Change("init.bias", "zeros")),
    ),
    (
        ["experiment=post/x_plus_one", "optimizer.lr=1e-8"],
        (Change("faults", ()), Change("dataset.standardize", "both")),
    ),
    (["experiment=post/softmax_overflow"], (Change("faults", ("softmax_over_batch",)),)),
    (["experiment=sine"], (Change("network.hidden", (8, 8)), Change("network.activation", "relu"))),
    (["experiment=digits", "epochs=3"], (Change("epochs", 30),)),
    (
        ["loss=squared_error", "network.output=identity"],
        (Change("loss.name", "auto"), Change("network.output", "auto")),
    ),
    (["network={hidden: [3], activation: {name: leaky_relu, slope: 0.3}}"], (Change("network.activation", "tanh"),)),
    (
        ["experiment=xor", "optimizer.weight_decay=0.01"],
        (Change("optimizer", "adam"), Change("optimizer.lr", 0.05), Change("optimizer.weight_decay", 0.01)),
    ),
    (["optimizer.clip_norm=null"], (Change("optimizer.clip_norm", 1.0),)),
    (["faults=[sign_flipped]", "tracking=none"], (Change("faults", ()),)),
]


@pytest.mark.parametrize(("overrides", "fix"), FIXES)
def test_the_printed_command_makes_the_settings_that_were_run(overrides, fix):
    """What stands in the command composes to what the diagnosis has run."""
    program, flag, module, *typed = shlex.split(command(overrides, fix))
    assert (program, flag, module) == ("python", "-m", "runner")
    assert compose_settings(typed) == amended(compose_settings(overrides), fix)


def test_a_number_is_what_is_printed_of_it():
    """A rate is rounded to what is printed, so that typing it repeats the run."""
    change = Change("optimizer.lr", 0.0123456)
    assert str(change) == "optimizer.lr=0.0123"
    assert change.value == 0.0123


def test_a_change_that_changes_nothing_is_none():
    """A configuration that says so already has no version that is changed."""
    settings = compose_settings(["optimizer.lr=0.5"])
    assert amended(settings, (Change("optimizer.lr", 0.5),)) is None


def test_a_change_that_is_not_allowed_is_none():
    """What the schema refuses can't be run."""
    assert amended(compose_settings([]), (Change("optimizer.lr", -1.0),)) is None


def test_of_several_changes_of_one_value_the_last_holds():
    """Two fixes together have each path once."""
    one, other = (Change("optimizer.lr", 0.1), Change("steps", 3)), (Change("optimizer.lr", 0.2),)
    assert [str(change) for change in combined(one, other)] == ["optimizer.lr=0.2", "steps=3"]


@pytest.mark.parametrize(
    ("override", "typed"),
    [
        ("optimizer.lr=1e-5", "optimizer.lr=1e-5"),
        ("faults=[]", "'faults=[]'"),
        ("network.hidden=[8,8]", "'network.hidden=[8,8]'"),
        ("dataset.formula='sin(x)'", "\"dataset.formula='sin(x)'\""),
    ],
)
def test_what_a_shell_would_take_apart_is_quoted(override, typed):
    """Brackets are quoted for zsh, plain words stay as they are."""
    assert quoted(override) == typed
    assert shlex.split(typed) == [override]
