"""List, filter and delete runs.

  whynan runs                              the newest runs and sweeps of the store, a sweep in one row
  whynan runs --children SWEEP             the jobs of a sweep; without SWEEP those of all, among the other runs
  whynan runs --outcome nan --limit 50     runs and jobs with this outcome, at most 50
  whynan runs --filter "params.dataset.name = 'xor' and metrics.loss < 0.1"
  whynan runs --filter "tags.cause = 'learning_rate_too_high'"
  whynan runs --all                        every column, however narrow the terminal is
  whynan runs --delete RUN...              mark runs as deleted in MLflow; --yes doesn't ask

SWEEP is the id of its MLflow run, the beginning of one, its folder, or `last`. tracking.uri=... names the store,
tracking.experiment=... one experiment of it. --filter takes MLflow's filter syntax. Run folders are kept; `mlflow gc`
removes marked runs for good.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli.arguments import Flags
from runner.cli.screen.tables import print_all, print_table
from runner.cli.screen.terminal import messages, results
from runner.cli.stores import store_with_runs
from runner.composition.overrides import split_overrides
from runner.errors import UserError
from runner.files.json_files import read_json
from runner.files.names import MLFLOW_RUN, SWEEP
from runner.files.sweep_lines import AT_CHANCE
from runner.settings.outcome import OUTCOMES
from runner.tracking.content.run import FOLDER_TAG, PARENT_TAG, SWEEP_TAG
from runner.tracking.resuming import refuse_if_trained
from runner.tracking.runs import find_run_id, sweep_run
from runner.tracking.sending.connection import connect
from runner.tracking.store import Store
from runner.tracking.stored.mlflow import stored
from runner.tracking.stored.reading import by_mlflow, reader, store_errors
from runner.tracking.stored.run import Query, Reader, StoredRun
from runner.tracking.trackers import OUTPUTS

if TYPE_CHECKING:
    from mlflow import MlflowClient

_ID_SHOWN = 8
# The columns of the table, from the one that is missed most.
_IMPORTANT = ("run", "outcome", "name", "loss", "cause", "accuracy", "steps", "started", "dataset", "experiment")
_JOBS = "jobs/"  # the metrics of a sweep: how many of its jobs have which outcome


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
    parser.add_argument("--outcome", choices=(*OUTCOMES, AT_CHANCE))
    parser.add_argument("--limit", type=_positive, default=20)
    parser.add_argument("--children", nargs="?", const="")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--delete", nargs="+", default=[], metavar="RUN")
    parser.add_argument("--yes", action="store_true")
    flags, rest = parser.split(arguments)
    words, overrides = split_overrides(rest)
    runs, more = split_overrides(flags.delete)
    of_sweep, also = split_overrides([flags.children] if flags.children else [])
    if words:
        raise UserError(
            f"unexpected argument {words[0]!r}: choose runs with --filter or --outcome, delete them with --delete"
        )
    overrides += [*more, *also]
    store = store_with_runs(overrides)
    if runs:
        return delete(store, runs, asks=not flags.yes)
    only_one = any(word.startswith("tracking.experiment=") for word in overrides)
    if flags.filter:
        outcome = [f"tags.outcome = '{flags.outcome}'"] if flags.outcome else []
        condition = " and ".join([flags.filter, *outcome])
        with by_mlflow(store, "--filter", flags.filter) as client:
            names = _experiments(client, store, only_one=only_one)
            found = client.passing(condition, flags.limit, list(names))
    else:
        with reader(store) as runs_of:
            names = _experiments(runs_of, store, only_one=only_one)
            query = _asked(runs_of, flags.outcome, flags.children, of_sweep, list(names) if only_one else [])
            found = runs_of.runs(query, flags.limit)
    show([_row(run, names.get(run.experiment, "")) for run in found], everything=flags.all)
    return 0


def _experiments(reading: Reader, store: Store, *, only_one: bool) -> Mapping[str, str]:
    """The experiments to look in, of the store's own only or all."""
    names = reading.experiments()
    if only_one:
        names = {number: name for number, name in names.items() if name == store.experiment}
        if not names:
            raise UserError(f"there is no experiment {store.experiment!r} in {store.shown}")
    return names


def _asked(
    reading: Reader, outcome: str | None, children: str | None, sweep: Sequence[str], experiments: Sequence[str]
) -> Query:
    """What the flags ask for: jobs stand in the row of their sweep unless they are asked for, or an outcome is."""
    tags: dict[str, str | None] = {"outcome": outcome} if outcome else {}
    if sweep:
        run = sweep_run(reading, _id_of(sweep[0]))
        if run is None:
            raise UserError(f"--children: {sweep[0]!r} is no sweep")
        return Query(tags={**tags, PARENT_TAG: run.run_id}, experiments=experiments)
    single = outcome is None and children is None
    return Query(tags=tags, without=(PARENT_TAG,) if single else (), experiments=experiments)


def _id_of(word: str) -> str:
    """The id of a sweep that is named by its folder; else the word."""
    if not (Path(word) / SWEEP).is_file():
        return word
    return str((read_json(Path(word) / MLFLOW_RUN) or {}).get("run_id") or word)


def show(rows: Sequence[Row], *, everything: bool = False) -> None:
    """Print a table on a terminal, as many columns as fit, else lines with tabs between the columns."""
    if not rows and results().is_terminal:
        results().print("no run passes the filter")
        return
    columns = {field.name: [getattr(row, field.name) for row in rows] for field in fields(Row)}
    if everything or not results().is_terminal:
        print_all(columns)
    else:
        filled = {name: cells for name, cells in columns.items() if any(cells)}
        print_table(filled, _IMPORTANT, "--all shows them")


def delete(store: Store, words: Sequence[str], *, asks: bool) -> int:
    """Mark the runs as deleted in MLflow; exit code 1 where the user said no."""
    ids = dict.fromkeys(find_run_id(word, store, OUTPUTS) for word in words)
    with store_errors(store):
        client = connect(store)
        runs = [stored(client.get_run(run_id)) for run_id in ids]
        for run in runs:
            _refuse_if_live(run)
        if asks and not _confirmed(client, runs):
            return 1
        for run in runs:
            client.delete_run(run.run_id)
    kept = "their folders stay" if len(runs) > 1 else "its folder stays"
    results().print(f"deleted {len(runs)} run{'s' if len(runs) > 1 else ''} from {store.shown}; {kept}")
    return 0


def _refuse_if_live(run: StoredRun) -> None:
    """Raise `UserError` for a run that is being trained here: it would go on without a place for its curves."""
    folder = Path(run.tags.get(FOLDER_TAG, ""))
    if run.status == "RUNNING" and folder.is_absolute() and folder.is_dir():
        refuse_if_trained(folder, "; end it before it is deleted")


def _confirmed(client: MlflowClient, runs: Sequence[StoredRun]) -> bool:
    show([_row(run, client.get_experiment(run.experiment).name) for run in runs])
    if not sys.stdin.isatty():
        raise UserError("--delete asks first, but there is nobody to answer: give --yes")
    messages().print("delete? [y/N] ", end="", markup=False)
    return input().strip().lower() in ("y", "yes")


def _row(run: StoredRun, experiment: str) -> Row:
    started = datetime.fromtimestamp(run.started / 1000).astimezone()
    return Row(
        run=run.run_id[:_ID_SHOWN],
        name=run.name,
        started=f"{started:%Y-%m-%d %H:%M}",
        outcome=_of_jobs(run) or run.tags.get("outcome", run.status.lower()),
        cause=run.tags.get("cause", ""),
        loss=_number(run.metrics.get("loss")),
        accuracy=_number(run.metrics.get("accuracy")),
        steps=run.tags.get("steps", ""),
        dataset=run.tags.get("dataset", ""),
        experiment=experiment,
    )


def _of_jobs(run: StoredRun) -> str:
    """How most jobs of a sweep ended, "6 of 8 converged"; nothing for a single run, or before the end of the sweep."""
    if SWEEP_TAG not in run.tags:
        return ""
    counts = {name.removeprefix(_JOBS): int(count) for name, count in run.metrics.items() if name.startswith(_JOBS)}
    if not counts:
        return ""
    most = max(counts, key=lambda name: counts[name])
    return f"{counts[most]} of {sum(counts.values())} {most}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs")
    return int(text)
