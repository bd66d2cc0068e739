"""Classes of `tests/subjects/blind`, written before the program was run on them: the true cause first, with its fix."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runner.diagnosis.case import Case
from runner.diagnosis.diagnose import diagnose
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

BLIND = Path(__file__).resolve().parents[2] / "subjects" / "blind"


@dataclass(frozen=True)
class Blind:
    """A network with what breaks it: replacements in its file, settings; the cause, and a text of the changed lines."""

    file: str
    causes: tuple[str, ...]
    dataset: dict[str, Any]
    lr: float
    steps: int
    replace: tuple[tuple[str, str], ...] = ()
    subject: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    line: str = ""


SINE, XOR, CIRCLES = {"name": "sine", "samples": 60}, {"name": "xor"}, {"name": "circles", "samples": 60}
CASES = {
    "biases of -20": Blind(
        "layer_objects.py:Model",
        ("dead_units",),
        SINE,
        0.02,
        300,
        (("self.bias = np.zeros(n_out)", "self.bias = np.full(n_out, -20.0)"),),
        more={"network": {"hidden": [12]}},
        line="self.bias = np.zeros(n_out)",
    ),
    "equal weights": Blind(
        "two_layer.py:TwoLayerNet",
        ("symmetric_units",),
        {"name": "blobs", "samples": 60},
        0.3,
        120,
        (
            ("np.random.normal(0, weight_scale, (input_dim, hidden_dim))", "np.full((input_dim, hidden_dim), 0.1)"),
            ("np.random.normal(0, weight_scale, (hidden_dim, num_classes))", "np.full((hidden_dim, num_classes), 0.1)"),
        ),
        {"args": {"input_dim": 2, "hidden_dim": 8, "num_classes": 3}},
        line="self.params['W1'] = np.random.normal(",
    ),
    "six layers of sigmoids": Blind(
        "deep_functions.py",
        ("vanishing_gradient",),
        {"name": "circles", "samples": 200},
        0.3,
        2000,
        (("return np.tanh(Z)", "return 1 / (1 + np.exp(-Z))"), ("return 1 - A ** 2", "return A * (1 - A)")),
        more={"network": {"hidden": [8, 8, 8, 8, 8]}},
        line="np.random",
    ),
    "a slope of what goes in": Blind(
        "one_record.py:Network",
        ("derivative_formula_on_preactivation", "wrong_gradient"),
        XOR,
        0.5,
        300,
        (("* hidden_outputs * (1.0 - hidden_outputs)", "* hidden_inputs * (1.0 - hidden_inputs)"),),
        {"update": "theirs", "args": {"nhid": 6}},
    ),
    "the wrong column, and learnt": Blind(
        "list_of_weights.py:NeuralNetwork",
        ("bias_leaks_into_delta",),
        XOR,
        5.0,
        2000,
        (("self.weights[-i][:, 1:])", "self.weights[-i][:, :-1])"),),
        more={"network": {"hidden": [4]}},
        line="self.weights[-i][:, 1:])",
    ),
    "no input for the bias": Blind(
        "bias_column.py:NeuralNetwork",
        ("bias_gradient_missing", "first_bias_input_zero", "wrong_gradient"),
        SINE,
        0.1,
        300,
        (("        ones = np.ones((X.shape[0], 1))\n", "        ones = np.zeros((X.shape[0], 1))\n"),),
        {"update": "theirs"},
        {"network": {"hidden": [10]}},
    ),
}


def findings(config: dict[str, Any]) -> list[Finding]:
    """The findings of a run in memory."""
    setup, events = prepare(validate(config)), list[Event]()
    training = Training(setup, History(history_columns(setup)), events.append, Listener(), None)
    try:
        training.run(Interruption())
        return diagnose(Case.of(training, events, conclude(training)))
    finally:
        setup.network.close()


def config_of(case: Blind, file: Path, lr: float, steps: int) -> dict[str, Any]:
    """The settings of a case with its network in a file."""
    name = case.file.partition(":")[2]
    subject = {"path": f"{file}:{name}" if name else str(file), **case.subject}
    optimizer = {"name": "sgd", "lr": lr}
    return {"subject": subject, "dataset": case.dataset, "optimizer": optimizer, "steps": steps, **case.more}


QUICK = ("biases of -20", "equal weights")


@pytest.mark.parametrize("name", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in CASES])
def test_the_true_cause_comes_first(name: str, tmp_path: Path) -> None:
    """With the changed line where one is known, and nothing said of the same network as it should be."""
    case = CASES[name]
    right = (BLIND / case.file.partition(":")[0]).read_text()
    wrong = right
    for before, after in case.replace:
        assert before in wrong
        wrong = wrong.replace(before, after)
    file = tmp_path / "net.py"
    file.write_text(wrong)
    first = findings(config_of(case, file, case.lr, case.steps))[0]
    assert first.cause in case.causes
    if case.line:
        assert first.verified is not None
        assert any(case.line in text for text in first.prescription)
    else:
        assert "line" in first.where


def test_the_weights_of_a_recurrent_network_explode(tmp_path: Path) -> None:
    """The gradient grows from use to use of the same weights; with a smaller start the copy learns."""
    source = (BLIND / "recurrent.py").read_text()
    file = tmp_path / "net.py"
    file.write_text(source.replace(" * 0.7 / np.sqrt(hidden)", ""))
    X = [[((7 * i + 3 * t) % 11 - 5) / 5 for t in range(12)] for i in range(40)]
    dataset = {"name": "inline", "X": X, "Y": [[sum(row) / 12] for row in X], "standardize": "none"}
    optimizer = {"name": "sgd", "lr": 0.05}
    config = {"subject": {"path": f"{file}:SimpleRNN"}, "dataset": dataset, "optimizer": optimizer, "steps": 200}
    first = findings(config)[0]
    assert first.cause == "exploding_gradient"
    assert first.evidence["weights"] == "Whh"
    assert first.evidence["growth"] > 70
    assert first.verified is not None
    assert any("self.Whh = np.random.randn(hidden, hidden) *" in text for text in first.prescription)


@pytest.mark.parametrize(
    ("path", "subject"),
    [("only_fits.py:NeuralNet", {}), ("one_record.py:Network", {"update": "theirs", "args": {"nhid": 6}})],
)
def test_a_class_without_a_loss_is_measured_by_its_answers(path: str, subject: dict[str, Any]) -> None:
    """What is logged is half the squared error of what it answers, whoever's update is made."""
    config = {"subject": {"path": str(BLIND / path), **subject}, "dataset": XOR, "steps": 5}
    setup = prepare(validate(config))
    try:
        training = Training(setup, History(history_columns(setup)), lambda event: None, Listener(), None)
        training.run(Interruption())
        conclude(training)
        X, Y = setup.dataset.train.X, setup.dataset.train.Y
        outputs = setup.network.trainee.outputs(X, Y, training.workspace.theta)
        expected = 0.5 * ((outputs - Y) ** 2).sum() / 4
        assert training.history["loss"][-1] == pytest.approx(expected, rel=1e-12)
    finally:
        setup.network.close()
