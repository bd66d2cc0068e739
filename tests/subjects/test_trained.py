"""Somebody's own network in training: any style, our optimisers or its own update, and the numbers of a plain loop."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from own_cases import CASES, OWN, XOR, Own

from runner.errors import UserError
from runner.files.events import Event
from runner.settings import validate
from runner.subjects.complaint import SubjectError
from runner.training.checkpoints import Checkpoints, load
from runner.training.conclusion import conclude
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.recorder import history_columns
from runner.training.setup import Setup, prepare
from runner.training.stopping import Interruption

pytestmark = pytest.mark.usefixtures("warm_workers")


@pytest.fixture
def opened() -> Iterator[list[Setup]]:
    """Setups whose processes end with the test."""
    setups: list[Setup] = []
    yield setups
    for setup in setups:
        setup.network.close()


def ready(
    opened: list[Setup],
    config: dict[str, Any],
    events: list[Event] | None = None,
    checkpoints: Checkpoints | None = None,
) -> Training:
    """A run in memory before its first step."""
    setup = prepare(validate(config))
    opened.append(setup)
    noted = [] if events is None else events
    return Training(setup, History(history_columns(setup)), noted.append, Listener(), checkpoints)


def trained(opened: list[Setup], config: dict[str, Any], events: list[Event] | None = None, **more: Any) -> Training:
    """A run in memory."""
    training = ready(opened, {**config, **more}, events)
    training.run(Interruption())
    return training


def module_of(file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"plain_{file}", OWN / f"{file}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_networks_of_any_style_are_trained(case: Own, opened: list[Setup]) -> None:
    """A class, functions, layers in a list: whatever it is, it learns its data set."""
    training = trained(opened, case.config)
    conclusion = conclude(training)
    assert conclusion.outcome in case.outcomes
    assert conclusion.quality >= case.quality


def test_the_numbers_are_those_of_a_plain_loop(opened: list[Setup]) -> None:
    """With our plain gradient descent, losses and arrays have the bits of a loop written around the class."""
    config = {**CASES["attributes"].config, "rng": "legacy", "seed": 3, "steps": 50}
    training = trained(opened, config)
    np.random.seed(3)
    net = module_of("attributes").Attributes(2, 6, 1)
    X, Y = training.setup.dataset.train.X, training.setup.dataset.train.Y
    losses = []
    for _ in range(50):
        losses.append(net.loss(X, Y))
        for array, gradient in zip((net.W1, net.b1, net.W2, net.b2), net.gradients(X, Y), strict=True):
            array -= 1.0 * gradient
    assert training.history["loss"].tolist() == losses
    saved = training.workspace.weights()
    assert all(np.array_equal(saved[name], getattr(net, name)) for name in ("W1", "b1", "W2", "b2"))


def test_its_own_update_has_the_numbers_of_a_plain_loop(opened: list[Setup]) -> None:
    """With subject.update=theirs its moments, its counter and its dropout go on from step to step as in a script."""
    config = {**CASES["its own Adam"].config, "rng": "legacy", "seed": 5, "steps": 30}
    training = trained(opened, config, watch={"evaluate": 7})
    np.random.seed(5)
    net = module_of("own_adam").AdamNet(2, 8, 1, lr=0.02, keep=0.9)
    X, Y = training.setup.dataset.train.X, training.setup.dataset.train.Y
    losses = []
    for _ in range(30):
        losses.append(net.loss(X, Y))
        net.step(X, Y)
    assert training.history["loss"].tolist() == losses
    assert np.array_equal(training.workspace.weights()["W1"], net.params["W1"])


KEPT = ["attributes", "layers in a list", "arrays of the module", "functions and a dict", "softmax", "its own Adam"]


@pytest.mark.parametrize("case", [*KEPT, "momentum of its own", "the flower"])
def test_a_run_goes_on_from_a_checkpoint_to_the_same_bits(case: str, opened: list[Setup], tmp_path: Path) -> None:
    """Arrays, moments, counters and the draws of dropout are put back into a network that is built anew."""
    config = {**CASES[case].config, "epochs": None, "steps": 24, "checkpoint": {"every": 10, "keep": 9}}
    whole = ready(opened, config, checkpoints=Checkpoints(tmp_path, 9))
    whole.run(Interruption())
    checkpoint = load(tmp_path / "step_000000010.npz")
    again = ready(opened, config)
    again.history.begin_with(whole.history.rows[:10])
    again.go_on_from(checkpoint, ())
    again.run(Interruption())
    assert again.history.rows.tobytes() == whole.history.rows.tobytes()
    assert again.workspace.theta.tobytes() == whole.workspace.theta.tobytes()


def test_what_cannot_be_put_back_is_refused(tmp_path: Path) -> None:
    """A network that draws from a generator function has no checkpoints, and the setting says so."""
    source = (OWN / "attributes.py").read_text()
    endless = "        self.stream = (k for k in iter(int, 1))\n"
    first = "        self.W1 = np.random.randn(n_in, hidden)\n"
    (tmp_path / "net.py").write_text(source.replace(first, first + endless, 1))
    config = {"dataset": XOR, "subject": {"path": f"{tmp_path / 'net.py'}:Attributes"}, "checkpoint": {"every": 5}}
    with pytest.raises(UserError, match=r"can't be put back: it\.stream is a generator"):
        prepare(validate(config))


def test_seeds_make_starts(opened: list[Setup]) -> None:
    """The same seed gives the same start, another one another, also where the constructor takes a seed."""
    for case in ("attributes", "layers in a list", "arrays of the module"):
        starts = [trained(opened, CASES[case].config, steps=1, seed=seed).setup.initial for seed in (0, 0, 1)]
        assert np.array_equal(starts[0], starts[1])
        assert not np.array_equal(starts[0], starts[2])


def test_batches_are_those_of_our_own_networks(opened: list[Setup]) -> None:
    """The order of the samples follows from the seed, whoever is trained."""
    config = {"dataset": {"name": "circles", "samples": 20}, "batch_size": 6, "steps": 9}
    theirs = trained(opened, {**config, "subject": {"path": str(OWN / "attributes.py:Attributes")}})
    ours = trained(opened, config)
    assert all(np.array_equal(theirs.batches.samples(k), ours.batches.samples(k)) for k in range(9))


def test_columns_have_the_names_of_the_arrays(opened: list[Setup]) -> None:
    """Norms and ratios are measured array by array; what MLflow takes in no name becomes a point."""
    columns = trained(opened, CASES["layers in a list"].config, steps=1).history.columns
    assert "grad_norm/layers.0.weights" in columns
    assert "update_ratio/layers.2.bias" in columns


def test_a_loss_that_is_not_finite_ends_the_run_with_its_samples(opened: list[Setup]) -> None:
    """The flower at the posted rate: an event with the call of the loss and the samples whose logarithm broke."""
    events: list[Event] = []
    planar, rate = {"name": "planar"}, {"name": "sgd", "lr": 1.2}
    training = trained(opened, CASES["the flower"].config, events, dataset=planar, optimizer=rate, steps=3000)
    conclusion = conclude(training)
    if conclusion.outcome == "nan":  # when it breaks depends on how a processor rounds
        found = events[0].to_dict()
        assert (found["phase"], found["tensor"]) == ("loss", "loss")
        assert found["samples"]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"network": {"activation": "relu"}}, "network.activation"),
        ({"network": {"hidden": [7]}, "subject": {"args": {"hidden": 3}}}, "network.hidden"),
        ({"init": {"weights": "he"}}, "init.weights"),
        ({"loss": {"name": "half_squared_error"}}, "loss.name"),
        ({"faults": ["sign_flipped"]}, "faults"),
        ({"dtype": "float32"}, "dtype"),
        ({"subject": {"args": {"hiden": 3}}}, "subject.args.hiden"),
        ({"subject": {"args": {"learning_rate": 3}}}, "subject.args.learning_rate"),
        ({"subject": {"names": {"loss": "nothing"}}}, "subject.names.loss"),
        ({"subject": {"update": "theirs"}}, "subject.update"),
    ],
)
def test_what_means_nothing_is_refused_by_its_name(more: dict[str, Any], path: str) -> None:
    """No setting is ignored beside somebody's own network."""
    config: dict[str, Any] = {"dataset": XOR, "subject": {}, **more}
    config["subject"] = {"path": str(OWN / "attributes.py:Attributes"), **config["subject"]}
    with pytest.raises(UserError) as refused:
        prepare(validate(config))
    assert path in [problem.path for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"optimizer": {"name": "adam"}}, "optimizer.name"),
        ({"optimizer": {"name": "sgd", "momentum": 0.9}}, "optimizer.momentum"),
        ({"watch": {"on_nonfinite": "rollback"}}, "watch.on_nonfinite"),
    ],
)
def test_its_own_update_leaves_no_room_for_ours(more: dict[str, Any], path: str) -> None:
    """With subject.update=theirs, what belongs to our update is refused."""
    with pytest.raises(UserError) as refused:
        prepare(validate({**CASES["its own Adam"].config, **more}))
    assert [problem.path for problem in refused.value.problems] == [path]


def test_code_that_raises_in_a_step_says_so(opened: list[Setup], tmp_path: Any) -> None:
    """What their code raises ends the run with its sentence and line, and without a traceback of ours."""
    source = (OWN / "attributes.py").read_text()
    check = "        assert abs(self.W1).max() < 20, 'too large'\n"
    slope = "        d2 = (P - Y) / len(X)\n"
    (tmp_path / "net.py").write_text(source.replace(slope, check + slope, 1))
    subject, rate = {"path": f"{tmp_path / 'net.py'}:Attributes"}, {"name": "sgd", "lr": 1000.0}
    with pytest.raises(SubjectError, match=r"raised AssertionError: too large \(net.py, line 26\)"):
        trained(opened, {"dataset": XOR, "subject": subject, "optimizer": rate}, steps=500)


def test_weights_that_start_at_0_give_outputs(opened: list[Setup], tmp_path: Path) -> None:
    """Answers that are all 0 at the start are no labels."""
    file = tmp_path / "linear.py"
    file.write_text(
        "import numpy as np\n\nclass Linear:\n    def __init__(self, n_in):\n        self.w = np.zeros((n_in, 1))\n"
        "    def forward(self, X):\n        return X @ self.w\n"
        "    def loss(self, X, Y):\n        return np.mean((self.forward(X) - Y) ** 2)\n"
        "    def backward(self, X, Y):\n        return {'w': 2 * X.T @ (self.forward(X) - Y) / len(X)}\n"
    )
    config = {"subject": {"path": f"{file}:Linear"}, "dataset": {"name": "sine"}, "steps": 5}
    config["optimizer"] = {"name": "sgd", "lr": 0.1}
    training = trained(opened, config)
    losses = training.history["loss"]
    assert losses[-1] < losses[0]
