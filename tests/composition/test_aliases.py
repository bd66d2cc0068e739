"""Other names by which people know a loss, an activation, an optimiser, a start; and names of before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Whynan

from runner.composition.configuration import compose_settings
from runner.errors import UserError
from runner.settings import validate


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("loss=mse", "loss=squared_error"),
        ("loss=mae", "loss=absolute_error"),
        ("loss=bce", "loss=binary_cross_entropy"),
        ("loss.name=ce", "loss.name=categorical_cross_entropy"),
        ("network.activation=logistic", "network.activation=sigmoid"),
        ("network.activation=[lrelu]", "network.activation=[leaky_relu]"),
        ("network.activation={name: leakyrelu, slope: 0.2}", "network.activation={name: leaky_relu, slope: 0.2}"),
        ("network.output=linear", "network.output=identity"),
        ("optimizer=gd", "optimizer=sgd"),
        ("init=glorot", "init=xavier"),
        ("init.weights=kaiming", "init.weights=he"),
        ("+experiment=xor", "experiment=xor"),
        ("experiment=mended/planar", "experiment=fixed/planar"),
        ("sweep.mends=true", "sweep.fixes=true"),
    ],
)
def test_other_names_mean_the_same(typed: str, meant: str) -> None:
    """What is typed gives the settings, and so the records, of the name that is shown."""
    assert compose_settings([typed]) == compose_settings([meant])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("loss=msee", "unknown loss 'msee'"),
        ("network.activation=mish", "unknown activation 'mish'"),
        ("experiment=mended/nothing", "unknown experiment 'fixed/nothing'"),
        ("+experiment=xro", "did you mean 'xor'?"),
    ],
)
def test_names_of_nothing_are_refused(typed: str, said: str) -> None:
    """A name that isn't known is a mistake like any other."""
    with pytest.raises(UserError, match=said.replace("?", r"\?")):
        compose_settings([typed])


def test_records_of_before_are_read() -> None:
    """Runs that recorded a setting under its former name can be repeated."""
    assert validate({"sweep": {"mends": True}}).sweep.fixes


def test_former_names_are_noticed(whynan: Whynan, folder: Path) -> None:
    """They work, in a sweep, too, and the notice is printed once, apart from the results."""
    said = whynan("-m experiment=mended/xor,mended/and steps=5 tracking=none diagnosis=none hydra.sweep.dir=s")
    assert said.code == 0, said.err
    assert said.err.count("note: experiment=mended/NAME is now experiment=fixed/NAME") == 1
    factors = json.loads((folder / "s/sweep.json").read_text())["factors"]
    assert factors == {"experiment": ["fixed/xor", "fixed/and"]}


def test_other_names_in_a_sweep(whynan: Whynan, folder: Path) -> None:
    """Each of several is replaced, and what is recorded has the names that are shown."""
    said = whynan(
        "-m dataset=x_plus_one loss=mse,mae init=glorot,he steps=5 tracking=none diagnosis=none hydra.sweep.dir=s"
    )
    assert said.code == 0, said.err
    factors = json.loads((folder / "s/sweep.json").read_text())["factors"]
    assert factors == {"loss": ["squared_error", "absolute_error"], "init": ["xavier", "he"]}
