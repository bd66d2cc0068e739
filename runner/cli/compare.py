"""Compare the runs of a sweep, of a folder, or of an MLflow experiment, as a table.

  whynan compare SWEEP_OR_EXPERIMENT [--metric NAME] [--sort KEY] [--limit N] [--all] [tracking.uri=...]
  whynan compare last --csv FILE --parquet FILE --markdown FILE

SWEEP is the folder of a sweep, the id of its MLflow run, or `last`. Of a sweep its groups are ranked, runs that differ
only in seeds being one; --all shows every run. Of an experiment, or a folder of runs, the settings in which they differ
are shown. The files hold every run; --metric names what is ranked by.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli import EXIT_DONE
from runner.cli.arguments import Flags, store_of
from runner.cli.overrides import split_overrides
from runner.cli.tables import fitting_table
from runner.cli.terminal import messages
from runner.errors import Problem, UserError, nearest
from runner.sweeps.comparison import of_experiment, of_folders
from runner.sweeps.files import SweepFolder
from runner.sweeps.outcome_files import markdown
from runner.sweeps.ranking import metric_of, ranking
from runner.sweeps.results import MEASURES, results, swept_columns
from runner.tracking.opening import OUTPUTS
from runner.tracking.runs import find_sweep, run_folders, store_errors
from runner.tracking.store import Store, exists, probe

if TYPE_CHECKING:
    import pandas as pd

_IMPORTANT = ("outcome", "mean", "loss", "failed", "accuracy", "best", "runs", "cause", "spread", "valid_loss")
_FORMATS = ("csv", "parquet", "markdown")


@dataclass(frozen=True)
class Compared:
    """A row a run; `swept` are the keys of a sweep, None for runs that are none."""

    table: pd.DataFrame
    swept: list[str] | None


def main(arguments: list[str]) -> int:
    """Print the table, and write the files that are asked for."""
    parser = Flags()
    for name in (*_FORMATS, "metric", "sort"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--limit", type=_positive, default=50)
    parser.add_argument("--all", action="store_true")
    flags, rest = parser.split(arguments)
    words, overrides = split_overrides(rest)
    if len(words) != 1:
        raise UserError("compare what? `compare last`, the folder of a sweep, or the name of an MLflow experiment")
    compared = compare(words[0], store_of(overrides))
    for kind in _FORMATS:
        if getattr(flags, kind) is not None:
            _write(compared.table, kind, Path(getattr(flags, kind)))
    shown = compared.table
    if compared.swept is not None and not flags.all:
        metric = flags.metric or metric_of(shown)
        shown = ranking(shown, compared.swept, _known(metric, list(shown.columns), "--metric"))
    if flags.sort is not None:
        by = _known(flags.sort, list(shown.columns), "--sort")
        shown = shown.sort_values(by, kind="stable", na_position="last")
    fitting_table(shown.head(flags.limit), _IMPORTANT)
    if len(shown) > flags.limit:
        messages().print(f"{len(shown) - flags.limit:,} more rows: --limit shows more", markup=False)
    return EXIT_DONE


def compare(word: str, store: Store | None) -> Compared:
    """The runs that a word means; `UserError` where it means none."""
    sweep = find_sweep(word, store, OUTPUTS)
    if sweep is not None:
        return Compared(results(sweep), swept_columns(SweepFolder(sweep).described["factors"]))
    if Path(word).is_dir():
        folders = sorted(run_folders(Path(word)))
        if not folders:
            raise UserError(f"there is no run below {word}")
        return Compared(of_folders(folders), None)
    if store is None or not exists(store):
        raise UserError(Problem("", f"{word!r} is neither a sweep nor a folder, and there is no store to look in"))
    probe(store)
    with store_errors(store):
        return Compared(of_experiment(store, word), None)


def _known(name: str, columns: Sequence[str], flag: str) -> str:
    if name not in columns:
        known = [str(column) for column in columns]
        allowed = [column for column in known if flag != "--metric" or column in (*MEASURES, "best_loss")]
        raise UserError(Problem(flag, f"no column {name!r}", allowed=allowed, nearest=nearest(name, allowed)))
    return name


def _write(table: pd.DataFrame, kind: str, path: Path) -> None:
    try:
        if kind == "csv":
            table.to_csv(path, index=False)
        elif kind == "parquet":
            table.to_parquet(path, index=False)
        else:
            path.write_text("\n".join(markdown(table)) + "\n", encoding="utf-8")
    except OSError as error:
        message = f"can't write there: {error.strerror or error}"
        raise UserError(Problem(f"--{kind}", message, given=str(path))) from error
    messages().print(f"{len(table):,} runs written to {path}", markup=False)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)
