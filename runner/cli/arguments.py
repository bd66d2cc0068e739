"""The flags of a command beside its overrides, and the store that these name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from runner.composition.configuration import compose_settings
from runner.errors import Problem, UserError, nearest
from runner.tracking.opening import OUTPUTS, store_named
from runner.tracking.store import Store, exists, probe

_PATIENCE = 5.0  # seconds for a store that fails, before a list of runs is shown without what it lacks


class Flags(argparse.ArgumentParser):
    """A parser whose complaints are the user's errors like all others."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False)

    def split(self, arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
        """The flags, and the arguments that are none."""
        flags, rest = self.parse_known_args(list(arguments))
        known = [name for action in self._actions for name in action.option_strings]
        unknown = [word for word in rest if word.startswith("--") and word != "--"]
        if unknown:
            raise UserError(
                Problem("", f"unknown option {w!r}", allowed=known, nearest=nearest(w, known)) for w in unknown
            )
        return flags, [word for word in rest if word != "--"]

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise UserError(message)


def store_of(overrides: Sequence[str]) -> Store | None:
    """The store that the configuration names; None with `tracking=none`.

    Raises UserError for an override that has nothing to do with tracking: it would change nothing.
    """
    strange = [word for word in overrides if not word.lstrip("+~").startswith("tracking")]
    if strange:
        raise UserError(
            Problem(word.partition("=")[0], "only tracking.* means something here", given=word) for word in strange
        )
    return store_named(compose_settings(overrides).tracking)


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
    from runner.cli.screen.terminal import messages
    from runner.composition.complaints import relative
    from runner.tracking.undelivered import deliver, leftovers

    for leftover in leftovers(OUTPUTS, store):
        if leftover.vanished:
            answers: dict[str, Any] = {}
            deliver(leftover, answers.update, _PATIENCE)
            end = "closed as KILLED" if answers.get("delivered") else "`sync` will close it"
            messages().print(f"{relative(leftover.folder)}: its process is gone; {end}", markup=False)
