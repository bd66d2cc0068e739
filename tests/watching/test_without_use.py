"""Settings of `watch` and `tracking` that change nothing in the watch of a script are refused, not recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import runner
from runner.errors import UserError
from tests.watching.watched import run, script, watch

QUIET = ("tracking=none", "hydra.run.dir=R")


@pytest.mark.parametrize(
    ("override", "path", "instead"),
    [
        ("watch.units=off", "watch.units", "at logarithmic distance"),
        ("watch.units=log", "watch.units", "at logarithmic distance"),
        ("watch.sharpness=off", "watch.sharpness", "when causes are looked for"),
        ("++watch.sharpness=auto", "watch.sharpness", "when causes are looked for"),
        ("watch={every: 10, units: log}", "watch.units", "at logarithmic distance"),
        ("tracking.model=false", "tracking.model", "weights.npz"),
        ("tracking.diff=true", "tracking.diff", "digest"),
    ],
)
def test_what_does_nothing_is_refused(override: str, path: str, instead: str) -> None:
    """The error names the setting, whatever its value and however it is typed, and says what a watch does instead."""
    with pytest.raises(UserError) as refused:
        runner.watch(*QUIET, override)
    (problem,) = refused.value.problems
    assert problem.path == path
    assert instead in problem.message


def test_all_of_them_are_reported_at_once() -> None:
    """Several settings without use are one error, with those of other groups."""
    with pytest.raises(UserError) as refused:
        runner.watch(*QUIET, "watch.units=off", "optimizer.lr=1", "tracking.diff=true")
    assert [problem.path for problem in refused.value.problems] == ["watch.units", "optimizer.lr", "tracking.diff"]


@pytest.mark.parametrize(
    "override",
    [
        "watch=light",
        "watch={every: 10, layers: false}",
        "watch.every=10",
        "tracking.points=50",
        "tracking.experiment=x",
    ],
)
def test_what_does_something_is_taken(override: str) -> None:
    """A group that sets them by the way is no mistake, and neither is a setting that a watch heeds."""
    assert runner.watch(*QUIET, override).result is None


def test_the_command_ends_before_the_script_runs(tmp_path: Path) -> None:
    """Exit code 2, no traceback, no folder, nothing of the script."""
    script(tmp_path, "print('ran')\n")
    refused = run("-m", "runner", "watch", *QUIET, "watch.sharpness=off", "train.py", folder=tmp_path)
    assert (refused.code, refused.out) == (2, "")
    assert "watch.sharpness" in refused.err
    assert "Traceback" not in refused.err
    assert not (tmp_path / "R").exists()


def test_the_record_holds_what_the_watch_heeds(tmp_path: Path) -> None:
    """What changes nothing isn't recorded as if it did."""
    assert watch(str(script(tmp_path, "print('ran')\n")), folder=tmp_path).code == 0
    config = json.loads((tmp_path / "R" / "run.json").read_text())["config"]
    assert config["watch"] == {"every": 1, "layers": True, "on_nonfinite": "stop"}
    assert set(config["tracking"]) == {"enabled", "uri", "experiment", "points", "model", "report"}
