"""List, filter and delete runs.

  whynan runs                              the newest runs of the store
  whynan runs --outcome nan --limit 50     runs with this outcome, at most 50
  whynan runs --filter "params.dataset.name = 'xor' and metrics.loss < 0.1"
  whynan runs --filter "tags.cause = 'learning_rate_too_high'"
  whynan runs --delete RUN...              mark runs as deleted in MLflow; --yes doesn't ask

tracking.uri=... names the store, tracking.experiment=... one experiment of it. --filter takes MLflow's filter
syntax. Run folders are kept; `mlflow gc` removes marked runs for good.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from runner.cli.arguments import Flags
from runner.cli.screen.terminal import messages, results
from runner.cli.stores import store_with_runs
from runner.composition.overrides import split_overrides
from runner.errors import UserError
from runner.settings.outcome import OUTCOMES
from runner.tracking.runs import find_run_id, search, store_errors
from runner.tracking.sending.connection import connect
from runner.tracking.store import Store
from runner.tracking.trackers import OUTPUTS

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_ID_SHOWN = 8
# Of the table on a terminal: columns, from the one that is missed most; the width of names; blanks between columns.
_IMPORTANT = ("run", "outcome", "cause", "name", "loss", "steps", "accuracy", "started", "dataset", "experiment")
_NAME_SHOWN, _GAP = 24, 2


@dataclass(frozen=True)
class Row:
    """A run as the list shows it; the fields are the columns."""

    run: str
    name: str
    started: str
    outcome: str
    cause: str
    loss: str
    accuracy: str
    steps: str
    dataset: str
    experiment: str


def main(arguments: list[str]) -> int:
    """List runs, or delete some."""
    parser = Flags()
    parser.add_argument("--filter", default="")
    parser.add_argument("--outcome", choices=OUTCOMES)
    parser.add_argument("--limit", type=_positive, default=20)
    parser.add_argument("--delete", nargs="+", default=[], metavar="RUN")
    parser.add_argument("--yes", action="store_true")
    flags, rest = parser.split(arguments)
    words, overrides = split_overrides(rest)
    runs, more = split_overrides(flags.delete)
    if words:
        raise UserError(
            f"unexpected argument {words[0]!r}: choose runs with --filter or --outcome, delete them with --delete"
        )
    overrides += more
    store = store_with_runs(overrides)
    if runs:
        return delete(store, runs, asks=not flags.yes)
    conditions = [flags.filter] if flags.filter else []
    if flags.outcome:
        conditions.append(f"tags.outcome = '{flags.outcome}'")
    only_one = any(word.startswith("tracking.experiment=") for word in overrides)
    blame = ("--filter", flags.filter) if flags.filter else ()
    with store_errors(store, *blame):
        show(listed(store, " and ".join(conditions), flags.limit, only_one=only_one))
    return 0


def listed(store: Store, condition: str, limit: int, *, only_one: bool) -> list[Row]:
    """Rows for the newest runs that pass MLflow's filter, of the store's experiment only or of all."""
    client = connect(store)
    names = {e.experiment_id: e.name for e in client.search_experiments()}
    if only_one:
        names = {number: name for number, name in names.items() if name == store.experiment}
        if not names:
            raise UserError(f"there is no experiment {store.experiment!r} in {store.shown}")
    return [_row(run, names[run.info.experiment_id]) for run in search(client, condition, limit, list(names))]


def show(rows: Sequence[Row]) -> None:
    """Print a table on a terminal, as many columns as fit, else lines with tabs between the columns."""
    from rich.table import Table
    from rich.text import Text

    console = results()
    columns = [field.name for field in fields(Row)]
    if not console.is_terminal:
        sys.stdout.writelines("\t".join(cells) + "\n" for cells in [columns, *map(astuple, rows)])
    elif not rows:
        console.print("no run passes the filter")
    else:
        table = Table(box=None, header_style="bold", pad_edge=False)
        shown = fitting(rows, console.width)
        for name in shown:
            right = name in ("loss", "accuracy", "steps")
            table.add_column(name, justify="right" if right else "left", no_wrap=name != "name", overflow="fold")
        for row in rows:
            table.add_row(*(Text(getattr(row, name)) for name in shown))
        console.print(table, soft_wrap=False)


def fitting(rows: Sequence[Row], width: int) -> list[str]:
    """The columns that fit into so many characters, the least important left out; a long name is broken."""
    chosen: list[str] = []
    left = width + _GAP
    for name in _IMPORTANT:
        widest = max(len(name), *(len(getattr(row, name)) for row in rows))
        needed = _GAP + (min(widest, _NAME_SHOWN) if name == "name" else widest)
        if needed <= left or not chosen:
            chosen.append(name)
            left -= needed
    return [field.name for field in fields(Row) if field.name in chosen]


def delete(store: Store, words: Sequence[str], *, asks: bool) -> int:
    """Mark the runs as deleted in MLflow; exit code 1 where the user said no."""
    ids = dict.fromkeys(find_run_id(word, store, OUTPUTS) for word in words)
    with store_errors(store):
        client = connect(store)
        runs = [client.get_run(run_id) for run_id in ids]
        if asks and not _confirmed(client, runs):
            return 1
        for run in runs:
            client.delete_run(run.info.run_id)
    kept = "their folders stay" if len(runs) > 1 else "its folder stays"
    results().print(f"deleted {len(runs)} run{'s' if len(runs) > 1 else ''} from {store.shown}; {kept}")
    return 0


def _confirmed(client: MlflowClient, runs: Sequence[Run]) -> bool:
    show([_row(run, client.get_experiment(run.info.experiment_id).name) for run in runs])
    if not sys.stdin.isatty():
        raise UserError("--delete asks first, but there is nobody to answer: give --yes")
    messages().print("delete? [y/N] ", end="", markup=False)
    return input().strip().lower() in ("y", "yes")


def _row(run: Run, experiment: str) -> Row:
    tags, metrics = run.data.tags, run.data.metrics
    started = datetime.fromtimestamp(run.info.start_time / 1000).astimezone()
    return Row(
        run=run.info.run_id[:_ID_SHOWN],
        name=run.info.run_name or "",
        started=f"{started:%Y-%m-%d %H:%M}",
        outcome=tags.get("outcome", run.info.status.lower()),
        cause=tags.get("cause", ""),
        loss=_number(metrics.get("loss")),
        accuracy=_number(metrics.get("accuracy")),
        steps=tags.get("steps", ""),
        dataset=tags.get("dataset", ""),
        experiment=experiment,
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs")
    return int(text)
