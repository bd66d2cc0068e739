"""Jobs that end before their steps do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sweeping import TINY, InThisProcess, jobs_of, swept_in

from runner.sweeps.steering import has_diverged


def test_divergence_is_reported_from_bad_patches() -> None:
    """Only a loss that has stayed far above its beginning, and doesn't come down, is given up."""
    rising = np.linspace(1, 1000, 100)
    assert has_diverged(rising, 200, 10.0)
    assert not has_diverged(rising[:15], 200, 10.0), "too early to tell"
    assert not has_diverged(rising[::-1] + 1e4, 200, 10.0), "it comes down"
    assert not has_diverged(np.r_[rising, 1.0], 200, 10.0), "it was there a moment ago"
    assert not has_diverged(np.linspace(1, 9, 100), 200, 10.0), "not far above"


def test_diverged_jobs_end_early(tmp_path: Path, executor: InThisProcess) -> None:
    """What they did is what they do alone, up to there; it is said why they ended, and the others go on."""
    common = ["dataset=planar", "steps=400", "tracking=none"]
    swept = [{"optimizer.lr": lr} for lr in (0.1, 3000.0, 0.2)]
    jobs = jobs_of(tmp_path / "sweep", swept, common)
    _, lines, _ = swept_in(tmp_path / "sweep", jobs)
    assert [line.stopped for line in lines] == [None, "diverged", None]
    assert lines[1].outcome == "diverged"
    assert lines[1].steps < 400
    assert [lines[k].steps for k in (0, 2)] == [400, 400]
    assert json.loads((jobs[1].folder / "summary.json").read_text())["stopped"] == "diverged"
    on = jobs_of(tmp_path / "on", swept, [*common, "sweep.stop_diverged=false"])
    assert [line.steps for line in swept_in(tmp_path / "on", on)[1]] == [400, 400, 400]


@pytest.mark.slow
def test_halving_keeps_the_best(tmp_path: Path, executor: InThisProcess) -> None:
    """After a ninth of the steps one in three goes on, after a third one in three of these; they are not reused."""
    swept = [{"optimizer.lr": 10.0**-k} for k in range(9)]
    jobs = jobs_of(tmp_path / "sweep", swept, [*TINY, "steps=900", "sweep.halving=3"])
    _, lines, _ = swept_in(tmp_path / "sweep", jobs)
    assert sorted(line.steps for line in lines) == [100] * 6 + [300] * 2 + [900]
    assert [line.stopped for line in lines].count("halving") == 8
    best = next(line for line in lines if line.stopped is None)
    assert best.final["loss"] == min(line.final["loss"] for line in lines)
    _, _, summary = swept_in(tmp_path / "again", jobs_of(tmp_path / "again", swept, [*TINY, "steps=900"]))
    assert summary.reused <= 1, "a job that was ended early is no finished run"
