"""The history's table: null is not NaN."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from runner.files.history import NULL, is_null, nulls, write_history
from runner.training.history import History


def test_null_and_nan_are_distinguished(tmp_path: Path) -> None:
    """A loss that is NaN stays NaN in the Parquet file; a value that was not measured is null there."""
    history = History(("step", "loss", "grad_norm"))
    history.add(np.array([[0.0, 0.5, 1.5], [1.0, np.nan, NULL]]))
    history.add(np.array([[2.0, np.inf, NULL]]))
    write_history(tmp_path / "history.parquet", history.columns, history.rows)
    table = pq.read_table(tmp_path / "history.parquet")
    assert table["step"].to_pylist() == [0, 1, 2]
    assert table["grad_norm"].to_pylist() == [1.5, None, None]
    assert table["loss"].null_count == 0
    assert np.isnan(table["loss"].to_pylist()[1])
    assert pd.read_parquet(tmp_path / "history.parquet")["step"].dtype == np.int64


def test_last_skips_what_was_not_measured() -> None:
    """`last` is the last measured value of a column, None where there is none."""
    history = History(("step", "loss", "accuracy"))
    history.add(np.array([[0.0, 0.5, NULL]]))
    assert history.last("accuracy") is None
    history.add(np.array([[1.0, 0.4, 0.9], [2.0, 0.3, NULL]]))
    assert history.last("accuracy") == 0.9
    assert len(history) == 3


def test_nulls_survive_a_copy_to_a_file() -> None:
    """Whoever writes the rows as bytes and reads them back finds the same nulls."""
    rows = np.array([[NULL, np.nan, 1.0]])
    back = np.frombuffer(rows.tobytes()).reshape(1, 3)
    assert is_null(back).tolist() == [[True, False, False]]


def test_an_empty_history_is_a_table_without_rows(tmp_path: Path) -> None:
    """A run that was interrupted before its first step leaves a table with its columns."""
    write_history(tmp_path / "history.parquet", ("step", "loss"), nulls(0, 2))
    table = pq.read_table(tmp_path / "history.parquet")
    assert table.num_rows == 0
    assert table.column_names == ["step", "loss"]
