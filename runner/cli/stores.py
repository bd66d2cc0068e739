"""The store that a command looks in, with the runs that are in it brought up to date."""

from __future__ import annotations

from collections.abc import Sequence

from runner.cli.screen.terminal import messages
from runner.composition.stores import store_of
from runner.errors import UserError
from runner.files.paths import relative
from runner.tracking.messages import Answer
from runner.tracking.store import Store, exists, probe
from runner.tracking.undelivered import deliver, undelivered

_PATIENCE = 5.0  # seconds for a store that fails, before a list of runs is shown without what it lacks


def store_with_runs(overrides: Sequence[str]) -> Store:
    """The store that the configuration names; UserError where there is none, or it doesn't answer."""
    store = store_of(overrides)
    if store is None:
        raise UserError("with tracking=none there is no store to look in")
    if not exists(store):
        raise UserError(f"there is no run yet: {store.shown} doesn't exist; `python -m runner` makes one")
    probe(store)
    _close_vanished(store)
    return store


def _close_vanished(store: Store) -> None:
    """Deliver and end the runs whose process was killed: else they would be shown as running for ever."""
    for leftover in undelivered(store):
        if leftover.vanished:
            answers: Answer = {}
            deliver(leftover, answers.update, _PATIENCE)
            end = "closed as KILLED" if answers.get("delivered") else "`sync` will close it"
            messages().print(f"{relative(leftover.folder)}: its process is gone; {end}", markup=False)
