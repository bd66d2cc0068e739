"""Somebody's own network from the command line: what a run leaves, sweeps, what is refused."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from commands import Whynan
from mlflow_stores import client_of, opened

pytestmark = pytest.mark.usefixtures("warm_workers")

OWN = Path(__file__).resolve().parents[1] / "subjects" / "own"
MINE = """# @package _global_
defaults: [{override /dataset: xor}]
subject:
  path: only_fit.py:MLP
  call: net = MLP(8, 0.5, 1); net.fit(X, Y); net
  names: {parameters: "[W1, b1, W2, b2]", loss: "score(X, Y)", gradients: "fit(X, Y); None", predict: predict_proba(X)}
optimizer: {lr: 0.5}
"""
SUBJECT = "subject=attributes.py:Attributes dataset=xor tracking=none"


@pytest.fixture
def net(folder: Path) -> Path:
    """A working folder with somebody's file in it."""
    shutil.copy(OWN / "attributes.py", folder)
    return folder


def runs(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.rglob("summary.json") if (path.parent / "run.json").exists())


def test_a_run_of_a_class_leaves_its_folder(net: Path, whynan: Whynan) -> None:
    """The files of any run, with the names of their arrays, the digest of their file and what was called."""
    said = whynan(f"{SUBJECT} steps=30 optimizer.lr=0.5 subject.args.hidden=3")
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith(" subject=attributes.py:Attributes FILE.csv\n")
    (run,) = runs(net)
    record = json.loads((run / "run.json").read_text())
    assert record["subject"]["built"] == "Attributes(features, hidden, outputs)"
    assert list(record["subject"]["files"]) == ["attributes.py"]
    assert record["config"]["subject"]["args"] == {"hidden": 3}
    history = pyarrow.parquet.read_table(run / "history.parquet")
    assert {"loss", "grad_norm/W1", "update_ratio/b2", "stability", "accuracy"} <= set(history.column_names)
    assert history.num_rows == 31
    with np.load(run / "weights.npz") as weights:
        assert weights["W1"].shape == (2, 3)
    assert whynan(f"report {run} tracking=none").code == 0
    page = (run / "report.html").read_text(encoding="utf-8")
    assert all(f'id="{name}"' in page for name in ("loss", "boundary", "confusion", "roc"))


def test_a_sweep_trains_each_job_with_its_own_arguments(net: Path, whynan: Whynan) -> None:
    """Jobs differ in rates and in arguments of the constructor; none is packed with another, or taken for it."""
    said = whynan(f"-m {SUBJECT} steps=20 optimizer.lr=0.1,1 'subject.args.hidden=3,5' sweep.workers=2")
    assert said.code == 0, said.err
    assert said.labelled["jobs"].startswith("4 of 4 in ")
    assert "reused" not in said.labelled["jobs"]
    sizes = set()
    for run in runs(net):
        config = json.loads((run / "run.json").read_text())["config"]
        with np.load(run / "weights.npz") as weights:
            assert weights["W1"].shape == (2, config["subject"]["args"]["hidden"])
        sizes.add((config["optimizer"]["lr"], config["subject"]["args"]["hidden"]))
    assert sizes == {(0.1, 3), (0.1, 5), (1, 3), (1, 5)}


@pytest.mark.parametrize(
    "given",
    ["init=xavier", "loss=mse", "network.activation=tanh", "faults=[]", "network=small"],
)
def test_what_is_only_ours_is_refused_even_where_it_is_the_default(given: str, net: Path, whynan: Whynan) -> None:
    """Typed beside a subject it would be ignored, so it is an error that says what it means."""
    said = whynan(f"{SUBJECT} {given}")
    assert said.code == 2
    assert said.err.startswith(f"error: {given.partition('=')[0]}")
    assert sorted(path.name for path in net.iterdir()) == ["attributes.py"]


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (
            "subject.args.hiden=3",
            "error: subject.args.hiden: Attributes takes no argument 'hiden': did you mean 'hidden'?",
        ),
        ("subject=attributs.py", "error: subject.path: there is no file "),
        ("subject=attributes.py:Attribute", "error: subject.path: there is no 'Attribute' in attributes.py"),
    ],
)
def test_mistakes_about_a_subject_have_nearest_names(given: str, answer: str, net: Path, whynan: Whynan) -> None:
    """A wrong file, name or argument ends with exit code 2 before anything is written."""
    said = whynan(f"{SUBJECT} {given}")
    assert (said.code, said.err[: len(answer)]) == (2, answer)
    assert sorted(path.name for path in net.iterdir()) == ["attributes.py"]


@pytest.fixture
def original(net: Path, whynan: Whynan) -> Path:
    """A run of somebody's class that was made here."""
    line = f"{SUBJECT} steps=40 optimizer.lr=1 subject.args.hidden=4 diagnosis=none hydra.run.dir=original"
    assert whynan(line).code == 0
    return net / "original"


@pytest.mark.parametrize("command", ["rerun original tracking=none", "predict original 0 1", "resume original"])
def test_their_code_runs_only_where_it_is_named(command: str, net: Path, original: Path, whynan: Whynan) -> None:
    """What is recorded of a run is no reason to run a file; the error says what to type."""
    if command.startswith("resume"):
        summary = json.loads((original / "summary.json").read_text())
        (original / "summary.json").write_text(json.dumps({**summary, "outcome": "interrupted"}))
    (net / "attributes.py").write_text("open('ran', 'w')")
    said = whynan(command)
    assert said.code == 2
    assert said.err.endswith("add to the command: subject=attributes.py:Attributes\n")
    assert not (net / "ran").exists()


def test_a_run_is_repeated_to_the_same_bits_with_its_code_named(net: Path, original: Path, whynan: Whynan) -> None:
    """Named again, a network of somebody's own gives the same history; a changed file is said."""
    line = "rerun original tracking=none subject=attributes.py:Attributes"
    assert "the same to the last bit: all 41 rows of the history" in whynan(line).out
    with (net / "attributes.py").open("a") as file:
        file.write("\n# another line\n")
    again = whynan(line)
    assert "warning: attributes.py has changed since the run" in again.err
    assert again.code == 0


def test_a_trained_network_predicts(net: Path, original: Path, whynan: Whynan) -> None:
    """The arrays of the run are put into the class that the user names."""
    said = whynan("predict original subject=attributes.py:Attributes 0 1")
    assert said.code == 0, said.err
    with np.load(original / "weights.npz") as w:
        hidden = np.tanh(np.array([[0.0, 1.0]]) @ w["W1"] + w["b1"])
        p = 1 / (1 + np.exp(-(hidden @ w["W2"] + w["b2"])))
    likely = max(p[0, 0], 1 - p[0, 0])
    assert said.out == f"{int(p[0, 0] > 0.5)}\t{likely:.6g}\n"


def test_expressions_of_a_run_are_not_run_either(net: Path, original: Path, whynan: Whynan) -> None:
    """How to call a network is code as well: where a record says it, it must be typed again."""
    record = json.loads((original / "run.json").read_text())
    record["config"]["subject"]["names"]["loss"] = "loss(X, Y) + 0 * len(open('ran', 'w').name)"
    (original / "run.json").write_text(json.dumps(record))
    said = whynan("rerun original tracking=none subject=attributes.py:Attributes")
    assert said.code == 2
    assert "subject.names.loss=" in said.err
    assert not (net / "ran").exists()


@pytest.mark.slow
def test_a_killed_sweep_of_a_subject_goes_on(net: Path, whynan: Whynan) -> None:
    """After kill -9 the jobs that are missing are carried out, and their numbers are those of a whole sweep."""
    line = f"-m {SUBJECT} steps=300 optimizer.lr=0.1,0.5,1 subject.args.hidden=3,5 sweep.workers=2 diagnosis=none"
    start = [sys.executable, "-m", "runner", *shlex.split(line)]
    process = subprocess.Popen([*start, "hydra.sweep.dir=cut"], stdout=subprocess.DEVNULL, start_new_session=True)
    results, deadline = net / "cut" / "results.jsonl", time.monotonic() + 60
    while not (results.exists() and results.read_text().count("\n") >= 2) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    refused = whynan("resume cut tracking=none")
    assert refused.err.endswith("add to the command: subject=attributes.py:Attributes\n")
    assert whynan("resume cut tracking=none subject=attributes.py:Attributes").code == 0
    assert whynan(f"{line} hydra.sweep.dir=whole sweep.reuse=false").code == 0
    for job in range(6):
        cut, whole = ((net / sweep / str(job) / "history.parquet") for sweep in ("cut", "whole"))
        assert pyarrow.parquet.read_table(cut).equals(pyarrow.parquet.read_table(whole))


def test_the_yaml_of_a_run_is_not_the_users_own(net: Path, original: Path, whynan: Whynan) -> None:
    """A configuration that lies in the folder of a run may name a subject, but not have it run."""
    (net / "attributes.py").write_text("open('ran', 'w')")
    said = whynan("--config-dir original/.hydra --config-name config")
    assert said.code == 2
    assert "add to the command: subject=attributes.py:Attributes\n" in said.err
    assert not (net / "ran").exists()


def test_mlflow_has_the_arrays_by_their_names(net: Path, whynan: Whynan) -> None:
    """Curves of each array, the digest of the file as a tag, no model; what a run of ours has otherwise."""
    store = opened(net)
    line = "subject=attributes.py:Attributes dataset=xor steps=20 subject.args.hidden=3"
    assert whynan(f"{line} tracking.uri=sqlite:///{net / 'mlflow.db'}").code == 0
    client = client_of(store)
    (experiment,) = [one for one in client.search_experiments() if one.name == "whynan"]
    (run,) = client.search_runs([experiment.experiment_id])
    assert {"loss", "accuracy", "grad_norm/W1", "update_ratio/b2"} <= set(run.data.metrics)
    assert run.data.params["subject.args.hidden"] == "3"
    assert run.data.tags["subject"] == "attributes.py:Attributes"
    assert len(run.data.tags["subject.digest"]) == 64
    assert client.search_logged_models([experiment.experiment_id]) == []


def test_a_class_that_only_fits_is_called_as_yaml_says(net: Path, whynan: Whynan) -> None:
    """Arrays that the first fit makes are there once subject.call has fitted."""
    shutil.copy(OWN / "only_fit.py", net)
    (net / "conf" / "experiment").mkdir(parents=True)
    (net / "conf" / "experiment" / "mine.yaml").write_text(MINE)
    said = whynan("experiment=mine tracking=none steps=1500")
    assert said.code == 0, said.err
    assert said.labelled["outcome"] == "converged"
