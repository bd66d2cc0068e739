"""Which settings of a sweep are best, and which of the swept factors matters most.

Runs that differ only in seeds, or in the fold that they are validated on, are one group. Groups are ordered by their
median, in which a run that failed counts as worse than any other. A group with half of its runs failed has no median
and comes after all groups that have one. So the one survivor of too high a learning rate doesn't win; nor does too low
a learning rate win over one that failed once in twenty, as it would if groups were ordered by the share of failures.

How much a factor matters is epsilon squared (Kelley 1935) of the ranks of all runs: the share of their variance that
the means of its values explain, minus what they would explain by chance, which is more for a factor with many values
(Okada 2013 compares it with similar measures). Ranks are used since losses differ by orders of magnitude, and since a
failed run has no loss: it ranks last. Each factor is taken alone; interactions are not attributed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from runner.files.measures import HIGHER_IS_BETTER, MEASURES
from runner.sweeps.results import FAILED, swept_columns

if TYPE_CHECKING:
    import pandas as pd

FOLD = "dataset.fold"
# What runs of the same settings differ in: their chance, and the samples that they are validated on.
SEEDS = ("seed", "dataset.seed", "init.seed", FOLD)
METRICS = (*MEASURES, "best_loss")
_PREFERRED = ("valid_loss", "loss")
# The columns of a ranking, before and behind those of the factors.
_FOREMOST, _STATISTICS = ("median", "failed"), ("runs", "mean", "std", "best", "cause")


def metric_of(table: pd.DataFrame) -> str:
    """The default metric of a ranking: the validation loss if all runs that didn't fail have one, else the loss."""
    succeeded = table[table["outcome"].notna() & ~table["outcome"].isin(FAILED)]
    known = [name for name in _PREFERRED if name in table and succeeded[name].notna().all()]
    return known[0] if known else next((name for name in METRICS if name in table), "best_loss")


def factors_of(table: pd.DataFrame) -> list[str]:
    """The swept keys except seeds that take more than one value."""
    return [key for key in swept_columns(table) if key not in SEEDS and table[key].nunique(dropna=False) > 1]


def ranking(table: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """A row for each group of runs that ended, the best first.

    The columns: `median` of the metric (failed runs as the worst; none where half of them failed), `failed` (the share
    whose outcome is one of `FAILED`), the factors, `runs`, `mean`, `std` (standard deviation) and `best` over the runs
    that didn't fail, and the most frequent `cause`.
    """
    import pandas as pd

    metric, factors = metric or metric_of(table), factors_of(table)
    ended = table[table["outcome"].notna()]
    rows = []
    for runs in _groups(ended, factors):
        shared = {factor: runs[factor].iloc[0] for factor in factors}
        rows.append({**shared, **_statistics(runs, metric)})
    ranked = pd.DataFrame(rows, columns=[*_FOREMOST, *factors, *_STATISTICS])
    best_first = metric not in HIGHER_IS_BETTER
    return ranked.sort_values(
        ["median", "failed", "mean"], ascending=[best_first, True, best_first], kind="stable", na_position="last"
    ).reset_index(drop=True)


def over_folds(table: pd.DataFrame) -> pd.DataFrame:
    """Cross-validation: for each group the mean and the standard deviation of each measure over runs that didn't fail.

    Empty where no folds were swept. The columns: the factors, `runs`, and the texts "mean ± std" by measure.
    """
    import pandas as pd

    if FOLD not in table or table[FOLD].nunique() < 2:
        return pd.DataFrame()
    factors = factors_of(table)
    measures = [name for name in MEASURES if name in table]
    rows = []
    for runs in _groups(table[table["outcome"].notna()], factors):
        good = runs[~runs["outcome"].isin(FAILED)]
        shown = {name: f"{good[name].mean():.4g} ± {good[name].std(ddof=1):.2g}" for name in measures if len(good) > 1}
        rows.append({**{factor: runs[factor].iloc[0] for factor in factors}, "runs": len(good), **shown})
    return pd.DataFrame(rows)


def best_first(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The runs in their order by a column, the best first, those that failed or have no value last."""
    values = table[metric].where(~table["outcome"].isin(FAILED))
    order = values.sort_values(ascending=metric not in HIGHER_IS_BETTER, kind="stable", na_position="last").index
    return table.loc[order]


def importance(table: pd.DataFrame, metric: str | None = None) -> dict[str, float]:
    """The share of the variance of ranks that each factor explains alone, largest first.

    Empty where fewer than two factors were swept, where no two runs have equal factors (the effect of chance can't be
    estimated then), or where all runs are alike.
    """
    metric, factors = metric or metric_of(table), factors_of(table)
    ended = table[table["outcome"].notna()]
    if len(factors) < 2 or not ended.duplicated(factors).any():
        return {}
    values = ended[metric].where(~ended["outcome"].isin(FAILED))
    ranks = values.rank(ascending=metric not in HIGHER_IS_BETTER, na_option="bottom")
    whole, n = float(((ranks - ranks.mean()) ** 2).sum()), len(ranks)
    if whole == 0.0:
        return {}
    shares = {}
    for factor in factors:
        groups = ranks.groupby(ended[factor], dropna=False)
        left = float(((ranks - groups.transform("mean")) ** 2).sum()) / whole
        if n > groups.ngroups:
            shares[factor] = max(0.0, 1.0 - left * (n - 1) / (n - groups.ngroups))
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _groups(ended: pd.DataFrame, factors: list[str]) -> Iterator[pd.DataFrame]:
    """The runs of each group, in the order of their first jobs."""
    if ended.empty or not factors:
        return iter([ended] if len(ended) else [])
    return (runs for _, runs in ended.groupby(factors, sort=False, dropna=False))


def _statistics(runs: pd.DataFrame, metric: str) -> dict[str, Any]:
    failed = runs["outcome"].isin(FAILED).to_numpy()
    values = runs[metric].to_numpy(dtype=np.float64)
    good = values[~failed & ~np.isnan(values)]
    higher, causes = metric in HIGHER_IS_BETTER, runs["cause"].dropna()
    statistics: dict[str, Any] = {"runs": len(runs), "failed": float(failed.mean()), **_middle(good, len(runs), higher)}
    return {**statistics, "cause": causes.mode().iloc[0] if len(causes) else None}


def _middle(good: NDArray[np.float64], runs: int, higher: bool) -> dict[str, float]:
    """Median, mean, std and best of the values of the runs that didn't fail, out of so many runs."""
    if not len(good):
        return dict.fromkeys(("median", "mean", "std", "best"), np.nan)
    worst = np.full(runs - len(good), -np.inf if higher else np.inf)
    with np.errstate(all="ignore"):
        median = float(np.median(np.concatenate([good, worst])))
        return {
            "median": median if np.isfinite(median) else np.nan,
            "mean": float(good.mean()),
            "std": float(good.std(ddof=1)) if len(good) > 1 else np.nan,
            "best": float(good.max() if higher else good.min()),
        }
