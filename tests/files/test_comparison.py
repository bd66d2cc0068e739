"""Two histories side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from run_folders import record

from runner.errors import UserError
from runner.files.comparison import compare, same_machine
from runner.files.history import nulls, read_history, write_history
from runner.files.run_record import RunRecord
from runner.training.history import History

STEPS = np.arange(5.0)


def columns(loss: list[float], **more: list[float]) -> dict[str, np.ndarray]:
    return {"step": STEPS, "loss": np.array(loss), **{name: np.array(values) for name, values in more.items()}}


def test_equal_numbers_are_identical() -> None:
    """Equal bits count as identical, NaN and infinity included."""
    one = columns([1.0, np.inf, np.nan, -0.5, 0.0])
    compared = compare(one, columns([1.0, np.inf, np.nan, -0.5, 0.0]), 0.0, 5)
    assert (compared.identical, compared.agrees, compared.largest) == (True, True, 0.0)


def test_last_bit_counts_on_the_same_machine_only() -> None:
    """A difference in the last bit fails without a tolerance, and passes with one."""
    one, other = columns([1.0] * 5), columns([1.0, 1.0, 1.0 + 2**-52, 1.0, 1.0])
    strict, lenient = compare(one, other, 0.0, 5), compare(one, other, 1e-6, 5)
    assert (strict.agrees, strict.step, strict.column) == (False, 2, "loss")
    assert (lenient.identical, lenient.agrees, lenient.step) == (False, True, None)
    assert lenient.largest == pytest.approx(2**-52)


def test_first_difference_of_all_columns_is_reported() -> None:
    """The earliest step at which any column differs is named, and the largest difference of all."""
    one = columns([1.0, 1.0, 1.0, 1.0, 8.0], accuracy=[0.5] * 5)
    other = columns([1.0, 1.0, 1.0, 1.0, 2.0], accuracy=[0.5, 0.4, 0.5, 0.5, 0.5], extra=[0.0] * 5)
    compared = compare(one, other, 1e-6, 5)
    assert (compared.step, compared.column, compared.largest) == (1, "accuracy", 0.75)
    assert compare(one, other, 1e-6, 1).identical


def test_nan_differs_from_a_number() -> None:
    """A value that one run lacks is a difference beyond all tolerance."""
    compared = compare(columns([1.0] * 5), columns([1.0, np.nan, 1.0, 1.0, 1.0]), 1e-6, 5)
    assert (compared.step, compared.largest) == (1, np.inf)


def test_history_is_read_back(tmp_path: Path) -> None:
    """What a run wrote comes back; nulls are NaN. Another file is refused."""
    history = History(("step", "loss", "accuracy"))
    rows = nulls(3, 3)
    rows[:, 0], rows[:, 1] = [0, 1, 2], [3.0, np.inf, 0.25]
    history.add(rows)
    write_history(tmp_path / "history.parquet", history.columns, history.rows)
    read = read_history(tmp_path / "history.parquet")
    assert read["loss"].tolist() == [3.0, np.inf, 0.25]
    assert np.isnan(read["accuracy"]).all()
    (tmp_path / "other").write_text("no table")
    with pytest.raises(UserError, match="is damaged"):
        read_history(tmp_path / "other")


def test_machines_are_distinguished_by_what_changes_bits() -> None:
    """Processor, BLAS and NumPy decide; the number of cores and other versions don't."""
    machine = {"cpu": "a", "blas": {"version": "1"}, "cores": 2}
    one = replace(RunRecord.from_dict(record()), environment=machine, versions={"numpy": "2", "x": "1"})
    assert same_machine(one, replace(one, versions={"numpy": "2", "x": "9"}))
    assert same_machine(one, replace(one, environment={**machine, "cores": 64}))
    for changed in ({"cpu": "b"}, {"blas": {"version": "2"}}):
        assert not same_machine(one, replace(one, environment={**machine, **changed}))
    assert not same_machine(one, replace(one, versions={"numpy": "3"}))
