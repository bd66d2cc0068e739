"""The progress bar."""

from __future__ import annotations

import math

import pytest

from runner.cli.progress import ProgressBar, measured
from runner.training.listeners import Plan


def train(bar: ProgressBar) -> None:
    """Tell a bar of a short run."""
    bar.on_start(Plan("planar [4]", 100))
    bar.on_progress(50, 0.5, 0.25, 0.01)
    bar.on_end("converged")


def test_numbers_that_are_not_measured_are_left_out() -> None:
    """Loss, gradient norm and speed, where they are known."""
    assert measured(5000, 0.123456, 0.0123, 2.0) == "loss 0.1235  |g| 0.0123  2,500 steps/s"
    assert measured(1, 0.5, math.nan, 0.0) == "loss 0.5"
    assert measured(0, math.nan, math.nan, 0.0) == ""


def test_nothing_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe or a file gets no bar."""
    train(ProgressBar())
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_steps_and_losses(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal the bar goes to stderr, the title with its brackets whole."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    train(ProgressBar())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "planar [4]" in captured.err
    assert "50/100" in captured.err
    assert "loss 0.5" in captured.err
