"""The first NaN or infinity of somebody's own network: its event has the line, the operands, the sample and the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from runner.diagnosis.theirs.nonfinite import located
from runner.files.events import NonfiniteEvent
from runner.settings import validate
from runner.training.setup import prepare

pytestmark = pytest.mark.usefixtures("warm_workers")

NET = """
import numpy as np

class Net:
    def __init__(self, n_in, n_out):
        self.W = np.ones((n_in, n_out))
        self.b = np.zeros(n_out)

    def predict(self, X):
        return 1 / (1 + np.exp(-(X @ self.W + self.b)))

    def loss(self, X, Y):
        P = self.predict(X)
        return -np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P))

    def gradients(self, X, Y):
        d = (self.predict(X) - Y) / len(X)
        return X.T @ d, d.sum(axis=0)
"""
EVENT = NonfiniteEvent("inf", 7, "loss", 0, "loss", "loss = loss(X, Y)", first=True)


@pytest.mark.parametrize("samples", [(0, 1, 2, 3), (3, 2, 0)], ids=["all", "a batch"])
def test_the_event_names_line_operand_sample_and_way(tmp_path: Path, samples: tuple[int, ...]) -> None:
    """With weights of 1000 the answer for the inputs (1, 1) is exactly 1."""
    file = tmp_path / "net.py"
    file.write_text(NET)
    inputs = [[-0.01, 0.0], [0.5, -0.5], [-0.02, 0.01], [1.0, 1.0]]
    dataset = {"name": "inline", "X": inputs, "Y": [[0.0], [1.0], [0.0], [0.0]], "task": "binary"}
    setup = prepare(validate({"subject": {"path": f"{file}:Net"}, "dataset": dataset, "steps": 10}))
    try:
        event = located(EVENT, setup, np.array([1000.0, 1000.0, 0.0]), np.array(samples))
    finally:
        setup.network.close()
    assert (event.kind, event.step, event.phase) == ("inf", 7, "loss")
    line = next(k for k, text in enumerate(NET.splitlines(), 1) if "np.log(1 - P)" in text)
    assert (event.call, event.position) == (f"line {line}: np.log(1 - P)", line)
    assert (event.sample, event.unit, event.count, event.size) == (3, 0, 1, len(samples))
    assert [(one.tensor, one.value) for one in event.origin] == [("1 - P", 0.0), ("P", 1.0)]
    assert event.chain == ("np.log(1 - P)", "loss")
    assert event.operands is not None
    assert event.operands["1 - P"].min == 0.0


def test_an_event_of_the_data_stays_as_it_is(tmp_path: Path) -> None:
    """What is not finite before the step has no line."""
    file = tmp_path / "net.py"
    file.write_text(NET)
    setup = prepare(validate({"subject": {"path": f"{file}:Net"}, "dataset": {"name": "or"}, "steps": 10}))
    try:
        event = NonfiniteEvent("nan", 0, "init", 1, "W", "W = initial values", first=True)
        assert located(event, setup, np.zeros(3), np.arange(4)) is event
    finally:
        setup.network.close()
