"""What a user did wrong, reported so that the next command is right.

Everything a person can get wrong ends as a `UserError`: a list of `Problem`s, all of them at once, each with the
path of the setting, what was given, what is allowed and the nearest name. The command line prints them and exits
with 2; nothing else in the program prints errors or exits.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from runner.redaction import redact

_ABSENT = object()


@dataclass(frozen=True)
class Problem:
    """One mistake.

    `path` is the dotted path of the setting ("init.weights.name"; empty where no setting is at fault), `given` the
    value as the user wrote it, `allowed` the names or ranges that would do, `nearest` the name probably meant and
    `file` the YAML in which the value stands.
    """

    path: str
    message: str
    given: object = _ABSENT
    allowed: Sequence[str] = ()
    nearest: str | None = None
    file: str | None = None

    @property
    def has_given(self) -> bool:
        """Whether a value was given at all (a missing key has none; null is a value)."""
        return self.given is not _ABSENT

    def __str__(self) -> str:
        parts = [f"{self.path}: {self.message}" if self.path else self.message]
        if self.nearest is not None:
            parts.append(f"did you mean {self.nearest!r}?")
        if self.allowed:
            parts.append(f"allowed: {', '.join(self.allowed)}")
        if self.file is not None:
            parts.append(f"in {self.file}")
        return "; ".join(parts)


class UserError(Exception):
    """The command, the configuration or the data is wrong; exit code 2, no traceback."""

    def __init__(self, problems: Problem | str | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem("", problems)
        if isinstance(problems, Problem):
            problems = (problems,)
        self.problems: tuple[Problem, ...] = tuple(map(_redacted, problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def _redacted(problem: Problem) -> Problem:
    given = problem.given if not isinstance(problem.given, str) else redact(problem.given)
    nearest_name = None if problem.nearest is None else redact(problem.nearest)
    return replace(problem, message=redact(problem.message), given=given, nearest=nearest_name)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` is most probably a typo of, or None where none is close."""
    matches = difflib.get_close_matches(name.lower(), list(names), n=1, cutoff=0.6)
    return matches[0] if matches else None


class RunError(Exception):
    """A run could not go on for a reason outside the program (a full disk); exit code 1, no traceback."""
