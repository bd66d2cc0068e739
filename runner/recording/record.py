"""Recording a run of their code: all of it, one turn of a loop, or one call of a function.

Their code has to be compiled by `rewrite.compile_recorded` (or `compile_tree`); whatever else runs is not recorded.
Without a recording going on the rewritten code does what the original does and little else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .tape import Statement, Tape


@dataclass(frozen=True)
class Turns:
    """The window of `count` turns of the loop whose header begins at `line` of `file`, from turn `first` (from 0) on.

    Turns are counted over all runs of the loop together. With `leave` the run is abandoned when the window ends.
    """

    file: Path
    line: int
    first: int = 0
    count: int = 1
    leave: bool = True


@dataclass(frozen=True)
class Calls:
    """The window of one call, the one numbered `first` (from 0), of the function whose `def` is at `line` of `file`.

    With `leave` the run is abandoned when the call has returned.
    """

    file: Path
    line: int
    first: int = 0
    leave: bool = True


class Marked:
    """The window that is opened and closed from outside of their code, by a hook that is called in between.

    `begin()` starts the recording and `end()` ends it for good; both do nothing where that has happened. Rewritten code
    that a hook calls in between is recorded too. `tape` is what has been recorded so far, None before `begin()`. What
    `run` raises, `BaseException` as well, ends up in `Recording.error`.
    """

    tape: Tape | None = None

    def begin(self) -> None:
        """Record from here on."""
        raise NotImplementedError

    def end(self) -> None:
        """Record nothing more."""
        raise NotImplementedError


@dataclass(frozen=True)
class Recording:
    """What was recorded.

    `result` is what `run` returned. `opened` says whether the window was reached, `left` whether the run was abandoned
    at its end. `error` is what their code raised (the tape holds everything up to there), None if nothing.
    """

    tape: Tape
    result: Any
    opened: bool
    left: bool
    error: BaseException | None


class TooLong(Exception):  # noqa: N818 - nothing is wrong with what was recorded
    """The window holds more operations, or more memory, than the limit allows."""


def record(
    run: Callable[[], Any],
    *,
    window: Turns | Calls | Marked | None = None,
    snapshot: Callable[[Statement], bool] | None = None,
    operations: int = 2_000_000,
    memory: int = 2_000_000_000,
) -> Recording:
    """Call `run()`, recording what happens in the `window` (None: everything).

    `snapshot` says of a statement whether the variables before each of its executions are wanted. At most `operations`
    nodes and `memory` bytes of values are recorded; beyond that `TooLong` is raised out of their code and from here.
    """
    raise NotImplementedError
