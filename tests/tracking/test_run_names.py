"""Short names of runs and sweeps in MLflow."""

from __future__ import annotations

from typing import Any

import pytest
import run_folders

from runner.files.run_record import RunRecord
from runner.files.sweep_lines import JobLine, SweepRecord
from runner.tracking.content.naming import LONGEST, job_name, run_name, sweep_name


def record(*overrides: str, name: str | None = None, **changes: Any) -> RunRecord:
    """The record of a run on x + 1 with these overrides."""
    described = run_folders.record(overrides=list(overrides), **changes)
    described["config"]["name"] = name
    return RunRecord.from_dict(described)


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ([], "x_plus_one"),
        (["network.activation=relu", "optimizer.lr=1.2"], "x_plus_one relu lr=1.2"),
        (["experiment=post/planar", "init=he", "seed=3"], "post/planar he seed=3"),
        (["dataset=x_plus_one", "+dataset.noise=0.1", "network.hidden=[8,4]"], "x_plus_one noise=0.1 hidden=[8,4]"),
        (["init.weights.name=normal", "init.weights.std=0.5"], "x_plus_one normal std=0.5"),
        (["tracking.uri=sqlite:///a.db", "hydra.run.dir=here", "tags.a=b", "experiment=null"], "x_plus_one"),
        (["~early_stop", "optimizer=adam"], "x_plus_one adam"),
    ],
)
def test_a_run_is_named_after_its_data_and_what_was_set(overrides: list[str], name: str) -> None:
    """The experiment or the data set comes first, then each setting in short."""
    assert run_name(record(*overrides)) == name


def test_a_name_of_ones_own_wins() -> None:
    """The setting `name` is the name, whatever else was set."""
    assert run_name(record("name=first try", "seed=1", name="first try")) == "first try"


def test_a_long_name_is_cut_visibly() -> None:
    """A name has at most forty characters, and says that there is more."""
    name = run_name(record(f"dataset.X={list(range(100))}"))
    assert len(name) <= LONGEST
    assert name.endswith("…")


def test_no_password_stands_in_a_name() -> None:
    """The password of an address is no part of a name."""
    assert "s3cret" not in run_name(record("dataset.path=postgresql://me:s3cret@db/runs"))


def test_a_subject_is_named_by_its_class() -> None:
    """Somebody's own class stands before the data, a whole file by its name."""
    assert run_name(record(subject={"path": "code/net.py:MyNet"})) == "MyNet x_plus_one"
    assert run_name(record(subject={"path": "code/net.py"})) == "net.py x_plus_one"
    typed = record("subject.path=net.py:MyNet", "optimizer.lr=2", subject={"path": "net.py:MyNet"})
    assert run_name(typed) == "MyNet x_plus_one lr=2"


def test_a_watched_script_is_named_as_it_was_started() -> None:
    """The script with its arguments."""
    assert run_name(record("watch.every=2", "train.py --lr=3", task="script")) == "train.py --lr=3"


def test_a_job_is_named_by_what_is_swept() -> None:
    """What tells jobs apart comes before what they have in common."""
    job = JobLine(0, "0", (), {"seed": 3}, "f", None, {})
    assert job_name(record("optimizer.lr=0.1", "seed=3"), job) == "x_plus_one seed=3 lr=0.1"


def test_a_sweep_is_named_by_its_factors() -> None:
    """A sweep says what it varies, and over how many values."""
    swept = SweepRecord(
        "k", "2026-01-01T00:00:00+00:00", ("dataset=xor",), {"optimizer.lr": [0.1, 1], "seed": [0, 1, 2]}
    )
    assert sweep_name(swept) == "xor lr×2 seed×3"
