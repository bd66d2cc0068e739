"""`with watch():` at the top of a cell: the block does what it would do, and what broke is printed."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runner import watch
from runner.errors import UserError

SETUP = """
import numpy as np
from runner import watch
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 2)) * 30
Y = (X[:, :1] > 0).astype(float)
class Net:
    def __init__(self):
        self.params = {"W1": rng.normal(size=(2, 5)), "W2": rng.normal(size=(5, 1))}
    def forward(self, X):
        self.h = np.tanh(X @ self.params["W1"])
        return 1 / (1 + np.exp(-self.h @ self.params["W2"]))
def loss_fn(p, y):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
net = Net()
alias = net.params["W1"]
seen, steps = None, []
"""
LOOP = """
lr = 0.1
with watch("tracking=none", "hydra.run.dir=R") as seen:
    for step in range(60):
        p = net.forward(X / 30)
        loss = loss_fn(p, Y)
        d = (p - Y) / len(X)
        g2 = net.h.T @ d
        g1 = X.T / 30 @ (d @ net.params["W2"].T * (1 - net.h**2))
        net.params["W1"] -= lr * g1
        net.params["W2"] -= lr * g2
        steps.append(rng.normal())
after = step
"""


class Cells:
    """A session: cells run one after the other in one namespace, their source known as in a notebook."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self._count = 0

    def run(self, text: str) -> None:
        """Run a cell."""
        self._count += 1
        name = f"<cell {self._count}>"
        linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
        exec(compile(text, name, "exec"), self.names)


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cells]:
    """A session in a folder of its own, as the main module."""
    import sys
    import types

    session = Cells()
    main = types.ModuleType("__main__")
    main.__dict__.update(session.names)
    session.names = main.__dict__
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.chdir(tmp_path)
    with np.errstate(all="warn"):
        yield session


def test_the_block_does_what_it_would_do(cells: Cells) -> None:
    """Variables, objects and the generator are as without the watch, and the history is the block's own."""
    cells.run(SETUP)
    cells.run(LOOP)
    other = Cells()
    other.run(SETUP)
    other.run(LOOP.replace('with watch("tracking=none", "hydra.run.dir=R") as seen:', "if True:"))
    for name in ("loss", "after", "steps"):
        assert cells.names[name] == other.names[name]
    np.testing.assert_array_equal(cells.names["alias"], other.names["alias"])
    result = cells.names["seen"].result
    assert result.ended.steps == 60
    assert result.history["loss"][-1] == cells.names["loss"]
    assert result.findings == []


def test_a_block_that_breaks_is_explained(cells: Cells, capsys: pytest.CaptureFixture[str]) -> None:
    """Step and expression of the NaN, the cause, and the change that was run; lines of other cells have no number."""
    cells.run(SETUP)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells.run(LOOP.replace("lr = 0.1", "lr = 300.0").replace(" / 30", ""))
    result = cells.names["seen"].result
    assert cells.names["after"] == 59
    assert result.outcome == "nan"
    assert result.findings[0].cause == "learning_rate_too_high"  # with it alone corrected it learns
    assert result.findings[0].verified.after != "nan"
    said = " ".join(capsys.readouterr().out.split())
    assert "another cell: np.log(1 - p)" in said


def test_inputs_count_as_the_network_gets_them(cells: Cells) -> None:
    """A cell that divides X in its loop has a rate that is too high, and no unscaled inputs."""
    cells.run(SETUP)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells.run(LOOP.replace("lr = 0.1", "lr = 300.0"))
    causes = [one.cause for one in cells.names["seen"].result.findings]
    assert causes[:1] == ["learning_rate_too_high"]
    assert "unscaled_inputs" not in causes


def test_what_the_block_raises_comes_through(cells: Cells) -> None:
    """An exception ends the block, as it would, and leaves no hook behind."""
    cells.run(SETUP)
    with pytest.raises(ZeroDivisionError):
        cells.run(LOOP.replace("loss = loss_fn(p, Y)", "loss = loss_fn(p, Y) if step != 30 else 1 / 0"))
    assert len(cells.names["steps"]) == 30
    cells.run(LOOP.replace("R", "R2"))


def test_in_a_function_it_says_where_it_can_stand() -> None:
    """Variables of a function can't be kept: that is said before anything runs."""
    with pytest.raises(UserError, match="at the top of a cell"), watch("tracking=none"):
        raise AssertionError
