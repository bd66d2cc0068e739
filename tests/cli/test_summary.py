"""The summary of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runner.cli.screen.summary import print_job, print_summary
from runner.experiment import RunResult, prepare
from runner.files.events import Event, NonfiniteEvent, UnitsEvent
from runner.files.finding import Finding
from runner.files.summary import EarlyStop, Outcome, Summary
from runner.settings import Settings
from runner.tracking.client import Delivered
from runner.training.history import History


def result(
    losses: list[float],
    delivered: Delivered | None = None,
    dataset: str = "planar",
    events: Sequence[Event] = (),
    findings: Sequence[Finding] = (),
    outcome: Outcome = "finished",
    **changes: Any,
) -> RunResult:
    """The outcome of a run with these losses."""
    history = History(["step", "loss"])
    history.add(np.array([[step, loss] for step, loss in enumerate(losses)]))
    return RunResult(
        setup=prepare(Settings(dataset=dataset)),
        ended=replace(Summary(outcome, steps=len(losses) - 1, seconds=0.5), **changes),
        folder=Path.cwd() / "outputs/[a]",
        history=history,
        events=list(events),
        findings=list(findings),
        signal=0,
        delivered=delivered,
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
        "report   python -m runner report outputs/[a]\n"
        "predict  python -m runner predict outputs/[a] FILE.csv\n"
    )


def test_a_run_that_broke_says_when(capsys: pytest.CaptureFixture[str]) -> None:
    """The first value that wasn't finite is reported by step, layer and call; the loss is not printed as a number."""
    event = NonfiniteEvent("inf", 1, "loss", 2, "p", "p = log(A2)")
    print_summary(result([0.5, math.nan], events=[UnitsEvent("dead_units", 0, "forward", 1, "A1", 3, 4), event]))
    lines = capsys.readouterr().out.splitlines()
    assert "first NaN or inf  step 1, layer 2: p = log(A2)" in lines
    assert "loss              0.5 -> not finite" in lines


def test_causes_stand_between_the_table_and_what_comes_next(capsys: pytest.CaptureFixture[str]) -> None:
    """A run with a finding is explained, brackets and all, by the text that the result holds."""
    finding = Finding("dead_units", "All of [1 2] are 0.", {}, {"layer": 1}, (), None, ())
    one = result([0.5, 0.5], findings=[finding], outcome="stalled")
    print_summary(one)
    table, explained, commands = capsys.readouterr().out.split("\n\n")
    assert table.startswith("outcome  stalled\n")
    assert explained + "\n" == one.explanation
    assert "cause    dead_units (layer 1)\n         All of [1 2] are 0.\n" in one.explanation
    assert commands.startswith("report")


def test_a_job_is_a_line_with_its_first_cause(capsys: pytest.CaptureFixture[str]) -> None:
    """Of several jobs each has a line: number, overrides, outcome, loss, cause where there is one, folder."""
    finding = Finding("dead_units", "All are 0.", {}, {}, (), None, ())
    print_job("3", ["seed=1"], result([0.5], findings=[finding], final={"loss": 0.5}))
    print_job("4", ["network.hidden=[2]"], result([0.5], final={"loss": 0.5}))
    assert capsys.readouterr().out == (
        "job 3  seed=1  finished  loss 0.5  dead_units  outputs/[a]\n"
        "job 4  network.hidden=[2]  finished  loss 0.5  outputs/[a]\n"
    )


def test_a_tracked_run_is_the_last_one(capsys: pytest.CaptureFixture[str]) -> None:
    """What MLflow has can be looked at there, and is named `last`."""
    print_summary(result([0.5], Delivered(run_id="a1", delivered=True), dataset="sine"))
    captured = capsys.readouterr()
    assert captured.out.endswith(
        "view     python -m runner ui\n"
        "report   python -m runner report last\n"
        "predict  python -m runner predict last 3 5 7\n"
    )
    assert captured.err == ""


def test_an_early_stop_says_where_and_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """The metric, the step, and the step of the weights; the loss is the one that these weights have."""
    print_summary(result([0.5, 0.2, 0.3], final={"loss": 0.2}, early_stop=EarlyStop("valid_loss", 2, 1)))
    out = capsys.readouterr().out
    assert "early stop  valid_loss no longer improved at step 2; the weights are those of step 1\n" in out
    assert "loss        0.5 -> 0.2\n" in out


def test_an_interrupted_run_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    """The command that resumes it stands first."""
    print_summary(replace(result([0.5]), signal=2))
    assert "\nresume   python -m runner resume outputs/[a]\nreport " in capsys.readouterr().out


def test_a_run_that_did_not_reach_mlflow_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """The run is complete in its folder, and a warning says why it is nowhere else."""
    print_summary(result([0.5], Delivered(delivered=False, error="no answer [1]")))
    captured = capsys.readouterr()
    assert captured.out.endswith("predict outputs/[a] FILE.csv\n")
    assert captured.err == (
        "warning: the run is complete in its folder, but not in MLflow: no answer [1]\n"
        "send it later  python -m runner sync\n"
    )


def test_the_best_value_stands_with_its_step(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the validation loss where there is one; nothing where the last value is the best."""
    final = {"loss": 0.25, "valid_loss": 0.5}
    best = {"loss": 0.25, "loss_step": 2, "valid_loss": 0.375, "valid_loss_step": 1}
    print_summary(result([0.5, 0.375, 0.25], final=final, best=best))
    assert "best             validation loss 0.375 at step 1\n" in capsys.readouterr().out
    print_summary(result([0.5, 0.375, 0.25], final={"loss": 0.25}, best={"loss": 0.25, "loss_step": 2}))
    assert "best" not in capsys.readouterr().out
