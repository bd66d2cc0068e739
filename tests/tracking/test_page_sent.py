"""The page of a delivered run: written by the process that delivers, when nobody waits any more, and sent."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from mlflow_stores import client_of
from run_folders import carry, finished, record

from runner.report.writer import leave_page
from runner.tracking.run_track import RunTrack
from runner.tracking.store import Store
from runner.tracking.writer import serve


def left(folder: Path, *, page: bool = True) -> Path:
    """A run that has ended, whose model is of no interest."""
    config = record()["config"]
    tracking = {**config["tracking"], "model": False, "report": page}
    return finished(folder, config={**config, "tracking": tracking})


def orders(folder: Path, store: Store) -> io.StringIO:
    """What a training process asks for: deliver this folder."""
    return io.StringIO(json.dumps({"track": str(folder), "store": store.to_dict()}) + "\n")


def test_the_page_is_written_and_sent_after_everything_else(tmp_path: Path, store: Store) -> None:
    """The run is reported as delivered before its page is begun; then the page is an artifact."""
    folder, answers = left(tmp_path / "a"), io.StringIO()
    said_before: list[str] = []

    def write(path: Path) -> None:
        said_before.append(answers.getvalue())
        leave_page(path)

    serve(orders(folder, store), answers, write)
    lines = [json.loads(line) for line in said_before[0].splitlines()]
    assert lines[-1]["delivered"] is True
    run_id = next(line["run_id"] for line in lines if "run_id" in line)
    artifacts = client_of(store).list_artifacts(run_id)
    assert "report.html" in [artifact.path for artifact in artifacts]
    assert "after 100 steps" in (folder / "report.html").read_text(encoding="utf-8")


def test_no_page_is_made_where_none_is_wanted(tmp_path: Path, store: Store) -> None:
    """With tracking.report=false nothing is written."""
    folder = left(tmp_path / "a", page=False)
    serve(orders(folder, store), io.StringIO(), leave_page)
    assert not (folder / "report.html").exists()


def test_a_page_that_fails_takes_nothing_with_it(
    tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """What raises while a page is made goes to the writer's log, and the run stays delivered."""
    folder = left(tmp_path / "a")
    answers = carry(folder, store)
    track = RunTrack(folder, store, answers.append)
    track.pump()  # another process has delivered it: nothing is left to send a page with
    track.leave_page(lambda path: pytest.fail("a page was made"))

    def fails(path: Path) -> None:
        raise ValueError("no ink")

    again, said = left(tmp_path / "b"), io.StringIO()
    serve(orders(again, store), said, fails)
    assert '"delivered": true' in said.getvalue()
    assert "ValueError: no ink" in capsys.readouterr().err
