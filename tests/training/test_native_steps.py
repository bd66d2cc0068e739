"""Steps by the compiled executor against steps by Python: history, parameters and events to the last bit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from setups import Trained, setup

from runner.network.native.library import library
from runner.network.native.table import NativeSteps
from runner.training.feeding.native import runtime_of

WATCH = {"evaluate": 50, "units": "off", "sharpness": "off"}
PLANAR = {"dataset": {"name": "planar", "samples": 60}, "optimizer": {"name": "sgd", "lr": 1.2}}
DIGITS = {"dataset": {"name": "blobs", "samples": 50, "classes": 3}, "network": {"hidden": [7]}, "batch_size": 16}
LINE = {"dataset": {"name": "x_plus_one", "samples": 40}, "network": {"hidden": [3], "activation": "leaky_relu"}}
SGD = {"name": "sgd", "lr": 0.1}
DUE = {"evaluate": 1, "units": "log", "sharpness": "auto"}
OVERFLOWING = {
    **LINE,
    "network": {"hidden": [3], "activation": "identity"},
    "optimizer": {**SGD, "lr": 90.0},
    "steps": 400,
}

CASES: dict[str, dict[str, Any]] = {
    "full batch": PLANAR,
    "single precision": {**PLANAR, "dtype": "float32"},
    "batches with a rest": DIGITS,
    "batches, single precision": {**DIGITS, "dtype": "float32"},
    "one sample a step, in order": {**LINE, "batch_size": 1, "shuffle": False},
    "no hidden layer, no bias": {**PLANAR, "network": {"hidden": [], "bias": False}},
    "batch normalisation": {**DIGITS, "network": {"hidden": [5, 4], "batch_norm": True}, "batch_size": 25},
    "momentum, clipped, decayed": {**PLANAR, "optimizer": {**SGD, "momentum": 0.9, "clip_norm": 0.1, "l1": 0.01}},
    "nesterov": {**PLANAR, "optimizer": {**SGD, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}},
    "rmsprop": {**PLANAR, "optimizer": {"name": "rmsprop", "lr": 0.01}},
    "adam": {**DIGITS, "optimizer": {"name": "adam", "lr": 0.01}},
    "adamw, warmed up": {**PLANAR, "optimizer": {"name": "adamw", "schedule": {"name": "warmup", "steps": 30}}},
    "cosine": {**DIGITS, "optimizer": {**SGD, "schedule": {"name": "cosine"}}},
    "plateau": {
        **DIGITS,
        "optimizer": {"name": "adam", "lr": 0.5, "schedule": {"name": "plateau", "metric": "loss", "patience": 1}},
        "watch": {"evaluate": 3},
    },
    "something due at each step": {**PLANAR, "watch": DUE},
    "something due, batches, adam": {**DIGITS, "optimizer": {"name": "adam", "lr": 0.01}, "watch": DUE},
    "something due, not finite": {**OVERFLOWING, "watch": {**DUE, "on_nonfinite": "rollback"}},
    "huber": {**LINE, "loss": {"name": "huber"}, "optimizer": {**SGD, "lr": 1e-3}},
    "hinge": {**PLANAR, "network": {"output": "identity"}, "loss": {"name": "hinge"}},
    "smoothed labels, weighted classes": {**DIGITS, "loss": {"label_smoothing": 0.1, "class_weights": "balanced"}},
    "every third step watched": {**PLANAR, "watch": {"every": 3}},
    "nothing watched": {**PLANAR, "watch": {"every": 0}},
    "a fault": {**PLANAR, "faults": ["derivative_at_activation@1"]},
    "a fault that copies rows": {**PLANAR, "network": {"hidden": [1, 1]}, "faults": ["bias_sign_flipped"]},
    **{
        f"not finite: {policy}": {
            **OVERFLOWING,
            "watch": {"on_nonfinite": policy},
        }
        for policy in ("stop", "skip", "rollback", "continue")
    },
    **{
        name: {**PLANAR, "network": {"hidden": [3, 2], "activation": name}}
        for name in ("sigmoid", "relu", "elu", "gelu", "silu", "selu", "softplus")
    },
}


def trained(config: dict[str, Any], runtime: str) -> Trained:
    watch = {**WATCH, **config.get("watch", {})}
    return Trained(setup({"steps": 120, **config, "watch": watch}, runtime=runtime)).run()


@pytest.mark.parametrize("name", CASES)
def test_the_bits_are_those_of_python(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same history, parameters and events, whoever makes the calls; most steps are taken without Python."""
    taken = 0
    call = NativeSteps.__call__

    def counted(steps: NativeSteps, rows: Any, first: int, end: int) -> int:
        nonlocal taken
        reached = call(steps, rows, first, end)
        taken += reached - first if steps.checked else 0  # of a step in two halves, the second
        return reached

    by_python = trained(CASES[name], "python")
    monkeypatch.setattr(NativeSteps, "__call__", counted)
    native = trained(CASES[name], "auto")
    for column in by_python.history.columns:
        np.testing.assert_array_equal(native.history[column], by_python.history[column], err_msg=column)
    np.testing.assert_array_equal(native.theta, by_python.theta)
    assert native.events == by_python.events
    with np.errstate(over="ignore"):
        square = np.square(by_python.history["grad_norm"])  # where it overflows, Python looks closer
    finite = int((np.isfinite(by_python.history["loss"]) & ~np.isinf(square)).sum())
    assert taken >= (finite // 2 if library() is not None else 0)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"network": {"dropout": 0.2}}, "the random numbers of the masks"),
        ({"faults": ["output_ignores_input"]}, "first sample ever seen"),
        ({"runtime": "python"}, "as runtime=python asks"),
    ],
)
def test_what_is_left_to_python_is_named(more: dict[str, Any], why: str) -> None:
    """Where only Python can make a call, `show program --native` says which one."""
    said = runtime_of(setup({**PLANAR, **more}))
    assert said.startswith("Python makes the calls")
    assert why in said or library() is None


def test_the_page_can_be_followed(whynan: Any) -> None:
    """Every command of docs/runtime.md does what it says there."""
    page = (Path(__file__).parents[2] / "docs" / "runtime.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python -m runner (.+)$", page, re.MULTILINE)
    assert [whynan(command).code for command in commands[:2]] == [0, 0]
    assert whynan(f"{commands[2]} steps=5 tracking=none diagnosis=none").code == 0


def test_the_command_says_who_makes_the_calls(whynan: Any) -> None:
    """`show program --native` ends with it, and `--version` says whether anything is compiled."""
    runtime = "python" if library() is None else "native"
    assert whynan("--version").out.endswith(f"runtime {runtime}\n")
    last = whynan("show program dataset=xor --native").out.splitlines()[-1]
    assert last == f"# {runtime_of(setup({'dataset': {'name': 'xor'}}))}"
    assert "makes the calls" not in whynan("show program dataset=xor").out
