"""Somebody's own network from the command line: what a run leaves, sweeps, what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from commands import Whynan

OWN = Path(__file__).resolve().parents[1] / "subjects" / "own"
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
