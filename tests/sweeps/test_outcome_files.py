"""The files that a sweep leaves for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sweep_folders import Outcome, converged, crashed, sweep_folder, went_nan

from runner.sweeps.outcome_files import cell, markdown, write_results


def test_table_ranking_and_map_are_written(tmp_path: Path) -> None:
    """The table has a row a job; the page counts outcomes, ranks the groups, and says which factor matters most."""
    factors = {"optimizer.lr": [0.01, 0.1, 10.0], "init": ["he", "xavier"], "seed": [0, 1]}
    folder = sweep_folder(tmp_path / "s", factors)
    assert write_results(folder) == ["results.parquet", "ranking.md", "map.png"]
    assert len(pd.read_parquet(folder / "results.parquet")) == 12
    lines = (folder / "ranking.md").read_text().splitlines()
    assert lines[0] == "# 12 of 12 runs: 8 converged, 4 nan"
    assert "| median | failed | optimizer.lr | init | runs | mean | std | best | cause |" in lines
    assert any(line.startswith("| 0.1178 | 0 | 0.1 | he | 2 |") for line in lines)
    assert any(line.startswith("| optimizer.lr | ") and line.endswith("━ |") for line in lines)
    assert (folder / "map.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("factors", "outcome", "written"),
    [
        ({"seed": []}, lambda _: None, 2),
        ({"optimizer.lr": [0.1]}, lambda _: converged(0.5), 2),
        ({"optimizer.lr": [0.1, 0.2]}, lambda _: crashed(), 3),
        ({"optimizer.lr": [0.1, 0.2]}, lambda _: went_nan(), 3),
        ({"optimizer.lr": [0.1, 0.2]}, lambda _: None, 2),
        ({"seed": [0, 1]}, lambda _: converged(0.0), 2),
    ],
)
def test_sweeps_with_little_to_tell(
    tmp_path: Path, factors: dict[str, list[Any]], outcome: Outcome, written: int
) -> None:
    """A sweep without jobs, with one, with none that ended or succeeded leaves its files all the same."""
    folder = sweep_folder(tmp_path / "s", factors, outcome)
    assert len(write_results(folder)) == written
    assert (folder / "ranking.md").read_text().startswith("# ")


def test_what_would_end_a_cell_is_escaped() -> None:
    """Bars and line ends in values don't break the table, nor does a number that is not known."""
    table = pd.DataFrame({"a|b": ["x|y", "two\nlines"], "n": [0.123456789, float("nan")]})
    assert markdown(table) == ["| a\\|b | n |", "| --- | --- |", "| x\\|y | 0.1235 |", "| two lines |  |"]


def test_cells_are_short() -> None:
    """Numbers have four digits; what is unknown is empty; the outcome nan is a word."""
    assert [cell(value) for value in (0.123456, 7, None, float("nan"), pd.NA, "nan", True)] == [
        *("0.1235", "7", "", "", "", "nan", "True")
    ]
