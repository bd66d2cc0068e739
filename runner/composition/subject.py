"""What a command line says beside somebody's own network that only a network of ours could take."""

from __future__ import annotations

from collections.abc import Sequence

from runner.errors import UserError
from runner.settings import Settings
from runner.training.theirs.refusals import typed


def refuse_meaningless_overrides(settings: Settings, overrides: Sequence[str]) -> None:
    """Raise `UserError` for overrides that mean nothing for a subject, those included that say what is so anyway."""
    if settings.subject.path is None:
        return
    problems = [typed(override.partition("=")[0]) for override in overrides]
    if found := [problem for problem in problems if problem is not None]:
        raise UserError(found)
