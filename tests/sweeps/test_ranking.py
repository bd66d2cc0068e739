"""The ranking over seeds, and the factor that matters most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f_oneway
from sweep_folders import converged, crashed, sweep_folder, went_nan

from runner.files.sweep_lines import SweepLine
from runner.sweeps.ranking import best_first, factors_of, importance, metric_of, over_folds, ranking
from runner.sweeps.results import results


def table_of(tmp_path: Path, losses: dict[Any, Sequence[float | None]], **more: SweepLine) -> pd.DataFrame:
    """A sweep over a learning rate and seeds with these losses; None went to NaN."""
    seeds = range(len(next(iter(losses.values()))))

    def outcome(swept: Any) -> SweepLine:
        loss = losses[swept["optimizer.lr"]][swept["seed"]]
        return went_nan() if loss is None else converged(loss, **more)

    return results(sweep_folder(tmp_path / "s", {"optimizer.lr": list(losses), "seed": list(seeds)}, outcome))


def test_runs_that_differ_in_seeds_are_one_group(tmp_path: Path) -> None:
    """A group has its number of runs, mean, median, standard deviation and best; the best group comes first."""
    ranked = ranking(table_of(tmp_path, {0.1: [0.4, 0.6, 0.5], 0.2: [0.1, 0.2, 0.6]}))
    assert ranked["optimizer.lr"].tolist() == [0.2, 0.1]
    first = ranked.iloc[0]
    assert (first["runs"], first["failed"], first["median"], first["best"]) == (3, 0.0, 0.2, 0.1)
    assert first["mean"] == pytest.approx(0.3)
    assert first["std"] == pytest.approx(np.std([0.1, 0.2, 0.6], ddof=1))
    assert first["cause"] is None


def test_folds_are_no_factor_and_give_mean_and_deviation(tmp_path: Path) -> None:
    """Runs of several folds are one group, of which each measure is given as mean ± std over those that didn't fail."""
    losses = [0.4, 0.6, 0.5, 9.0]

    def outcome(swept: Any) -> SweepLine:
        return went_nan() if swept["dataset.fold"] == 3 else converged(losses[swept["dataset.fold"]])

    table = results(sweep_folder(tmp_path / "s", {"dataset.fold": [0, 1, 2, 3], "seed": [0]}, outcome))
    assert factors_of(table) == []
    assert len(ranking(table)) == 1
    folds = over_folds(table)
    assert (folds["runs"].tolist(), folds["loss"].tolist()) == ([3], ["0.5 ± 0.1"])
    assert over_folds(table[table["dataset.fold"] == 0]).empty


def test_one_survivor_does_not_win(tmp_path: Path) -> None:
    """A group half of whose runs failed has no median and stands behind any that has one, whatever its best."""
    losses: dict[Any, Sequence[float | None]] = {1.0: [None, 1e-9, None, 1e-9], 0.1: [0.7] * 4, 2.0: [None] * 4}
    ranked = ranking(table_of(tmp_path, losses))
    assert ranked["optimizer.lr"].tolist() == [0.1, 1.0, 2.0]
    assert ranked["failed"].tolist() == [0.0, 0.5, 1.0]
    assert ranked["median"].isna().tolist() == [False, True, True]
    assert ranked["best"].tolist()[:2] == [0.7, 1e-9]
    assert ranked["cause"].tolist()[1:] == ["learning_rate_too_high"] * 2


def test_a_rate_that_learns_nothing_does_not_win_by_never_failing(tmp_path: Path) -> None:
    """One failure among many counts as one bad run, not as the end of a group."""
    ranked = ranking(table_of(tmp_path, {1e-4: [0.69] * 5, 0.5: [0.01, 0.02, None, 0.01, 0.02]}))
    assert ranked["optimizer.lr"].tolist() == [0.5, 1e-4]
    assert ranked.iloc[0]["median"] == 0.02


def test_higher_is_better_for_accuracies(tmp_path: Path) -> None:
    """By an accuracy the highest comes first, and a failed run is lower than any."""
    ranked = ranking(table_of(tmp_path, {0.1: [0.5] * 3, 0.2: [0.1, 0.1, None]}), "accuracy")
    assert ranked["optimizer.lr"].tolist() == [0.2, 0.1]
    assert ranked.iloc[0]["median"] == ranked.iloc[0]["best"] == 0.95


def test_runs_that_have_not_ended_do_not_count(tmp_path: Path) -> None:
    """Only what ended is ranked; of nothing there is no row."""
    factors = {"optimizer.lr": [0.1, 0.2], "seed": [0, 1]}
    table = results(sweep_folder(tmp_path / "a", factors, lambda s: converged(0.5) if s["seed"] else None))
    assert ranking(table)["runs"].tolist() == [1, 1]
    none = results(sweep_folder(tmp_path / "b", factors, lambda _: None))
    assert len(ranking(none)) == 0
    assert importance(none) == {}


def test_a_sweep_of_seeds_alone_is_one_group(tmp_path: Path) -> None:
    """Seeds are no factors, nor is a key with one value; null and lists are values."""
    factors = {"seed": [0, 1], "init.seed": [3, 4], "init": ["he"], "network.hidden": [[4], [8]]}
    table = results(sweep_folder(tmp_path / "a", factors, lambda _: converged(0.5)))
    assert factors_of(table) == ["network.hidden"]
    assert ranking(table)["runs"].tolist() == [4, 4]
    only_seeds = results(sweep_folder(tmp_path / "b", {"seed": [0, 1, 2]}, lambda _: converged(0.5)))
    assert ranking(only_seeds)["runs"].tolist() == [3]


def test_crashed_runs_count_as_failed(tmp_path: Path) -> None:
    """A sweep all of whose jobs crashed is ranked without numbers."""
    ranked = ranking(results(sweep_folder(tmp_path / "s", {"init": ["he", "xavier"]}, lambda _: crashed())))
    assert ranked["failed"].tolist() == [1.0, 1.0]
    assert ranked["mean"].isna().all()


def test_the_metric_is_the_validation_loss_where_all_have_one(tmp_path: Path) -> None:
    """The validation loss decides if every run that succeeded has it, else the loss."""
    table = table_of(tmp_path, {0.1: [0.4, None]})
    assert metric_of(table) == "loss"
    table["valid_loss"] = [0.5, np.nan]
    assert metric_of(table) == "valid_loss"
    table["valid_loss"] = np.nan
    assert metric_of(table) == "loss"


def test_best_first_puts_failures_last(tmp_path: Path) -> None:
    """Runs stand in the order of the metric; one that failed, or has no value, is behind all others."""
    table = table_of(tmp_path, {0.1: [0.4, None, 0.2]})
    assert best_first(table, "loss")["job"].tolist() == [2, 0, 1]
    assert best_first(table, "accuracy")["job"].tolist() == [2, 0, 1]


def grid(tmp_path: Path, outcome: Any, seeds: int = 10) -> pd.DataFrame:
    factors = {"optimizer.lr": [0.01, 0.1, 1.0, 10.0], "init": ["he", "xavier"], "seed": list(range(seeds))}
    return results(sweep_folder(tmp_path / "s", factors, outcome))


def test_the_factor_that_decides_has_nearly_all_of_the_variance(tmp_path: Path) -> None:
    """Where the rate alone decides, failures included, it explains nearly all, and another factor nothing."""
    noise = np.random.default_rng(0)
    rates = {0.01: 0.7, 0.1: 0.3, 1.0: 0.1}

    def outcome(swept: Any) -> SweepLine:
        rate = swept["optimizer.lr"]
        return went_nan() if rate == 10.0 else converged(rates[rate] * (1 + 0.01 * noise.random()))

    shares = importance(grid(tmp_path, outcome))
    assert list(shares) == ["optimizer.lr", "init"]
    assert shares["optimizer.lr"] > 0.9
    assert shares["init"] < 0.02


def test_the_share_is_that_of_an_analysis_of_variance(tmp_path: Path) -> None:
    """Epsilon squared of the ranks follows from the F value of a one-way analysis of variance."""
    noise = np.random.default_rng(2)
    table = grid(tmp_path, lambda swept: converged(swept["optimizer.lr"] + 3 * float(noise.random())))
    ranks = table["loss"].rank()
    groups = [ranks[table["optimizer.lr"] == rate] for rate in (0.01, 0.1, 1.0, 10.0)]
    between, within = len(groups) - 1, len(table) - len(groups)
    f = float(f_oneway(*groups).statistic)
    assert importance(table)["optimizer.lr"] == pytest.approx((f - 1) * between / (f * between + within))


def test_chance_explains_nothing(tmp_path: Path) -> None:
    """Where no factor matters none is said to, though one of many values would explain a share by chance."""
    noise = np.random.default_rng(1)
    shares = [grid_share(tmp_path / str(k), noise) for k in range(20)]
    assert abs(float(np.mean(shares))) < 0.1


def grid_share(folder: Path, noise: np.random.Generator) -> float:
    factors = {"optimizer.lr": [0.01 * k for k in range(1, 17)], "init": ["he", "xavier"], "seed": [0, 1]}
    table = results(sweep_folder(folder, factors, lambda _: converged(float(noise.random()))))
    return importance(table)["optimizer.lr"]


def test_an_interaction_is_left_over(tmp_path: Path) -> None:
    """Where two factors decide only together, neither explains anything alone."""

    def outcome(swept: Any) -> SweepLine:
        together = (swept["optimizer.lr"] in (0.01, 1.0)) == (swept["init"] == "he")
        return converged((0.1 if together else 0.9) + 0.001 * swept["seed"])

    assert max(importance(grid(tmp_path, outcome)).values()) == 0.0


@pytest.mark.parametrize("seeds", [1, 2])
def test_nothing_is_said_where_nothing_can_be_known(tmp_path: Path, seeds: int) -> None:
    """With one factor, one run a cell, or equal runs no factor matters more than another."""
    one = results(sweep_folder(tmp_path / "one", {"optimizer.lr": [0.1, 0.2], "seed": list(range(seeds))}))
    assert importance(one) == {}
    equal = grid(tmp_path, lambda _: converged(0.5), seeds)
    assert importance(equal) == {}
    different = grid(tmp_path / "d", lambda swept: converged(swept["optimizer.lr"]), seeds=1)
    assert importance(different) == {}
