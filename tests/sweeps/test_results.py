"""The table of a sweep, its ranking, what matters most, and the map."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runner.errors import UserError
from runner.sweeps.outcome_files import write_results
from runner.sweeps.ranking import importance, metric_of, ranking
from runner.sweeps.results import results
from runner.sweeps.stability_map import axes_of

FACTORS = {"optimizer.lr": [1e-4, 1e-2, 1.0], "init": ["he", "xavier"], "seed": [0, 1]}
PNG = b"\x89PNG"


def lay_down(folder: Path, factors: dict[str, list[Any]] | None = None, ended: int | None = None) -> Path:
    """The files of a sweep over some factors, of which the first jobs have ended."""
    factors = FACTORS if factors is None else factors
    folder.mkdir()
    described = {"key": "k", "started": "2026-11-27T00:00:00+00:00", "factors": factors, "overrides": []}
    (folder / "sweep.json").write_text(json.dumps(described))
    jobs, lines = [], []
    for number, values in enumerate(itertools.product(*factors.values())):
        swept = dict(zip(factors, values, strict=True))
        jobs.append({"job": number, "folder": str(number), "overrides": [], "swept": swept, "config": {}})
        lines.append(line(number, swept))
    (folder / "jobs.jsonl").write_text("".join(json.dumps(job) + "\n" for job in jobs))
    (folder / "results.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines[:ended]))
    return folder


def line(number: int, swept: dict[str, Any]) -> dict[str, Any]:
    """What came of a job: a rate of 1 breaks from init=he, and from another init half the time."""
    rate, seed = swept.get("optimizer.lr", 0.01), swept.get("seed", 0)
    broken = rate == 1.0 and (swept.get("init") == "he" or seed == 1)
    loss = None if broken else (0.01 if rate == 1.0 else 1e-3 / rate) * (1 + 0.1 * seed)
    return {
        "job": number,
        "outcome": "nan" if broken else "finished",
        "status": "FINISHED",
        "steps": 12 if broken else 100,
        "seconds": 0.1,
        "final": {"loss": loss, "accuracy": None if broken else 0.9},
        "best": {"loss": loss},
        "first_nonfinite_step": 11 if broken else None,
        "cause": "learning_rate_too_high" if broken else None,
        "reason": None,
        "stopped": None,
        "reused": False,
    }


def test_a_row_for_each_job(tmp_path: Path) -> None:
    """In the order of the jobs, with the values that were swept and what came of each; the unknown is null."""
    table = results(lay_down(tmp_path / "sweep", ended=9))
    assert list(table["job"]) == list(range(12))
    assert list(table["optimizer.lr"].unique()) == [1e-4, 1e-2, 1.0]
    assert table["outcome"].isna().sum() == 3
    assert table.loc[8, "outcome"] == "nan"
    assert table.loc[8, "first_nonfinite_step"] == 11
    assert np.isnan(table.loc[8, "loss"])
    assert "valid_loss" not in table, "measured by no job"
    assert table["steps"].dtype == "Int64"


def test_what_is_cut_off_or_stands_twice(tmp_path: Path) -> None:
    """Of a job that was carried out again the last line counts, and a line that was cut off counts for nothing."""
    folder = lay_down(tmp_path / "sweep", ended=2)
    again = {**line(0, {"optimizer.lr": 1e-4, "init": "he", "seed": 0}), "outcome": "converged"}
    with (folder / "results.jsonl").open("a") as file:
        file.write(json.dumps(again) + "\n" + '{"job": 5, "outc')
    table = results(folder)
    assert table.loc[0, "outcome"] == "converged"
    assert table["outcome"].notna().sum() == 2


def test_no_sweep(tmp_path: Path) -> None:
    """A folder that holds none is refused."""
    with pytest.raises(UserError, match="not the folder of a sweep"):
        results(tmp_path)


def test_groups_that_fail_less_stand_first(tmp_path: Path) -> None:
    """A rate that works for one seed in two has the best mean of all, and stands behind those that always work."""
    table = results(lay_down(tmp_path / "sweep"))
    ranked = ranking(table, list(FACTORS), metric_of(table))
    assert list(ranked["optimizer.lr"]) == [1e-2, 1e-2, 1e-4, 1e-4, 1.0, 1.0]
    assert list(ranked["failed"]) == [0, 0, 0, 0, 0.5, 1.0]
    assert list(ranked["runs"]) == [2] * 6
    assert ranked.loc[4, "mean"] == pytest.approx(0.01)
    assert ranked.loc[4, "cause"] == "learning_rate_too_high"
    assert ranked.loc[0, "spread"] == pytest.approx(np.std([0.1, 0.11], ddof=1))
    by_accuracy = ranking(table, list(FACTORS), "accuracy")
    assert by_accuracy.loc[0, "mean"] == 0.9


def test_what_matters_most(tmp_path: Path) -> None:
    """The share of the variance of ranks that a factor explains alone, as an analysis of variance has it."""
    table = results(lay_down(tmp_path / "sweep"))
    shares = importance(table, list(FACTORS), "loss")
    ranks = table["loss"].rank(na_option="bottom")
    between = sum(2 * 2 * (group.mean() - ranks.mean()) ** 2 for _, group in ranks.groupby(table["optimizer.lr"]))
    assert next(iter(shares)) == "optimizer.lr"
    assert shares["optimizer.lr"] == pytest.approx(between / ((ranks - ranks.mean()) ** 2).sum())
    assert sum(shares.values()) <= 1.0
    assert importance(table, ["optimizer.lr", "seed"], "loss") == {}, "one factor alone needs no share"


@pytest.mark.parametrize(
    "factors",
    [
        FACTORS,
        {"optimizer.lr": list(np.logspace(-3, 1, 64)), "seed": [0, 1, 2, 3]},
        {"optimizer.lr": [1e-4], "seed": [0]},
        {"network.hidden": [[4], [8, 8]], "network.activation": ["tanh", "relu"], "steps": [1, None]},
        {},
    ],
)
def test_the_files_that_a_sweep_leaves(tmp_path: Path, factors: dict[str, list[Any]]) -> None:
    """A table, a ranking and, where a factor was swept, a map; lists, nulls and single jobs included."""
    folder = lay_down(tmp_path / "sweep", factors)
    written = write_results(folder)
    table = pd.read_parquet(folder / "results.parquet")
    assert len(table) == len(results(folder))
    swept = [key for key, values in factors.items() if key != "seed" and len(values) > 1]
    assert ("map.png" in written) is bool(swept)
    assert (folder / "ranking.md").read_text().startswith(f"# {len(table)} of {len(table)} runs")
    if swept:
        assert (folder / "map.png").read_bytes()[:4] == PNG


def test_a_sweep_of_which_nothing_has_ended(tmp_path: Path) -> None:
    """There is nothing to rank or to draw, and that is no error."""
    assert write_results(lay_down(tmp_path / "sweep", ended=0)) == ["results.parquet", "ranking.md"]


def test_the_axes_of_the_map(tmp_path: Path) -> None:
    """The two factors that matter most, the one with more values across."""
    table = results(lay_down(tmp_path / "sweep"))
    assert axes_of(table, list(FACTORS), "loss") == ["optimizer.lr", "init"]
