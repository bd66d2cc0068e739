"""Which settings mean something for a watched script or cell: those of the watch and of what it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.composition.configuration import Configuration
from runner.composition.overrides import set_by
from runner.errors import Problem, UserError
from runner.watching.settings import INSTEAD

_OURS = ("name", "description", "tags", "tracking", "watch", "diagnosis", "outcome", "hydra")


def refuse_others(configuration: Configuration) -> None:
    """Raise `UserError` for all that is said and would do nothing, also where it says what is so anyway."""
    if configuration.multirun:
        raise UserError(Problem("", "one script is watched at a time: leave out --multirun"))
    if problems := list(_without_use(configuration.overrides)):
        raise UserError(problems)


def _without_use(overrides: Sequence[str]) -> Iterator[Problem]:
    for override in overrides:
        key = override.lstrip("+~").partition("=")[0]
        if key.partition(".")[0].partition("/")[0] not in _OURS:
            message = "has no effect on a script, which says that itself; its own arguments stand behind it"
            yield Problem(key, message, given=override, allowed=_OURS)
            continue
        for path in set_by(override):
            if path in INSTEAD:
                yield Problem(path, f"has no effect on a script: {INSTEAD[path]}", given=override)
