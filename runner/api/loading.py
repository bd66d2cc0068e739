"""Runs and sweeps of before, in Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runner.composition.stores import store_of
from runner.errors import UserError
from runner.experiment import RunResult
from runner.experiment.left import left_run
from runner.sweeps.result import SweepResult, left_sweep
from runner.tracking.runs import find_run, find_sweep
from runner.tracking.trackers import OUTPUTS


def load(run: str | Path = "last", *, overrides: Sequence[str] = ()) -> RunResult:
    """A run of before, as `train` gives it, without training it again.

    Args:
        run: The id of an MLflow run or the beginning of one, a run folder, or `"last"` for the newest run of the store.
        overrides: May name the store: `["tracking.uri=..."]`.

    Returns:
        The run: `outcome`, `metrics`, `history`, `predict(X)`, `weights`, `config`, `plot`, `findings`, `explanation`,
        `url` and `folder`. One that is still being trained has the outcome `"running"`.

    Raises:
        UserError: There is no such run, more than one has this beginning of an id, or a file of it is damaged.

    Examples:
        >>> trained = train("experiment=xor", "steps=20", "tracking=none", "diagnosis=none")
        >>> run = load(trained.folder)
        >>> run.metrics == trained.metrics
        True
        >>> run.history["loss"].shape
        (21,)
    """
    store = store_of(list(overrides))
    if str(run) != "last" and find_sweep(str(run), store, OUTPUTS) is not None:
        raise UserError(f"{str(run)!r} is a sweep: load_sweep gives it")
    found = find_run(str(run), store, OUTPUTS)
    return left_run(found.folder, found.record, own=found.local)


def load_sweep(sweep: str | Path = "last", *, overrides: Sequence[str] = ()) -> SweepResult:
    """A sweep of before, as `sweep` gives it.

    Args:
        sweep: The folder of the sweep, the id of its MLflow run or the beginning of one, or `"last"` where the newest
            run of the store is of a sweep.
        overrides: May name the store: `["tracking.uri=..."]`.

    Returns:
        The sweep: `table`, `ranking`, `best`, `run(job)`, `plot`, `url` and `folder`.

    Raises:
        UserError: There is no such sweep on this machine.

    Examples:
        >>> load_sweep("no/such/sweep", overrides=["tracking=none"])
        Traceback (most recent call last):
        runner.errors.UserError: no sweep 'no/such/sweep': not the folder of one, nor the id of one in the store
    """
    found = find_sweep(str(sweep), store_of(list(overrides)), OUTPUTS)
    if found is None:
        raise UserError(f"no sweep {str(sweep)!r}: not the folder of one, nor the id of one in the store")
    return left_sweep(found)
