"""Records, summaries and lines of sweeps, and the JSON that holds them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import run_folders
from sweep_folders import converged, crashed, went_nan

from runner.errors import UserError
from runner.files.json_files import LineReader, json_lines, write_json, write_json_unsynced
from runner.files.run_record import RunRecord, read_record
from runner.files.summary import Summary, read_summary
from runner.files.sweep_lines import JobLine, SweepLine, SweepRecord, SweepSummary

RECORD = replace(
    RunRecord.from_dict(run_folders.record()),
    key="ab" * 16,
    architecture={"sizes": [1, 2, 1]},
    network="1 -> 2 tanh",
    environment={"cpu": "x"},
    reused="outputs/before",
)
ENDED = Summary("nan", "FINISHED", 8, 0.5, "1a", {"loss": None}, {"loss": 0.5, "loss_step": 3}, 1, 7, None)
SWEEP = SweepRecord("ab", "2026-11-21T02:00:00+00:00", ("seed=1,2",), {"seed": [1, 2]}, True, {"cpu": "x"}, {})
JOB = JobLine(1, "1", ("seed=2",), {"seed": 2}, "ab" * 8, None, {"seed": 2})
DONE = SweepSummary("failed", "FAILED", None, 2, 2, 0, {"nan": 2}, 1.5, 1000)


@pytest.mark.parametrize("one", [RECORD, ENDED, SWEEP, JOB, DONE, converged(0.5), went_nan(), crashed(folder="0")])
def test_what_is_written_is_read_back_equal(
    one: RunRecord | Summary | SweepRecord | JobLine | SweepLine | SweepSummary,
) -> None:
    """The JSON of each record gives an equal one again, and the same JSON."""
    text = json.dumps(one.to_dict())
    again = type(one).from_dict(json.loads(text))
    assert again == one
    assert json.dumps(again.to_dict()) == text


def test_what_is_unknown_has_no_key() -> None:
    """The summary of a run that failed has a reason and no counters; that of a vanished sweep doesn't know its jobs."""
    assert "reason" not in ENDED.to_dict()
    failed = Summary("failed", "FAILED", 3, reason="OSError: full").to_dict()
    assert failed["reason"] == "OSError: full"
    assert not {"nonfinite_steps", "first_nonfinite_step", "stopped"} & set(failed)
    assert not {"jobs", "reused"} & set(SweepSummary("interrupted", "KILLED").to_dict())
    assert "folder" not in converged(0.5).to_dict()


def test_a_line_of_a_sweep_is_that_of_its_summary() -> None:
    """Outcome, numbers and counters come from the summary; a job that reuses them has its own number."""
    line = SweepLine.of(4, ENDED, "log_of_zero")
    assert (line.job, line.outcome, line.steps, line.cause) == (4, "nan", 8, "log_of_zero")
    assert (line.first_nonfinite_step, line.nonfinite_steps) == (7, 1)
    assert replace(line, folder="4").taken_over(5) == replace(line, job=5, reused=True)


@pytest.mark.parametrize("lacking", ["config", "dataset", "columns", "overrides", "versions"])
def test_a_record_that_does_not_describe_a_run_is_refused(tmp_path: Path, lacking: str) -> None:
    """A key is missing, or isn't of its kind."""
    for changed in (None, "text"):
        (tmp_path / "run.json").write_text(json.dumps({**RECORD.to_dict(), lacking: changed}))
        with pytest.raises(UserError, match="doesn't describe a run"):
            read_record(tmp_path)


def test_both_ways_of_writing_say_the_same(tmp_path: Path) -> None:
    """Waiting for the disk or not gives the same content, and nothing else is left in the folder."""
    write_json(tmp_path / "summary.json", ENDED.to_dict())
    assert read_summary(tmp_path) == ENDED
    write_json_unsynced(tmp_path / "summary.json", ENDED.to_dict())
    assert read_summary(tmp_path) == ENDED
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


def test_lines_are_given_once_and_complete(tmp_path: Path) -> None:
    """An incomplete line is left for the next call; after a line that isn't JSON nothing is read."""
    path = tmp_path / "lines.jsonl"
    reader = LineReader(path)
    assert reader.new_lines() == []
    text = json_lines([{"a": 1}, {"a": "ü"}]).encode()
    path.write_bytes(text[:-3])
    assert reader.new_lines() == [{"a": 1}]
    path.write_bytes(text + b"\x00\x00\n" + text)
    assert reader.new_lines() == [{"a": "ü"}]
    assert reader.new_lines() == []
