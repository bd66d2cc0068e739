"""A sweep leaves for each job what a run leaves, carries out equal jobs once, and goes on where it was cut off."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sweeping import TINY, InThisProcess, jobs_of, swept_in

from runner.composition.recorded import settings_of
from runner.errors import UserError
from runner.experiment import prepare, run
from runner.sweeps.cut_off import CutOffSweep
from runner.sweeps.job import Plan
from runner.sweeps.listener import SweepListener
from runner.sweeps.planning import UnderWay
from runner.sweeps.sweep import Sweep, begin
from runner.sweeps.work import Work

GRID = [{"optimizer.lr": lr, "seed": seed} for lr in (0.01, 1.0) for seed in (0, 1, 2)]


def test_each_job_leaves_what_a_run_leaves(tmp_path: Path, executor: InThisProcess) -> None:
    """History, weights and summary of a job equal those of a run with the same settings, to the last bit.

    Jobs run no fixes, so neither does the run: with fixes it may find the cause that a job says it lacks.
    """
    jobs = jobs_of(tmp_path / "sweep", GRID, [*TINY, "diagnosis.fixes=false"])
    _, lines, summary = swept_in(tmp_path / "sweep", jobs)
    assert [line.job for line in lines] == list(range(6))
    assert [len(pack) for pack in executor.packs] == [6], "they share a pack"
    assert summary.outcome == "finished"
    assert sum(summary.outcomes.values()) == 6
    for job in jobs:
        alone = tmp_path / f"alone-{job.number}"
        run(prepare(job.settings), alone)
        table, other = (pd.read_parquet(folder / "history.parquet") for folder in (job.folder, alone))
        pd.testing.assert_frame_equal(table, other, check_exact=True)
        with np.load(job.folder / "weights.npz") as weights, np.load(alone / "weights.npz") as others:
            assert set(weights) == set(others)
            assert all(weights[name].tobytes() == others[name].tobytes() for name in weights)
        ended, other_end = (json.loads((folder / "summary.json").read_text()) for folder in (job.folder, alone))
        assert {**ended, "seconds": 0} == {**other_end, "seconds": 0}
        events = [(folder / "events.jsonl").read_text() for folder in (job.folder, alone)]
        assert events[0] == events[1]


def test_findings_of_a_job_are_reported_without_running_fixes(tmp_path: Path, executor: InThisProcess) -> None:
    """A job that failed says why, with its number; fixes are run only where the sweep asks for them."""
    slow = [*TINY, "steps=400", "diagnosis.budget=2"]
    for fixes in (False, True):
        folder = tmp_path / f"fixes-{fixes}"
        jobs = jobs_of(folder, [{"optimizer.lr": 40.0}, {"optimizer.lr": 0.5}], [*slow, f"sweep.fixes={fixes}"])
        swept_in(folder, jobs)
        findings = json.loads((folder / "0" / "findings.json").read_text())
        assert findings
        assert any(finding["verified"] for finding in findings) is fixes


def test_the_driver_knows_what_is_being_trained(tmp_path: Path) -> None:
    """As many packs as there are workers, the first of those that haven't ended."""
    jobs = jobs_of(tmp_path, [{"seed": seed} for seed in range(7)])
    work = [Work(job.number, job.overrides, job.settings, job.config, job.folder) for job in jobs]
    under_way = UnderWay([tuple(work[:3]), tuple(work[3:5]), (work[5],), (work[6],)], workers=2)
    assert under_way.jobs == 5
    under_way.ended([3, 4])
    assert under_way.jobs == 4
    under_way.ended([0, 1, 2])
    under_way.ended([5])
    assert under_way.jobs == 1
    under_way.ended([6])
    assert under_way.jobs == 0


def test_equal_jobs_are_carried_out_once(tmp_path: Path, executor: InThisProcess) -> None:
    """A job with the settings of one before it takes that one's files over."""
    jobs = jobs_of(tmp_path / "sweep", [{"seed": 1}, {"seed": 2}, {"seed": 1}])
    _, lines, _ = swept_in(tmp_path / "sweep", jobs)
    assert sum(len(pack) for pack in executor.packs) == 2
    assert [line.reused for line in lines] == [False, False, True]
    histories = [(job.folder / "history.parquet").read_bytes() for job in jobs]
    assert histories[0] == histories[2] != histories[1]
    keys = [json.loads((job.folder / "run.json").read_text())["key"] for job in jobs]
    assert len(set(keys)) == 3, "each is a run of its own in MLflow"


@pytest.mark.slow
def test_finished_runs_are_not_run_again(tmp_path: Path, executor: InThisProcess) -> None:
    """A second sweep takes over what the first has finished, unless it is configured not to, or its files are gone."""
    swept_in(tmp_path / "first", jobs_of(tmp_path / "first", GRID))
    _, lines, summary = swept_in(tmp_path / "second", jobs_of(tmp_path / "second", [*GRID, {"seed": 7}]))
    assert summary.reused == 6
    assert len(executor.packs[-1]) == 1
    assert [line.job for line in lines] == list(range(7))
    (tmp_path / "first" / "0" / "history.parquet").unlink()
    (tmp_path / "second" / "0" / "history.parquet").unlink()
    _, _, summary = swept_in(tmp_path / "third", jobs_of(tmp_path / "third", GRID))
    assert summary.reused == 5
    jobs = jobs_of(tmp_path / "fourth", GRID, [*TINY, "sweep.reuse=false"])
    assert swept_in(tmp_path / "fourth", jobs)[2].reused == 0


def test_a_job_that_crashes_takes_no_other_with_it(tmp_path: Path, executor: InThisProcess) -> None:
    """It is reported as failed, with its reason; fail_fast ends the sweep with it."""
    swept = [{"seed": 0}, {"seed": 1}, {"seed": 2}]
    jobs = jobs_of(tmp_path / "sweep", swept)
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "1").write_text("a file where a folder should be")
    _, lines, summary = swept_in(tmp_path / "sweep", jobs)
    assert [line.outcome == "failed" for line in lines] == [False, True, False]
    assert "NotADirectoryError" in lines[1].reason
    assert (summary.outcome, summary.outcomes["failed"]) == ("failed", 1)


def test_fail_fast(tmp_path: Path, executor: InThisProcess) -> None:
    """After a crash no more packs begin."""
    wide = ["dataset=blobs", "dataset.samples=50", "network.hidden=[300,300]", "steps=3", "tracking=none"]
    jobs = jobs_of(tmp_path / "sweep", [{"seed": seed} for seed in range(4)], [*wide, "sweep.fail_fast=true"])
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "0").write_text("")
    sweep, lines, summary = swept_in(tmp_path / "sweep", jobs)
    assert [line.outcome for line in lines] == ["failed"]
    assert summary.outcome == "interrupted"
    assert "fail_fast" in str(sweep.reason)


def test_a_budget_of_time(tmp_path: Path, executor: InThisProcess) -> None:
    """When it is used up, what is left is left, and can be gone on with."""
    wide = ["dataset=blobs", "dataset.samples=50", "network.hidden=[300,300]", "steps=3", "tracking=none"]
    jobs = jobs_of(tmp_path / "sweep", [{"seed": seed} for seed in range(4)], [*wide, "sweep.budget=1e-9"])
    _, lines, summary = swept_in(tmp_path / "sweep", jobs)
    assert len(lines) == 1
    assert (summary.outcome, summary.done, summary.jobs) == ("interrupted", 1, 4)


def test_a_sweep_goes_on_with_what_is_missing(tmp_path: Path, executor: InThisProcess) -> None:
    """Jobs whose results or files are missing or torn are carried out, the others are not."""
    jobs = jobs_of(tmp_path / "sweep", GRID)
    swept_in(tmp_path / "sweep", jobs)
    before = {job.number: (job.folder / "history.parquet").read_bytes() for job in jobs}
    (tmp_path / "finished.jsonl").unlink()
    results = tmp_path / "sweep" / "results.jsonl"
    lines = results.read_text().splitlines(keepends=True)
    results.write_text("".join(lines[:4]) + lines[4][:20])  # cut off in the middle of a line
    torn = json.loads(lines[0])["job"]
    (jobs[torn].folder / "history.parquet").write_bytes(b"PAR1")
    (jobs[torn].folder / "weights.npz").write_bytes(b"")
    begun = CutOffSweep.of(tmp_path / "sweep", settings_of)
    assert len(begun.known) == 3
    with Sweep(begun.settings.sweep, SweepListener(), tmp_path) as sweep:
        sweep.folder = begun.files
        sweep.carry_out(begun.plan.jobs, known={line.job: line for line in begun.known})
        assert sweep.end().done == 6
    assert sum(len(pack) for pack in executor.packs[1:]) == 3
    assert len(begun.files.results()) == 6
    assert {job.number: (job.folder / "history.parquet").read_bytes() for job in jobs} == before


def test_a_folder_that_holds_something_is_refused(tmp_path: Path, executor: InThisProcess) -> None:
    """A sweep never writes over another, or over a run."""
    jobs = jobs_of(tmp_path / "sweep", GRID[:1])
    plan = Plan(jobs, {}, tmp_path / "sweep", [], "")
    begin(plan, models=False)
    with pytest.raises(UserError, match="holds a sweep already"):
        begin(plan, models=False)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")
    with pytest.raises(UserError, match="holds a run already"):
        begin(Plan(jobs, {}, tmp_path / "run", [], ""), models=False)


def test_jobs_with_checkpoints_are_runs_like_any_other(tmp_path: Path, executor: InThisProcess) -> None:
    """They run alone, and go on from their last checkpoint."""
    jobs = jobs_of(tmp_path / "sweep", [{"seed": 0}, {"seed": 1}], [*TINY, "checkpoint.every=20"])
    swept_in(tmp_path / "sweep", jobs)
    assert [len(pack) for pack in executor.packs] == [1, 1]
    assert sorted(path.name for path in (jobs[0].folder / "checkpoints").iterdir()) != []
    whole = (jobs[0].folder / "history.parquet").read_bytes()
    (jobs[0].folder / "summary.json").unlink()
    (tmp_path / "finished.jsonl").unlink()
    begun = CutOffSweep.of(tmp_path / "sweep", settings_of)
    with Sweep(begun.settings.sweep, SweepListener(), tmp_path) as sweep:
        sweep.folder = begun.files
        sweep.carry_out(begun.plan.jobs, known={line.job: line for line in begun.known})
    assert (jobs[0].folder / "history.parquet").read_bytes() == whole
