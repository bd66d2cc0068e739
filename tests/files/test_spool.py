"""Reading files that are still being written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from run_folders import COLUMNS, append, begin, end, record, rows

from runner.files.events import event_of
from runner.files.json_files import read_json
from runner.files.names import SPOOLED_HISTORY
from runner.files.run_record import read_record
from runner.files.spool import Spool
from runner.files.summary import Summary, read_summary


def test_rows_are_whole(tmp_path: Path) -> None:
    """A row that is half written is left for the next look; any stretch of rows can be had again."""
    folder = begin(tmp_path / "run", record())
    spool, table = Spool(folder, COLUMNS), rows(9)
    assert spool.rows(0, 10).shape == (0, len(COLUMNS))
    data = table.tobytes()
    with (folder / SPOOLED_HISTORY).open("ab", buffering=0) as file:
        file.write(data[:100])
        assert len(spool) == 2
        np.testing.assert_array_equal(spool.rows(0, 99), table[:2])
        file.write(data[100:])
    assert len(spool) == 10
    np.testing.assert_array_equal(spool.rows(3, 7), table[3:7])
    assert len(spool.rows(10, 10)) == 0


def test_torn_last_row_is_left_out(tmp_path: Path) -> None:
    """After a crash in the middle of a row the rows before it are there."""
    folder = begin(tmp_path / "run", record())
    append(folder, rows(4))
    with (folder / SPOOLED_HISTORY).open("ab") as file:
        file.write(b"\x00" * 11)
    assert Spool(folder, COLUMNS).rows(0, 99).shape == (5, len(COLUMNS))


def test_events_come_once_and_whole(tmp_path: Path) -> None:
    """A line without its end is left for the next look."""
    folder = begin(tmp_path / "run", record())
    spool = Spool(folder, COLUMNS)
    first = {"kind": "saturated_ü", "step": 3, "phase": "forward"}
    second = {"kind": "of_a_later_version", "step": 4, "phase": "loss"}
    lines = (json.dumps(first, ensure_ascii=False) + "\n" + json.dumps(second) + "\n").encode()
    with (folder / "events.jsonl").open("ab", buffering=0) as file:
        file.write(lines[:-5])
        assert spool.new_events() == [event_of(first)]
        file.write(lines[-5:])
    assert spool.new_events() == [event_of(second)]
    assert spool.new_events() == []


def test_missing_files_are_empty(tmp_path: Path) -> None:
    """A folder without files has no rows, no events, no record and no summary."""
    spool = Spool(tmp_path, COLUMNS)
    assert len(spool) == len(spool.rows(0, 1)) == 0
    assert spool.new_events() == []
    assert read_record(tmp_path) is None
    assert read_summary(tmp_path) is None


def test_summary_is_there_when_the_run_has_ended(tmp_path: Path) -> None:
    """The summary appears with the end of the run."""
    folder = begin(tmp_path / "run", record())
    assert read_summary(folder) is None
    end(folder)
    assert read_summary(folder) == Summary("converged", "FINISHED", 100)


def test_damaged_json_is_none(tmp_path: Path) -> None:
    """A JSON file cut off in the middle is as good as none."""
    (tmp_path / "x.json").write_text('{"a": 1')
    assert read_json(tmp_path / "x.json") is None
