"""The progress bar."""

from __future__ import annotations

import math

import pytest

from runner.cli.screen.progress import ProgressBar, measured
from runner.training.listeners import TrainingPlan


def train(bar: ProgressBar) -> None:
    """Tell a bar of a short run."""
    bar.on_start(TrainingPlan("planar [4]", 100))
    bar.on_evaluation({"accuracy": 0.75})
    bar.on_progress(50, 0.5, 0.25, 0.01)
    bar.on_end("converged")


def test_numbers_that_are_not_measured_are_left_out() -> None:
    """Loss, what was evaluated, and speed, where they are known, and as far as there is room for them."""
    found = {"accuracy": 0.875, "valid_loss": 0.25, "valid_accuracy": math.nan}
    assert (
        measured(5000, 0.123456, found, 2.0, 99) == "loss 0.1235  accuracy 0.875  validation loss 0.25  2,500 steps/s"
    )
    assert measured(5000, 0.123456, found, 2.0, 45) == "loss 0.1235  accuracy 0.875  2,500 steps/s"
    assert measured(1, 0.5, {}, 0.0, 99) == "loss 0.5"
    assert measured(0, math.nan, {}, 0.0, 99) == ""


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
    assert "loss 0.5  accuracy 0.75" in captured.err


def test_a_terminal_sees_what_the_diagnosis_tries(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr says which change is being run; it is gone before the summary, also after an error."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with ProgressBar() as bar:
        train(bar)
        capsys.readouterr()
        bar.on_attempt("network.hidden=[8]")
        bar.on_attempt("optimizer.lr=0.1")
        during = capsys.readouterr()
    after = capsys.readouterr()
    assert (during.out, after.out) == ("", "")
    assert during.err.index("trying network.hidden=[8] ...") < during.err.index("trying optimizer.lr=0.1 ...")
    assert during.err.count("\n") == 0
    assert after.err.endswith("\x1b[1A\x1b[2K")


def test_a_pipe_does_not_hear_of_attempts(capsys: pytest.CaptureFixture[str]) -> None:
    """Where stderr is no terminal, attempts are silent."""
    with ProgressBar() as bar:
        bar.on_attempt("optimizer.lr=0.1")
    assert capsys.readouterr() == ("", "")


def test_what_the_configuration_shows_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to stderr, pipe or not, on one line with the name of the cause and its brackets."""
    ProgressBar().on_suspicion("softmax_on_one_unit", "Layer 2 [output] has one unit.")
    captured = capsys.readouterr()
    assert captured == ("", "warning: Layer 2 [output] has one unit. (softmax_on_one_unit)\n")


def test_a_notice_is_reported_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Pipe or not, it goes to stderr on one line, brackets and all."""
    ProgressBar().on_notice("the store [x] answers again")
    assert capsys.readouterr() == ("", "note: the store [x] answers again\n")


def test_a_notice_stands_above_the_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal the line where the bar was is cleared for it, and the bar is drawn again below."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "160")
    with ProgressBar() as bar:
        bar.on_start(TrainingPlan("planar", 100))
        bar.on_progress(50, 0.5, 0.25, 0.01)
        capsys.readouterr()
        bar.on_notice("the store answers again")
        said = capsys.readouterr().err
    assert said.index("\x1b[2K") < said.index("the store answers again\n") < said.index("50/100")
