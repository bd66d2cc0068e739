"""What is printed when a sweep has ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sweep_folders import crashed, sweep_folder

from runner.cli.screen.sweep_summary import print_sweep
from runner.files.sweep_lines import SweepSummary
from runner.sweeps.outcome_files import write_results
from runner.tracking.client import Delivered

FACTORS = {"optimizer.lr": [0.01, 0.1, 10.0], "network.hidden": [[4], [8, 8]], "seed": [0, 1]}
SUMMARY = SweepSummary(
    "finished", "FINISHED", jobs=12, done=12, reused=0, outcomes={"converged": 8, "nan": 4}, seconds=2.5
)


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def printed(capsys: pytest.CaptureFixture[str], folder: Path, **changes: Any) -> str:
    write_results(folder)
    print_sweep(folder, replace(SUMMARY, **changes), delivered=None)
    return capsys.readouterr().out


def test_outcomes_ranking_importance_and_what_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The outcomes are counted, the groups ranked, the factors weighed, and the next commands given."""
    text = printed(capsys, sweep_folder(tmp_path / "s", FACTORS))
    assert "12 of 12 in 2.5 s" in text
    assert "8 converged, 4 nan" in text
    assert "ranked by the median loss over seed; failed runs count as the worst" in text
    lines = text.splitlines()
    header = next(line for line in lines if line.startswith("median\tfailed\toptimizer.lr\t"))
    assert lines[lines.index(header) + 1].split("\t")[1:5] == ["0", "0.1", "[4]", "2"]
    assert any(line.startswith("optimizer.lr    ━") for line in lines)
    assert "map      s/map.png" in text
    assert "python -m runner compare s" in text
    assert "resume" not in text


def test_a_terminal_shows_brackets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal, too, values and folders with brackets stand whole."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    text = printed(capsys, sweep_folder(tmp_path / "[s]", FACTORS))
    assert "[8, 8]" in text
    assert "compare [s]" in text


def test_only_the_best_of_many_groups_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten groups are shown, and of how many."""
    text = printed(capsys, sweep_folder(tmp_path / "s", {"optimizer.weight_decay": [0.001 * k for k in range(1, 31)]}))
    assert "the best 10 of 30, ranked by the median loss" in text
    assert sum(line.count("\t") > 2 for line in text.splitlines()) == 1 + 10


def test_an_interrupted_sweep_says_how_to_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What ended early says why, and the command that goes on; of nothing no ranking is shown."""
    folder = sweep_folder(tmp_path / "s", FACTORS, lambda _: None)
    write_results(folder)
    early = {"outcome": "interrupted", "reason": "interrupted", "done": 0, "outcomes": {}}
    print_sweep(folder, replace(SUMMARY, **early), delivered=None, naming=" subject=net.py:Net")
    captured = capsys.readouterr()
    assert "0 of 12" in captured.out
    assert "ranked" not in captured.out
    assert "python -m runner resume s subject=net.py:Net\n" in captured.out
    assert "ended early: interrupted" in captured.err


def test_all_jobs_crashed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sweep of crashes has its ranking without numbers."""
    folder = sweep_folder(tmp_path / "s", FACTORS, lambda _: crashed())
    text = printed(capsys, folder, outcome="failed", outcomes={"failed": 12})
    assert "12 failed" in text
    assert "python -m runner resume s" in text


def test_what_mlflow_does_not_have_yet_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the store was slow or away the summary says so, and the command that delivers."""
    folder = sweep_folder(tmp_path / "s", FACTORS)
    write_results(folder)
    print_sweep(folder, SUMMARY, Delivered(run_id="ab" * 16, delivered=False, error="[away]"))
    captured = capsys.readouterr()
    assert "python -m runner ui" in captured.out
    assert "not in MLflow: [away]" in captured.err
    assert "python -m runner sync" in captured.err
