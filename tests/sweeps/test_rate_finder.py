"""The learning-rate finder: what a sweep over rates alone says of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sweep_folders import converged, sweep_folder, went_nan

from runner.sweeps.outcome_files import write_results
from runner.sweeps.rate_finder import RateFinding, compare_rates
from runner.sweeps.results import results

RATES = [0.1, 0.5, 1.0, 2.0, 4.0]
LOSSES = {0.1: 0.5, 0.5: 0.3, 1.0: 0.2, 2.0: 0.1, 4.0: None}


def swept(folder: Path, rates: Sequence[float] = RATES, limit: float | None = 1.5, **more: Any) -> Path:
    """A sweep over rates whose largest fails; each run has measured `limit`, and a tenth less later."""
    factors = {"optimizer.lr": list(rates), "seed": [0, 1, 2], **more}
    sweep_folder(folder, factors, lambda job: _outcome(job["optimizer.lr"], job["seed"]))
    table = results(folder)
    for name, lr in zip(table["folder"], table["optimizer.lr"], strict=True):
        stability = [None] * 3 if limit is None else [lr / limit, None, lr / (0.9 * limit)]
        (folder / name).mkdir()
        history = pd.DataFrame({"step": [0, 1, 2], "stability": pd.Series(stability, dtype="float64")})
        history.to_parquet(folder / name / "history.parquet")
    return folder


def _outcome(lr: float, seed: int) -> Any:
    loss = LOSSES[lr]
    return went_nan() if loss is None else converged(loss * (1 + 0.1 * seed))


def compared(folder: Path) -> RateFinding:
    found = compare_rates(folder, results(folder))
    assert found is not None
    return found


def test_each_rate_has_its_loss_and_its_limits(tmp_path: Path) -> None:
    """A row for each rate: the median over the seeds that didn't fail, and the limits that the runs measured."""
    table = compared(swept(tmp_path / "s")).table.set_index("lr")
    assert table.loc[0.5].to_dict() == pytest.approx(
        {"runs": 3, "failed": 0.0, "loss": 0.33, "limit at start": 1.5, "lowest limit": 1.35}
    )
    assert table.loc[4.0, "failed"] == 1.0
    assert pd.isna(table.loc[4.0, "loss"])


def test_the_best_stable_rate_is_suggested(tmp_path: Path) -> None:
    """2 has the lowest loss, but is above the limit of 1.5; where no limit is known, it is taken."""
    found = compared(swept(tmp_path / "s"))
    assert found.suggested == 1.0
    why = "the best median loss of the rates at which no run failed and that are stable at the start"
    assert found.sentence == f"optimizer.lr=1: {why}"
    assert compared(swept(tmp_path / "unknown", limit=None)).suggested == 2.0


def test_an_end_of_the_range_is_said(tmp_path: Path) -> None:
    """The largest rate being the best, a larger one may be better."""
    found = compared(swept(tmp_path / "s", RATES[:3]))
    assert "it is the largest that was tried" in found.sentence


def test_nothing_is_suggested_where_all_is_bad(tmp_path: Path) -> None:
    """With every rate above the limit there is none to take."""
    assert compared(swept(tmp_path / "s", limit=0.01)).sentence.startswith("no rate is suggested")


def test_only_rates_are_compared(tmp_path: Path) -> None:
    """Beside another factor, or with two rates, a sweep is ranked as any other."""
    for name, folder in (
        ("widths", swept(tmp_path / "widths", **{"network.hidden": [[2], [4]]})),
        ("two", swept(tmp_path / "two", RATES[:2])),
    ):
        assert compare_rates(folder, results(folder)) is None, name


def test_the_comparison_is_left_in_the_folder(tmp_path: Path) -> None:
    """ranking.md has the table and the suggestion, rates.png the picture."""
    folder = swept(tmp_path / "s")
    assert write_results(folder) == ["results.parquet", "ranking.md", "map.png", "rates.png"]
    assert "Suggested: optimizer.lr=1: " in (folder / "ranking.md").read_text()
    assert (folder / "rates.png").read_bytes().startswith(b"\x89PNG")
