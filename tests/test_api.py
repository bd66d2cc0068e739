"""Training from Python."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import numpy as np
import pytest

import runner.api
from runner import train
from runner.errors import UserError


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_words_are_those_of_the_command_line() -> None:
    """`train` composes what the words say and gives the run."""
    result = train("experiment=xor", "tracking=none", overrides=["steps=30"])
    assert result.summary["steps"] == 30
    assert result.history["loss"].shape == (31,)
    assert (result.folder / "summary.json").exists()


def test_settings_can_be_given_as_python_has_them() -> None:
    """Keywords and dicts are settings, beside the words of the command line."""
    keywords = {"optimizer": {"lr": 0.25}, "network": {"hidden": [3]}}
    result = train("tracking=none", dataset="xor", steps=20, seed=np.int64(4), **keywords)
    config = result.config
    assert (config["optimizer"]["lr"], config["network"]["hidden"], config["seed"]) == (0.25, [3], 4)
    assert config["dataset"]["name"] == "xor"


def test_a_sweep_is_no_run() -> None:
    """`train` refuses the flag of a multirun, in whatever form it comes."""
    with pytest.raises(UserError, match="one run"):
        train("-m", "optimizer.lr=0.1,1", "tracking=none")


def test_a_run_shows_itself() -> None:
    """Its line names outcome and measures; its history is a table; its answers are those of the trained network."""
    run = train("experiment=xor", "tracking=none", steps=30)
    assert repr(run).startswith(f"<run: {run.outcome}, 30 steps, loss ")
    assert "<b>" in run._repr_html_()
    assert run.metrics["accuracy"] == run.summary["final"]["accuracy"]
    table = run.history.to_pandas()
    assert table["step"].tolist() == list(range(31))
    assert table["lr"].iloc[0] == run.config["optimizer"]["lr"]
    assert "31 rows" in repr(run.history)
    assert run.weights["layer_1/W"].shape[0] == 2
    A = run.predict([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert ((A["class"] == [0, 1, 1, 0]).mean()) == run.metrics["accuracy"]


def test_own_arrays_take_the_place_of_the_data_set() -> None:
    """X and Y are learnt as they are given; common words of a data set still hold."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(700, 2))
    Y = (X.sum(axis=1) > 0).astype(int)
    words = ["tracking=none", "steps=200", "dataset.valid_fraction=0.25"]
    result = train(X=X, Y=Y, overrides=words)
    assert result.summary["final"]["valid_accuracy"] > 0.95
    record = json.loads((result.folder / "run.json").read_text())
    assert record["dataset"]["samples"] == 525
    assert record["config"]["dataset"]["X"] == []
    assert record["config"]["dataset"]["Y"] == Y.reshape(-1, 1).tolist()


def test_mistakes_are_user_errors() -> None:
    """What would be reported on the command line is raised."""
    with pytest.raises(UserError, match="did you mean 'xor'"):
        train("experiment=xro", "tracking=none")
    with pytest.raises(UserError, match="X and Y go together"):
        train("tracking=none", X=[[1.0]])
    with pytest.raises(UserError, match="every sample needs a target"):
        train("tracking=none", X=[[1.0], [2.0]], Y=[1.0])


def test_the_package_has_no_other_names() -> None:
    """A name that isn't there is an AttributeError, as for any module."""
    with pytest.raises(AttributeError, match="no attribute 'tarin'"):
        _ = runner.tarin


@pytest.mark.parametrize(
    "documented", [runner, runner.api.train, runner.api.check, runner.api.ladder, runner.api.results]
)
def test_the_examples_of_the_documentation(documented: object) -> None:
    """What the docstring of the package and of each of its functions shows is what it does."""
    (found,) = doctest.DocTestFinder(recurse=False).find(documented, "runner", globs=dict(vars(runner.api)))
    assert found.examples
    assert doctest.DocTestRunner().run(found).failed == 0


def test_former_names_are_warned_of() -> None:
    """They work, and say what the name is now."""
    with pytest.warns(FutureWarning, match="experiment=mended/NAME is now experiment=fixed/NAME"):
        train("experiment=mended/xor", "steps=5", "tracking=none", "diagnosis=none")
