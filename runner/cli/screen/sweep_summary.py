"""What is printed when a sweep has ended: outcomes, the best jobs, what matters most, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from runner.cli.screen.tables import cells_of, print_table
from runner.cli.screen.terminal import messages, print_between_words, results
from runner.files.names import MAP, RATES
from runner.files.paths import relative
from runner.files.sweep_lines import SweepSummary
from runner.sweeps.outcome_files import bars
from runner.sweeps.ranking import SEEDS, factors_of, importance, metric_of, over_folds, ranking
from runner.sweeps.rate_finder import RateFinding, compare_rates
from runner.sweeps.results import results as results_of
from runner.sweeps.results import swept_columns
from runner.tracking.client import Delivered

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 10  # groups
_BAR = 20  # characters
_MORE = "`compare --all` shows them"


def print_sweep(folder: Path, summary: SweepSummary, delivered: Delivered | None, naming: str = "") -> None:
    """The end of a sweep; `naming` is what a command must add to name the code of its subject."""
    console, where = results(), escape(relative(folder))
    outcomes = ", ".join(f"{count:,} {name}" for name, count in summary.outcomes.items()) or "none"
    reused = f" ({summary.reused:,} reused)" if summary.reused else ""
    seconds = f" in {summary.seconds:.1f} s" if summary.seconds else ""
    console.print(f"[dim]jobs[/]     {summary.done:,} of {summary.jobs or 0:,}{seconds}{reused}")
    print_between_words(f"[dim]outcome[/]  {escape(outcomes)}", indent=9)
    console.print(f"[dim]folder[/]   {where}")
    if summary.done:
        console.print()
        table = results_of(folder)
        rates = compare_rates(folder, table)
        print_ranking(table) if rates is None else print_rates(rates)
    console.print()
    if (folder / MAP).is_file():
        console.print(f"[dim]map[/]      {where}/{MAP}")
    if (folder / RATES).is_file():
        console.print(f"[dim]rates[/]    {where}/{RATES}")
    console.print(f"[dim]compare[/]  python -m runner compare {where}")
    console.print(f"[dim]report[/]   python -m runner report {where}")
    if delivered is not None and delivered.run_id is not None:
        console.print("[dim]view[/]     python -m runner ui")
    if summary.reason:
        messages().print(f"[bold yellow]ended early:[/] {escape(summary.reason)}")
    if summary.outcome in ("interrupted", "failed"):
        console.print(f"[dim]resume[/]   python -m runner resume {where}{escape(naming)}")
    if delivered is not None and not delivered.delivered:
        error = escape(delivered.error or "it is slow")
        messages().print(f"[bold yellow]warning:[/] the sweep is complete in its folder, but not in MLflow: {error}")
        messages().print("[dim]send it later[/]  python -m runner sync")


def print_rates(found: RateFinding) -> None:
    """The learning rates of a sweep, and the one to take."""
    console = results()
    print_between_words(f"[dim]the median {found.metric} of each rate, and the largest rates that were stable[/]")
    print_table(cells_of(found.table), ["lr", found.metric, "failed", "limit at start"], _MORE)
    console.print()
    print_between_words(f"[dim]suggested[/]  {escape(found.sentence)}", indent=11)


def print_ranking(table: pd.DataFrame, metric: str | None = None) -> None:
    """The best groups of a sweep's runs, and how much each factor matters."""
    metric = metric or metric_of(table)
    ranked = ranking(table, metric)
    more = f"the best {_SHOWN} of {len(ranked):,}, " if len(ranked) > _SHOWN else ""
    seeds = [key for key in swept_columns(table) if key in SEEDS]
    over = f" over {', '.join(seeds)}" if seeds else ""
    print_between_words(f"[dim]{more}ranked by the median {metric}{over}; failed runs count as the worst[/]")
    print_table(cells_of(ranked.head(_SHOWN)), ranked_first(table), _MORE)
    print_folds(table)
    print_importance(table, metric)


def ranked_first(table: pd.DataFrame) -> list[str]:
    """The columns of a ranking that are missed most where it is too wide."""
    return ["median", "failed", *factors_of(table), "cause", "runs", "mean"]


def print_folds(table: pd.DataFrame) -> None:
    """The mean and the standard deviation of each measure over the folds; nothing where no folds were swept."""
    folds = over_folds(table)
    if len(folds):
        results().print(f"\n[dim]cross-validation: mean ± std over {', '.join(_chance(table))}[/]")
        print_table(cells_of(folds), factors_of(table), _MORE)


def _chance(table: pd.DataFrame) -> list[str]:
    return [key for key in swept_columns(table) if key in SEEDS and table[key].nunique(dropna=False) > 1]


def print_importance(table: pd.DataFrame, metric: str) -> None:
    """How much each factor of a sweep matters, as bars; nothing where that can't be said."""
    console, shares = results(), importance(table, metric)
    if not shares:
        return
    width, drawn = max(map(len, shares)), bars(shares, _BAR)
    console.print()
    print_between_words("[dim]how much of the differences in rank each factor explains alone, beyond chance[/]")
    for factor, share in shares.items():
        console.print(f"{escape(factor):<{width}}  [cyan]{drawn[factor]:<{_BAR}}[/]  {share:.0%}")
