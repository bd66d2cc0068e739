"""Which settings mean something for a watched script or cell: those of the watch and of what it leaves."""

from __future__ import annotations

from runner.composition.configuration import Configuration
from runner.errors import Problem, UserError

_OURS = ("tracking", "watch", "diagnosis", "outcome", "hydra")


def refuse_others(configuration: Configuration) -> None:
    """Raise `UserError` for what is said and would do nothing."""
    if configuration.multirun:
        raise UserError(Problem("", "one script is watched at a time: leave out --multirun"))
    for override in configuration.overrides:
        key = override.lstrip("+~").partition("=")[0]
        if key.partition(".")[0].partition("/")[0] not in _OURS:
            message = "has no effect on a script, which says that itself; its own arguments stand behind it"
            raise UserError(Problem(key, message, given=override, allowed=_OURS))
