"""The table of a sweep."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from sweep_folders import converged, crashed, outcome_by_rate, sweep_folder, went_nan, write_lines

from runner.errors import UserError
from runner.sweeps.results import results, swept_columns, table_in, typed, write_parquet

MIXED = {
    "optimizer.lr": [1e-4, 1.0],
    "network.hidden": [[4], [8, 8]],
    "optimizer.clip_norm": [None, 1.0],
    "init": ["he", "xavier"],
    "network.bias": [True, False],
    "seed": [0, 1],
}


def test_a_row_a_job_in_the_order_of_the_command_line(tmp_path: Path) -> None:
    """Every job has a row with its swept values, also one that has not ended, whose outcome is null."""
    answers = {0: converged(0.25), 1: went_nan(), 2: crashed(), 3: None}
    table = results(sweep_folder(tmp_path / "s", {"seed": [0, 1, 2, 3]}, lambda swept: answers[swept["seed"]]))
    assert list(table.columns) == [
        *("job", "outcome", "loss", "accuracy", "cause", "seed", "steps", "best_loss", "first_nonfinite_step"),
        *("seconds", "reused", "stopped", "reason", "folder"),
    ]
    assert table["job"].tolist() == [0, 1, 2, 3]
    assert table["outcome"].tolist() == ["converged", "nan", "failed", None]
    assert table.loc[0, "loss"] == 0.25
    assert table["steps"].tolist() == [100, 7, pd.NA, pd.NA]
    assert table.loc[1, "first_nonfinite_step"] == 7
    assert table.loc[1, "cause"] == "learning_rate_too_high"
    assert table.loc[2, "reason"] == "ValueError: [no] room"
    assert table["folder"].tolist() == ["0", "1", "2", "3"]
    assert math.isnan(table.loc[3, "seconds"])


def test_swept_values_keep_their_types_where_all_have_one(tmp_path: Path) -> None:
    """Numbers, booleans and texts stay what they are; lists, and null among numbers, are texts as in YAML."""
    table = results(sweep_folder(tmp_path / "s", MIXED))
    assert swept_columns(table) == list(MIXED)
    assert table["optimizer.lr"].dtype == "float64"
    assert table["seed"].dtype == "int64"
    assert table["network.bias"].dtype == "bool"
    assert set(table["network.hidden"]) == {"[4]", "[8, 8]"}
    assert set(table["optimizer.clip_norm"]) == {"null", "1.0"}
    assert set(table["init"]) == {"he", "xavier"}


def test_numbers_of_two_kinds_and_too_large_ones() -> None:
    """Whole numbers among others are floats; a number that no column holds is a text."""
    assert typed([1, 0.5]).tolist() == [1.0, 0.5]
    assert typed([1, 2**70]).tolist() == ["1", str(2**70)]
    assert typed([1, True]).tolist() == ["1", "true"]


def test_keys_named_like_measures_are_distinguished(tmp_path: Path) -> None:
    """A sweep over the group `loss` or over `steps` has columns for what was swept and for its results."""
    factors = {"loss": ["absolute_error", "squared_error"], "steps": [50, 100]}
    table = results(sweep_folder(tmp_path / "s", factors, lambda _: converged(0.5)))
    assert swept_columns(table) == ["swept loss", "swept steps"]
    assert table["loss"].tolist() == [0.5] * 4
    assert table["swept steps"].tolist() == [50, 100, 50, 100]


def test_the_last_of_two_lines_counts_and_a_torn_one_does_not(tmp_path: Path) -> None:
    """A job that was carried out again has its results last; a line that a crash cut off is no result."""
    folder = sweep_folder(tmp_path / "s", {"seed": [0, 1]}, lambda _: None)
    write_lines(folder / "results.jsonl", [crashed().to_dict(), converged(0.5).to_dict()])
    with (folder / "results.jsonl").open("a") as file:
        file.write('{"job": 1, "outcome": "conv')
    assert results(folder)["outcome"].tolist() == ["converged", None]


def test_parquet_gives_the_table_back(tmp_path: Path) -> None:
    """What is written is read back equal, whatever was swept and whatever its outcome."""
    table = results(sweep_folder(tmp_path / "s", MIXED))
    write_parquet(table, tmp_path / "results.parquet")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["results.parquet"]
    back = pd.read_parquet(tmp_path / "results.parquet")
    assert list(back.columns) == list(table.columns)
    for name in table:
        pd.testing.assert_series_equal(back[name].dropna(), table[name].dropna(), check_dtype=False)
    for name in ("optimizer.lr", "network.bias", "seed", "steps", "loss"):
        assert back[name].dtype == table[name].dtype


def test_a_sweep_of_nothing_has_an_empty_table(tmp_path: Path) -> None:
    """Before its first job is written a sweep has its columns and no row; it can be written, too."""
    folder = sweep_folder(tmp_path / "s", {"seed": []})
    table = results(folder)
    assert len(table) == 0
    assert swept_columns(table) == ["seed"]
    write_parquet(table, folder / "results.parquet")


def test_a_fetched_sweep_is_read_from_its_table(tmp_path: Path) -> None:
    """Where only what MLflow holds is there, the Parquet file is the table."""
    table = results(sweep_folder(tmp_path / "s", {"optimizer.lr": [0.1, 1.0]}, outcome_by_rate))
    fetched = tmp_path / "fetched"
    fetched.mkdir()
    with pytest.raises(UserError, match=r"MLflow has no results\.parquet"):
        table_in(fetched)
    write_parquet(table, fetched / "results.parquet")
    assert table_in(fetched)["outcome"].tolist() == ["converged", "nan"]


@pytest.mark.parametrize("content", [b"no Parquet", None])
def test_a_table_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """A file that is damaged, or another's table, is reported as the user's error."""
    if content is None:
        pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "results.parquet")
    else:
        (tmp_path / "results.parquet").write_bytes(content)
    with pytest.raises(UserError, match=r"results\.parquet is damaged"):
        table_in(tmp_path)


def test_a_folder_without_a_sweep_is_reported(tmp_path: Path) -> None:
    """Any other folder is no sweep."""
    with pytest.raises(UserError, match="is not the folder of a sweep"):
        results(tmp_path)
