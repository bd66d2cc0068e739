"""Worker processes of this machine, and jobs that take them along."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from processes import lives, wait_until, workers_of
from sweeping import TINY, jobs_of

from runner.files.run_folder import is_whole
from runner.sweeps.executors.local import LocalExecutor
from runner.sweeps.work import Work


class Deadly(Work):
    """A job that takes the process with it in which it is unpacked, as a crash in a library does."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


def work_of(folder: Path, count: int) -> list[Work]:
    """Small jobs."""
    jobs = jobs_of(folder, [{"seed": seed} for seed in range(count)], TINY)
    return [Work(job.number, job.overrides, job.settings, job.config, job.folder) for job in jobs]


@pytest.mark.slow
def test_a_job_that_kills_its_process_is_reported_and_takes_no_other_with_it(tmp_path: Path) -> None:
    """After three times it has failed, with that as its reason; the jobs of its pack and all others are carried out."""
    good = work_of(tmp_path, 5)
    last = good[4]
    deadly = Deadly(last.number, last.overrides, last.settings, last.config, last.folder)
    executor = LocalExecutor(2)
    try:
        arrivals = list(executor.carry_out([tuple(good[:2]), (good[2], deadly), (good[3],)]))
    finally:
        executor.close()
    lines = {line.job: line for arrival in arrivals if arrival for line in arrival}
    assert sum(len(arrival) for arrival in arrivals if arrival) == 5
    assert [lines[job].outcome == "failed" for job in range(5)] == [False, False, False, False, True]
    assert "killed or crashed, 3 times" in lines[4].reason
    assert all(is_whole(one.folder) for one in good[:4])


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])
def test_an_idle_process_that_is_killed_is_replaced(tmp_path: Path, lost: int) -> None:
    """A process that waits for work holds the lock of the queue; no other waits for that lock for ever."""
    before = set(workers_of(os.getpid()))
    executor = LocalExecutor(2)
    try:
        packs = [(one,) for one in work_of(tmp_path, 6)]
        arrivals = list(executor.carry_out(packs[:3]))
        mine = sorted(set(workers_of(os.getpid())) - before)
        time.sleep(0.5)  # until both wait
        os.kill(mine[lost], signal.SIGKILL)
        arrivals += executor.carry_out(packs[3:])
        wait_until(lambda: not any(map(lives, mine)))
    finally:
        executor.close()
    assert sorted(line.job for arrival in arrivals if arrival for line in arrival) == list(range(6))


def test_an_executor_that_is_stopped_begins_nothing(tmp_path: Path) -> None:
    """The results of running packs are not given."""
    executor = LocalExecutor(1)
    try:
        executor.stop()
        assert list(executor.carry_out([tuple(work_of(tmp_path, 2))])) == []
    finally:
        executor.close()
    assert not (tmp_path / "0" / "summary.json").exists()
