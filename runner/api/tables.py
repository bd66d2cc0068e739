"""Tables of runs from Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runner.composition.stores import store_of
from runner.tracking.trackers import OUTPUTS

if TYPE_CHECKING:
    import pandas as pd


def results(source: str | Path = "last", *, overrides: Sequence[str] = ()) -> pd.DataFrame:
    """The runs of a sweep, of an MLflow experiment, or of a folder of runs as a pandas table, as `compare` prints them.

    Args:
        source: The folder of a sweep, the id of its MLflow run, `last` for the newest sweep, the name of an experiment,
            or a folder that runs lie in.
        overrides: May name the store: `["tracking.uri=..."]`.

    Returns:
        A row for each run, the best first, with its settings, outcome, loss, accuracy and cause where it has them.

    Raises:
        UserError: There is nothing of this name, or the store doesn't answer.

    Examples:
        >>> for lr in (0.1, 1.0):
        ...     run = train("experiment=xor", "tracking=none", f"optimizer.lr={lr}", f"hydra.run.dir=rates/{lr}")
        >>> table = results("rates", overrides=["tracking=none"])
        >>> sorted(table["optimizer.lr"])
        [0.1, 1.0]
    """
    from runner.sweeps.comparison import compare

    return compare(str(source), store_of(list(overrides)), OUTPUTS).table
