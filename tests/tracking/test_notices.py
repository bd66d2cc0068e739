"""What is said while a run trains when its store fails and when it works again."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow_stores import opened
from run_folders import append, begin, record, rows

from runner.tracking.client import Tracker
from runner.tracking.journal import read
from runner.tracking.notices import AWAY, BACK, StoreNotices

_PATIENCE = 60.0


def progress(notices: StoreNotices) -> None:
    """Go on training."""
    notices.on_progress(1, 0.5, math.nan, 1.0)


def wait_for(state: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + _PATIENCE
    while not state():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_store_that_comes_and_goes_is_reported_once() -> None:
    """One notice with the reason when it fails, one when it works again, none after that."""
    answers = iter([None, "locked", "still locked", None, None, "locked", None])
    shown: list[str] = []
    notices = StoreNotices(lambda: next(answers), shown.append)
    for _ in range(6):
        progress(notices)
    assert shown == [f"{AWAY} (locked)", BACK]


def test_a_store_that_works_is_not_mentioned() -> None:
    """Nothing is said where there is no trouble."""
    shown: list[str] = []
    progress(StoreNotices(lambda: None, shown.append))
    assert shown == []


@pytest.mark.slow
def test_file_that_another_process_locks_is_reported_during_the_run(tmp_path: Path) -> None:
    """A real lock on a real SQLite file is reported while it lasts, and its end too."""
    store = opened(tmp_path)
    assert store.database is not None
    tracker, folder, shown = Tracker(store), begin(tmp_path / "run", record()), list[str]()
    tracker.start(folder)
    assert tracker.run_id(_PATIENCE) is not None
    append(folder, rows(100)[:30])
    wait_for(lambda: bool(read(folder).anchors))
    notices = StoreNotices(lambda: tracker.trouble(folder), shown.append)
    progress(notices)
    assert shown == []
    with sqlite3.connect(store.database, isolation_level=None, timeout=_PATIENCE) as blocker:
        blocker.execute("BEGIN EXCLUSIVE")
        append(folder, rows(100)[30:60])

        def said(count: int) -> bool:
            progress(notices)
            return len(shown) == count

        wait_for(lambda: said(1))
        blocker.execute("ROLLBACK")
    blocker.close()
    wait_for(lambda: said(2))
    assert shown[0].startswith(AWAY)
    assert "database is locked" in shown[0]
    assert shown[1] == BACK
    tracker.close()
