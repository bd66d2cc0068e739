"""Which settings of a sweep are best, and which of the swept factors matters most.

Runs that differ only in seeds are one group. A group is as good as its mean, but one whose runs fail more often stands
behind one whose runs fail less often, whatever the mean of those that came through: a learning rate that works for one
seed in four is no good learning rate.

How much a factor matters is eta squared (Cohen 1973): the share of the variance of the ranks that the means of its
values explain. Ranks, since losses differ by orders of magnitude, and since a run that failed has none: it ranks last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runner.sweeps.results import FAILED

if TYPE_CHECKING:
    import pandas as pd

SEEDS = ("seed", "dataset.seed", "init.seed")
_HIGHER_IS_BETTER = ("accuracy", "valid_accuracy", "test_accuracy")
_PREFERRED = ("valid_loss", "loss")


def metric_of(table: pd.DataFrame) -> str:
    """What groups are ranked by where nobody says: the loss on the validation part, where there is one."""
    return next((name for name in _PREFERRED if name in table), "best_loss")


def factors_of(table: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """The swept keys that are no seeds and take more than one value."""
    return [key for key in keys if key not in SEEDS and table[key].astype(str).nunique() > 1]


def ranking(table: pd.DataFrame, keys: Sequence[str], metric: str) -> pd.DataFrame:
    """A row for each group of runs that ended, the best first.

    The columns: the factors, `runs`, `failed` (the share whose outcome is nan, diverged or failed), `mean`, `spread`
    (standard deviation) and `best` of the metric over the other runs, and the most frequent `cause`.
    """
    import pandas as pd

    factors = factors_of(table, keys)
    ended = table[table["outcome"].notna()]
    groups = ended.groupby(factors, sort=False, dropna=False) if factors else [((), ended)]
    rows = []
    for values, runs in groups:
        failed = runs["outcome"].isin(FAILED)
        good = runs.loc[~failed, metric].dropna()
        causes = runs["cause"].dropna()
        rows.append(
            {
                **dict(zip(factors, values if isinstance(values, tuple) else (values,), strict=True)),
                "runs": len(runs),
                "failed": float(failed.mean()) if len(runs) else 0.0,
                "mean": good.mean(),
                "spread": good.std(ddof=1) if len(good) > 1 else float("nan"),
                "best": good.max() if metric in _HIGHER_IS_BETTER else good.min(),
                "cause": causes.mode().iloc[0] if len(causes) else None,
            }
        )
    ranked = pd.DataFrame(rows, columns=[*factors, "runs", "failed", "mean", "spread", "best", "cause"])
    return ranked.sort_values(
        ["failed", "mean"], ascending=[True, metric not in _HIGHER_IS_BETTER], kind="stable", na_position="last"
    ).reset_index(drop=True)


def importance(table: pd.DataFrame, keys: Sequence[str], metric: str) -> dict[str, float]:
    """The share of the variance of ranks that each factor explains alone, the largest first.

    Empty where fewer than two factors were swept, or all runs are alike.
    """
    factors = factors_of(table, keys)
    ended = table[table["outcome"].notna()]
    if len(factors) < 2 or len(ended) < 3:
        return {}
    values = ended[metric].where(~ended["outcome"].isin(FAILED))
    ranks = values.rank(ascending=metric not in _HIGHER_IS_BETTER, na_option="bottom")
    whole = float(((ranks - ranks.mean()) ** 2).sum())
    if whole == 0.0:
        return {}
    shares = {}
    for factor in factors:
        means = ranks.groupby(ended[factor].astype(str)).transform("mean")
        shares[factor] = float(((means - ranks.mean()) ** 2).sum()) / whole
    return dict(sorted(shares.items(), key=lambda item: -item[1]))
