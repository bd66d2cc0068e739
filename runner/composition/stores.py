"""The tracking store that overrides name."""

from __future__ import annotations

from collections.abc import Sequence

from runner.composition.configuration import compose_settings
from runner.errors import Problem, UserError
from runner.tracking.store import Store
from runner.tracking.trackers import store_named


def store_of(overrides: Sequence[str]) -> Store | None:
    """The store that the configuration names; None with `tracking=none`.

    Raises UserError for an override of anything else, since it would change nothing.
    """
    strange = [word for word in overrides if not word.lstrip("+~").startswith("tracking")]
    if strange:
        raise UserError(
            Problem(word.partition("=")[0], "only tracking.* settings apply here", given=word) for word in strange
        )
    return store_named(compose_settings(overrides).tracking)
