"""The summary of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runner.cli.summary import print_summary
from runner.experiment import RunResult, prepare
from runner.settings import Settings
from runner.tracking.client import Delivered
from runner.training.history import History


def result(
    losses: list[float],
    delivered: Delivered | None = None,
    dataset: str = "planar",
    events: Sequence[dict[str, Any]] = (),
    **summary: Any,
) -> RunResult:
    """What became of a run with these losses."""
    history = History(["step", "loss"])
    history.add(np.array([[step, loss] for step, loss in enumerate(losses)]))
    plain: dict[str, Any] = {"steps": len(losses) - 1, "seconds": 0.5, "final": {}}
    setup = prepare(Settings(dataset=dataset))
    return RunResult(
        setup, "finished", plain | summary, Path.cwd() / "outputs/[a]", history, list(events), 0, delivered
    )


def test_what_is_known_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Steps, speed, first and last loss, each measure that the run has, and the folder with its brackets."""
    final = {"loss": 0.25, "accuracy": 0.875, "valid_accuracy": None}
    print_summary(result([0.5, 0.375, 0.25], final=final))
    assert capsys.readouterr().out == (
        "outcome   finished\n"
        "steps     2 in 0.50 s (4 steps/s)\n"
        "loss      0.5 -> 0.25\n"
        "accuracy  0.875\n"
        "folder    outputs/[a]\n"
        "\n"
        "use it      python -m runner predict outputs/[a] FILE.csv\n"
    )


def test_a_run_that_broke_says_when(capsys: pytest.CaptureFixture[str]) -> None:
    """The first value that wasn't finite is told by its step, layer and call; the loss is not printed as a number."""
    event = {"kind": "inf", "step": 1, "layer": 2, "call": "p = log(A2)"}
    print_summary(result([0.5, math.nan], events=[{"kind": "dead_units"}, event]))
    lines = capsys.readouterr().out.splitlines()
    assert "first NaN or inf  step 1, layer 2: p = log(A2)" in lines
    assert "loss              0.5 -> not finite" in lines


def test_a_tracked_run_is_the_last_one(capsys: pytest.CaptureFixture[str]) -> None:
    """What MLflow has can be looked at there, and is named `last`."""
    print_summary(result([0.5], Delivered(run_id="a1", delivered=True), dataset="sine"))
    captured = capsys.readouterr()
    assert captured.out.endswith("look at it  python -m runner ui\nuse it      python -m runner predict last 3 5 7\n")
    assert captured.err == ""


def test_a_run_that_did_not_reach_mlflow_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The run is whole in its folder, and a warning says why it is nowhere else."""
    print_summary(result([0.5], Delivered(delivered=False, error="no answer [1]")))
    captured = capsys.readouterr()
    assert captured.out.endswith("predict outputs/[a] FILE.csv\n")
    assert captured.err == "warning: the run is whole in its folder, but not in MLflow: no answer [1]\n"
