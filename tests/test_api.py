"""Training from Python."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sweeping import InThisProcess, executor

import runner.api
from runner import load, load_sweep, sweep, train
from runner.errors import UserError

# The fixture of sweeps in this process, which is also that of the doctest.
__all__ = ["executor"]


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
    with pytest.raises(UserError, match=r"one run.*`sweep` carries out several"):
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


def test_a_run_of_before_is_as_it_was_when_it_was_trained() -> None:
    """`load` gives its measures, history, weights, answers, settings, explanation and plots, without training."""
    trained = train({"dataset": "sine", "optimizer": {"lr": 0.1}}, "tracking=none", steps=30)
    for word in ("last", trained.folder, str(trained.folder)):
        run = load(word, overrides=["tracking=none"])
        assert (run.outcome, run.metrics, repr(run)) == (trained.outcome, trained.metrics, repr(trained))
        assert run.config == trained.config
    assert run.history.columns == trained.history.columns
    np.testing.assert_array_equal(run.history.rows.view(np.uint64), trained.history.rows.view(np.uint64))
    assert run.weights["layer_1/W"].tolist() == trained.weights["layer_1/W"].tolist()
    assert run.predict([[0.5], [1.0]]).equals(trained.predict([[0.5], [1.0]]))
    assert (run.explanation, list(run.plot)) == (trained.explanation, list(trained.plot))
    assert run.url is None
    with pytest.raises(UserError, match="no run 'nowhere'"):
        load("nowhere", overrides=["tracking=none"])


def test_findings_show_themselves() -> None:
    """Their line names the causes; in a notebook each has a row with its fix, and what it says is no HTML."""
    run = train("experiment=x_plus_one", "dataset.standardize=none", "tracking=none", optimizer={"lr": 1e-3})
    assert repr(run.findings) == f"<findings: {', '.join(finding.cause for finding in run.findings)}>"
    assert run.findings
    assert run.findings._repr_html_().count("<tr>") == 1 + len(run.findings)
    assert repr(load(run.folder, overrides=["tracking=none"]).findings) == repr(run.findings)


def test_a_sweep_from_python(executor: InThisProcess) -> None:
    """It takes words and settings, of which a tuple or a range is swept, and gives a table with the outcomes first."""
    common = ["dataset=xor", "steps=20", "tracking=none", "hydra.sweep.dir=outputs/s"]
    result = sweep("optimizer.lr=0.1,1", {"network": {"hidden": [3]}}, seed=range(2), overrides=common)
    assert result.table.columns[:3].tolist() == ["outcome", "loss", "accuracy"]
    assert result.table.index.tolist() == [0, 1, 2, 3]
    assert result.table["optimizer.lr"].tolist() == [0.1, 0.1, 1.0, 1.0]
    assert repr(result).startswith("<sweep: 4 of 4 jobs, ")
    assert "<table" in result._repr_html_()
    assert result.run(3).config["seed"] == 1
    assert result.run(0).config["network"]["hidden"] == [3]
    assert {"effects", "losses"} <= set(result.plot)
    assert load_sweep("outputs/s", overrides=["tracking=none"]).table.equals(result.table)
    with pytest.raises(UserError, match="load_sweep"):
        load("outputs/s", overrides=["tracking=none"])
    with pytest.raises(UserError, match="no job 4"):
        result.run(4)
    with pytest.raises(UserError, match=r"optimizer\.lr: must be greater than 0 \(in 1 job"):
        sweep("optimizer.lr=0.1,-1", "dataset=xor", "tracking=none")


def test_tables_of_pandas_with_labels_are_data() -> None:
    """A frame and a series of texts are taken as they are; the answers have the labels."""
    X = pd.DataFrame({"height": [0.0, 1.0, 2.0, 3.0], "width": [1.0, 0.0, 1.0, 0.0]})
    Y = pd.Series(["cat", "cow", "dog", "dog"])
    run = train(X=X, Y=Y, overrides=["tracking=none", "steps=200"])
    assert run.predict(X)["class"].tolist() == Y.tolist()
    assert run.predict(X.to_numpy()).equals(run.predict(X))
    for wrong in ([[0.0]], [0.0, 1.0], X[["height"]]):
        with pytest.raises(UserError, match=r"samples of this network are \(n, 2\) numbers"):
            run.predict(wrong)


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
    "documented",
    [
        runner,
        *(getattr(runner.api, name) for name in ("train", "sweep", "load", "load_sweep", "check", "ladder", "results")),
    ],
)
def test_the_examples_of_the_documentation(documented: object, executor: InThisProcess) -> None:
    """What the docstring of the package and of each of its functions shows is what it does."""
    (found,) = doctest.DocTestFinder(recurse=False).find(documented, "runner", globs=dict(vars(runner.api)))
    assert found.examples
    assert doctest.DocTestRunner().run(found).failed == 0


def test_former_names_are_warned_of() -> None:
    """They work, and say what the name is now."""
    with pytest.warns(FutureWarning, match="experiment=mended/NAME is now experiment=fixed/NAME"):
        train("experiment=mended/xor", "steps=5", "tracking=none", "diagnosis=none")
