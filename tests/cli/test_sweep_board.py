"""What is drawn while a sweep goes on."""

from __future__ import annotations

import pytest
from sweep_folders import converged, crashed, went_nan

from runner.cli.screen import sweep_board
from runner.cli.screen.sweep_board import SweepBoard


def tell(board: SweepBoard) -> None:
    """A sweep of four jobs, one of which was known."""
    board.on_result(converged(0.5, reused=True), ["init=[he]"])
    board.on_plan(jobs=4, reused=1, packs=2, workers=2)
    board.on_result(converged(0.25), ["optimizer.lr=0.1", "init=[he]"])
    board.on_result(went_nan(), ["optimizer.lr=10"])
    board.on_tick(running=1)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that is drawn on at every chance."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sweep_board, "_SECONDS_BETWEEN_DRAWINGS", 0.0)


def test_a_terminal_sees_counts_and_the_best(terminal: None, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr stand how many jobs have ended, and how, how fast, and the best with its overrides."""
    with SweepBoard() as board:
        tell(board)
        during = capsys.readouterr()
    after = capsys.readouterr()
    assert (during.out, after.out) == ("", "")
    for text in (
        "4 jobs, 1 reused; 2 packs for 2 workers",
        "3 of 4",
        "runs/s",
        "left",
        "2 converged",
        "1 nan",
        "1 running",
    ):
        assert text in during.err
    assert "best so far 0.25" in during.err
    assert "optimizer.lr=0.1 init=[he]" in during.err
    assert after.err.endswith("\x1b[2K")  # it is gone before the summary


def test_a_crash_is_reported_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Also without a terminal a job that crashed is reported with its overrides and its reason, brackets and all."""
    with SweepBoard() as board:
        tell(board)
        assert capsys.readouterr() == ("", "")
        board.on_result(crashed(), ["network.hidden=[4]"])
        assert capsys.readouterr() == ("", "failed  network.hidden=[4]: ValueError: [no] room\n")
        board.on_delivery(1, 4)
    assert capsys.readouterr() == ("", "")


def test_the_best_is_of_the_validation_part(terminal: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is a validation loss it decides, also if it is zero; runs that failed are never the best."""
    with SweepBoard() as board:
        board.on_plan(jobs=3, reused=0, packs=1, workers=1)
        board.on_result(converged(0.1, final={"loss": 0.1, "valid_loss": 0.9}), ["a=1"])
        board.on_result(converged(0.5, final={"loss": 0.5, "valid_loss": 0.0}), ["a=2"])
        board.on_result(went_nan(final={"loss": -1.0}), ["a=3"])
        board.on_tick(running=0)
    last = capsys.readouterr().err.rpartition("best so far")[2]
    assert last.startswith(" 0")
    assert "a=2" in last


def test_the_end_says_how_many_are_handed_over(terminal: None, capsys: pytest.CaptureFixture[str]) -> None:
    """While MLflow takes what is left, that is said."""
    with SweepBoard() as board:
        tell(board)
        board.on_delivery(1200, 3400)
        assert "logging the runs to MLflow: 1,200 of 3,400" in capsys.readouterr().err


def test_nothing_is_drawn_more_often_than_the_eye_needs(
    terminal: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A thousand results at once are not a thousand drawings: the cores belong to the workers."""
    monkeypatch.setattr(sweep_board, "_SECONDS_BETWEEN_DRAWINGS", 60.0)
    with SweepBoard() as board:
        board.on_plan(jobs=1000, reused=0, packs=1, workers=1)
        for _ in range(1000):
            board.on_result(converged(0.5), ["a=1"])
    assert capsys.readouterr().err.count(" of 1,000") <= 3  # at the beginning, with the first one, and at the end
