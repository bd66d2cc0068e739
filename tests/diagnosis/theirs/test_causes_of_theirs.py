"""Why a run of somebody's own network broke: the first cause, its line or its YAML, and nothing for healthy runs."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runner.diagnosis.case import Case
from runner.diagnosis.diagnose import Leave, diagnose
from runner.files.events import Event
from runner.files.finding import Finding
from runner.settings import validate
from runner.training.conclusion import conclude
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.recorder import history_columns
from runner.training.setup import prepare
from runner.training.stopping import Interruption

pytestmark = pytest.mark.usefixtures("warm_workers")

OWN = Path(__file__).resolve().parents[2] / "subjects" / "own"


@dataclass(frozen=True)
class Broken:
    """A network with a mistake, written as a replacement, and the causes of which the first must be one."""

    file: str
    name: str
    dataset: dict[str, Any]
    lr: float
    causes: tuple[str, ...]
    steps: int = 800
    replace: tuple[str, str] = ("", "")
    subject: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


XOR, SINE, CIRCLES = {"name": "xor"}, {"name": "sine"}, {"name": "circles", "samples": 60}
FLOWER = {"args": {"hidden_layers": [4], "num_iterations": 1}}
BROKEN = {
    "slope left out": Broken("attributes", "ForgottenSlope", CIRCLES, 1.0, ("missing_activation_derivative",)),
    "sign": Broken("attributes", "Attributes", XOR, 0.5, ("sign_flipped",), replace=("(P - Y) /", "(Y - P) /")),
    "from zeros": Broken("attributes", "StartsAtZero", XOR, 1.0, ("symmetric_units",)),
    "huge rate": Broken("attributes", "Attributes", XOR, 300.0, ("learning_rate_too_high",)),
    "tiny rate": Broken("attributes", "Attributes", XOR, 0.001, ("learning_rate_too_low",), steps=400),
    "raw inputs": Broken(
        "decay_relu",
        "Neural_Network",
        {"name": "x_plus_one", "standardize": "none"},
        0.01,
        ("unscaled_inputs",),
        steps=300,
    ),
    "rate on a regression": Broken("global_arrays", "", SINE, 5.0, ("learning_rate_too_high",)),
    "its own rate": Broken(
        "layered",
        "LayeredNet",
        SINE,
        20.0,
        ("learning_rate_too_high",),
        subject={"update": "theirs", "args": {"sizes": [1, 12, 1]}},
    ),
    "bias input of the deltas": Broken(
        "zero_bias_input",
        "ZeroBias",
        SINE,
        0.1,
        ("bias_leaks_into_delta", "wrong_gradient", "delta_uses_weight_gradient"),
        replace=("self.W[layer][1:].T", "self.W[layer][:-1].T"),
    ),
    "flower without its slope": Broken(
        "flower",
        "BinaryClassifier",
        {"name": "planar", "samples": 100},
        0.5,
        ("missing_activation_derivative", "wrong_gradient", "wrong_activation_derivative"),
        steps=500,
        replace=("(self.Z[layer] > 0)", "(self.Z[layer] > -1e9)"),
        subject=FLOWER,
    ),
    "functions with the wrong weights": Broken(
        "ng_functions",
        "",
        {"name": "planar", "samples": 100},
        1.2,
        ("derivative_formula_on_preactivation", "missing_activation_derivative", "wrong_gradient"),
        replace=(' * (1 - cache["A1"] ** 2)', ""),
    ),
    "an update with arguments": Broken(
        "../broken/d3_derivative_of_tanh",
        "MLP",
        CIRCLES,
        0.02,
        ("derivative_at_activation",),
        steps=40,
        subject={"args": {"hidden": 6}},
    ),
    "a softmax from zeros": Broken(
        "../broken/d4_zero_start",
        "TwoLayer",
        {"name": "blobs", "samples": 60},
        0.1,
        ("symmetric_units",),
        steps=60,
        subject={"args": {"hidden_dim": 8}},
    ),
    "functions and their update": Broken(
        "../broken/d10_functions_sign",
        "",
        CIRCLES,
        1.2,
        ("sign_flipped",),
        steps=60,
        subject={"update": "theirs", "args": {"n_h": 4}},
    ),
    "softmax of one class": Broken(
        "softmax_batches",
        "Softmax",
        {"name": "digits"},
        50.0,
        ("learning_rate_too_high",),
        steps=1,
        subject={"args": {"hidden": 16}},
        more={"epochs": 2, "batch_size": 64},
    ),
}
HEALTHY = {
    "class": ("attributes.py:Attributes", XOR, 1.0, 1500, {}),
    "functions": ("ng_functions.py", {"name": "planar", "samples": 200}, 1.2, 1500, {}),
    "its own Adam": ("own_adam.py:AdamNet", CIRCLES, 0.02, 600, {"update": "theirs"}),
    "functions and their update": ("../broken/h7_chain.py", CIRCLES, 1.0, 600, {"update": "theirs"}),
    "layers": ("layered.py:LayeredNet", SINE, 0.1, 1500, {"args": {"sizes": [1, 12, 1]}}),
    "arrays of the module": ("global_arrays.py", SINE, 0.05, 1500, {}),
}


def findings(config: dict[str, Any], leave: Leave = lambda file, patch: "") -> tuple[str, list[Finding]]:
    """The outcome and the findings of a run in memory."""
    setup, events = prepare(validate(config)), list[Event]()
    training = Training(setup, History(history_columns(setup)), events.append, Listener(), None)
    try:
        training.run(Interruption())
        conclusion = conclude(training)
        return conclusion.outcome, diagnose(Case.of(training, events, conclusion), ("dataset=xor",), leave=leave)
    finally:
        setup.network.close()


@pytest.mark.parametrize("case", BROKEN.values(), ids=list(BROKEN))
def test_the_cause_of_a_broken_run_comes_first(case: Broken, tmp_path: Path) -> None:
    """A mistake in the code by its name and line, a setting by a fix that has been run."""
    source = (OWN / f"{case.file}.py").read_text()
    assert case.replace[0] in source
    file = tmp_path / "net.py"
    file.write_text(source.replace(*case.replace) if case.replace[0] else source)
    subject = {"path": f"{file}:{case.name}" if case.name else str(file), **case.subject}
    optimizer = {"name": "sgd", "lr": case.lr}
    config = {"subject": subject, "dataset": case.dataset, "optimizer": optimizer, "steps": case.steps, **case.more}
    outcome, found = findings(config)
    assert [finding.cause for finding in found][:1] != [], outcome
    first = found[0]
    assert first.cause in case.causes
    in_code = first.where.get("file") == "net.py" and "line" in first.where
    assert in_code or first.verified is not None or first.cause == "symmetric_units"


def test_a_corrected_line_is_trained_before_it_is_shown(tmp_path: Path) -> None:
    """A copy of the file learns with it; the patch that is left corrects the file, which is as it was."""
    file, right = tmp_path / "net.py", (OWN / "attributes.py").read_text()
    wrong = right.replace("(P - Y) /", "(Y - P) /", 1)
    file.write_text(wrong)
    left: list[str] = []

    def leave(where: Path, patch: str) -> str:
        assert where == file
        left.append(patch)
        return "patch net.py fix_1.diff"

    subject = {"path": f"{file}:Attributes", "args": {"hidden": 8}}
    optimizer = {"name": "sgd", "lr": 0.5}
    config = {"subject": subject, "dataset": CIRCLES, "optimizer": optimizer, "steps": 300}
    outcome, (first, *_) = findings(config, leave)
    assert (first.cause, outcome) == ("sign_flipped", "diverged")
    assert first.verified is not None
    assert first.verified.before == "diverged"
    assert first.verified.after in ("finished", "converged")
    assert first.verified.command == "patch net.py fix_1.diff"
    assert [text[:1] for text in first.prescription] == ["-", "+"]
    (tmp_path / "fix.diff").write_text(left[0])
    assert file.read_text() == wrong
    subprocess.run(["patch", "net.py", "fix.diff"], cwd=tmp_path, check=True, capture_output=True)
    assert "".join(file.read_text().split()) == "".join(right.split())


@pytest.mark.parametrize("case", HEALTHY.values(), ids=list(HEALTHY))
def test_nothing_is_said_of_a_healthy_run(case: tuple[Any, ...]) -> None:
    """No finding where a network has learnt its data."""
    path, dataset, lr, steps, subject = case
    optimizer = {"name": "sgd", "lr": lr}
    config = {"subject": {"path": str(OWN / path), **subject}, "dataset": dataset, "optimizer": optimizer}
    assert findings({**config, "steps": steps})[1] == []
