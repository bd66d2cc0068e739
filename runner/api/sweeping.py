"""Sweeps from Python."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from runner.api.arguments import warn_of
from runner.composition.configuration import configure
from runner.composition.foreign_code import refuse_meaningless_overrides
from runner.composition.jobs.expansion import all_mistakes, planned
from runner.composition.options import parse
from runner.composition.overrides import swept_from
from runner.composition.session import session
from runner.errors import UserError
from runner.report.trackers import trackers
from runner.sweeps.listener import SweepListener
from runner.sweeps.page.writer import MODULE
from runner.sweeps.result import SweepResult
from runner.sweeps.tracked import TrackedSweep


def sweep(
    *arguments: str | Mapping[str, Any],
    overrides: Sequence[str] = (),
    listener: SweepListener | None = None,
    **settings: Any,
) -> SweepResult:
    """Train every combination of the values that `arguments` give, in parallel, as `-m` does on the command line.

    Args:
        arguments: What is typed after `whynan -m`, `"optimizer.lr=0.1,1"` or `"seed=range(4)"`; or settings as Python
            has them, in which a tuple or a range is swept and a list is one value: `{"optimizer.lr": (0.1, 1)}`.
        overrides: Further arguments, as a list.
        listener: Called with what happens while the sweep goes on.
        settings: Settings as Python has them: `seed=range(4)`, `optimizer={"lr": (0.1, 1)}`.

    Returns:
        The sweep: `table` (a pandas table with a row for each job, outcome and metrics first), `ranking`, `best` (the
        best run), `run(job)`, `plot`, `report()`, `url` and `folder`. After Ctrl-C it has the jobs that have ended.

    Raises:
        UserError: The settings are wrong; all mistakes of all jobs at once.

    Examples:
        >>> result = sweep("dataset=xor", "optimizer.lr=0.1,1", "seed=range(2)", "steps=500", "tracking=none")
        >>> result.table.columns[:2].tolist(), len(result.table)
        (['outcome', 'loss'], 4)
        >>> sorted(result.ranking["optimizer.lr"])
        [0.1, 1.0]
        >>> result.best.history["loss"].shape
        (501,)
    """
    words: list[str] = []
    for one in (*arguments, settings, *overrides):
        words += swept_from(one) if isinstance(one, Mapping) else [one]
    with session(parse([*(word for word in words if word not in ("-m", "--multirun")), "--multirun"])) as hydra:
        try:
            configuration = configure(hydra)
        except UserError as error:
            raise UserError(all_mistakes(hydra, error)) from error
        warn_of(configuration.notices)
        refuse_meaningless_overrides(configuration.settings, configuration.overrides)
        master = configuration.carried_out
        if not configuration.packs or "whynan" not in str(master.hydra.sweeper.get("_target_")):
            raise UserError("launchers and sweepers of others carry out sweeps of the command line alone")
        plan = planned(hydra.loader, master, list(master.hydra.overrides.task), configuration.settings)
    with (
        _no_main(),
        trackers(MODULE) as tracker_of,
        TrackedSweep(configuration.settings, listener or SweepListener()) as tracked,
    ):
        tracked.carry_out(plan, tracker_of(configuration.settings.tracking))
        result = tracked.end()
    assert result is not None, "a plan has a folder"
    return result


@contextmanager
def _no_main() -> Iterator[None]:
    """Hide, within the block, the script that runs: workers would run it again, and nothing of theirs stands there."""
    main = sys.modules["__main__"]
    hidden: dict[str, Any] = {name: vars(main).pop(name) for name in ("__file__", "__spec__") if name in vars(main)}
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(hidden)
