"""What is printed when a sweep has ended: what came of its jobs, the best of them, what matters most, what next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

from runner.cli.complaints import relative
from runner.cli.tables import fitting_table
from runner.cli.terminal import messages, results
from runner.sweeps.files import SweepFolder
from runner.sweeps.outcome_files import MAP
from runner.sweeps.ranking import importance, metric_of, ranking
from runner.sweeps.results import results as results_of
from runner.sweeps.results import swept_columns
from runner.tracking.client import Delivered

_SHOWN = 10  # groups
_BAR = 20  # characters
_IMPORTANT = ("failed", "mean", "best", "runs", "spread", "cause")


def print_sweep(folder: Path, summary: Mapping[str, Any], delivered: Delivered | None) -> None:
    """The end of a sweep."""
    console, where = results(), escape(relative(folder))
    outcomes = ", ".join(f"{count:,} {name}" for name, count in summary["outcomes"].items()) or "none"
    reused = f" ({summary['reused']:,} taken over from runs before)" if summary.get("reused") else ""
    seconds = f" in {summary['seconds']:.1f} s" if summary.get("seconds") else ""
    console.print(f"[dim]jobs[/]     {summary['done']:,} of {summary['jobs']:,}{seconds}{reused}")
    console.print(f"[dim]outcome[/]  {escape(outcomes)}")
    console.print(f"[dim]folder[/]   {where}")
    table, keys = results_of(folder), swept_columns(SweepFolder(folder).described["factors"])
    metric = metric_of(table)
    if summary["done"]:
        ranked = ranking(table, keys, metric)
        console.print(f"\n[dim]ranked by {metric}: fewer failures first, then the mean over {_over(table, keys)}[/]")
        fitting_table(ranked.head(_SHOWN), _IMPORTANT)
        _print_importance(importance(table, keys, metric))
    console.print()
    if (folder / MAP).is_file():
        console.print(f"[dim]the map[/]     {where}/{MAP}")
    console.print(f"[dim]compare[/]     python -m runner compare {where}")
    if delivered is not None and delivered.run_id is not None:
        console.print("[dim]look at it[/]  python -m runner ui")
    if summary["reason"]:
        messages().print(f"[bold yellow]ended early:[/] {escape(summary['reason'])}")
    if summary["outcome"] in ("interrupted", "failed"):
        console.print(f"[dim]go on[/]       python -m runner resume {where}")
    if delivered is not None and not delivered.delivered:
        error = escape(delivered.error or "it is slow")
        messages().print(f"[bold yellow]warning:[/] the sweep is whole in its folder, but not in MLflow: {error}")
        messages().print("[dim]deliver it later[/]  python -m runner sync")


def _over(table: Any, keys: list[str]) -> str:
    seeds = [key for key in keys if key.endswith("seed")]
    return f"all values of {', '.join(seeds)}" if seeds else "the runs of a group"


def _print_importance(shares: Mapping[str, float]) -> None:
    if not shares:
        return
    console, width = results(), max(map(len, shares))
    console.print("\n[dim]how much of the differences in rank each factor explains alone[/]")
    for factor, share in shares.items():
        bar = "━" * round(_BAR * share)
        console.print(f"{escape(factor):<{width}}  [cyan]{bar:<{_BAR}}[/]  {share:.0%}")
