"""Runs that are no better than the best constant answer, as a sweep counts them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sweeping import TINY, InThisProcess, executor, jobs_of, swept_in

from runner.files.sweep_folder import SweepFolder
from runner.files.sweep_lines import AT_CHANCE
from runner.sweeps.page.left import read_sweep
from runner.sweeps.page.sweep_page import sweep_page
from runner.sweeps.ranking import ranking
from runner.sweeps.results import results
from runner.tracking.content.sweep import child_of, outcome_of

__all__ = ["executor"]

RATES = [{"optimizer.lr": 1e-9}, {"optimizer.lr": 1.0}]


@pytest.fixture
def swept(tmp_path: Path, executor: InThisProcess) -> SweepFolder:
    """A sweep over two rates: at the first nothing is learnt in so few steps."""
    swept_in(tmp_path / "s", jobs_of(tmp_path / "s", RATES, [*TINY, "steps=400"]))
    return SweepFolder(tmp_path / "s")


def test_a_run_at_chance_counts_as_failed(swept: SweepFolder) -> None:
    """So say the table, the ranking, the summary, the page and MLflow; the run keeps its own outcome and status."""
    table = results(swept.path)
    assert table["outcome"].tolist() == [AT_CHANCE, "converged"]
    ranked = ranking(table)
    assert ranked["optimizer.lr"].tolist() == [1.0, 1e-9]
    assert ranked["failed"].tolist() == [0.0, 1.0]
    summary = swept.summary
    assert summary is not None
    assert summary.outcomes == {AT_CHANCE: 1, "converged": 1}
    assert summary.outcome == "finished"
    assert "1 at chance" in sweep_page(read_sweep(swept.path))
    lines = swept.results()
    assert outcome_of(summary, lines)[1][f"jobs/{AT_CHANCE}"] == 1.0
    child = child_of(swept.path, swept.record, swept.jobs()[0], lines[0], "parent")
    assert (child.tags["outcome"], child.status) == (AT_CHANCE, "FINISHED")
    own = json.loads((swept.path / lines[0].folder / "summary.json").read_text())  # type: ignore[operator]
    assert (own["outcome"], own["at_chance"]) == ("stalled", True)
    assert lines[1].to_dict().get("at_chance") is None
