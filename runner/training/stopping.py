"""What ends a run before its steps are done: Ctrl-C and SIGTERM, and rules that are asked at some steps.

After a signal the step is finished and everything kept. Raising in the middle of a step was rejected: an update that is
half done would be saved as if it were whole.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Protocol, TypeVar


class Interruption:
    """`signal` is the number of the signal that came, 0 before one does."""

    signal: int = 0


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Note the first SIGINT or SIGTERM instead of dying of it; a second one raises KeyboardInterrupt.

    In a thread other than the main one, where no handler can be set, nothing is changed.
    """
    seen = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield seen
        return

    def note(number: int, frame: FrameType | None) -> None:
        if seen.signal:
            raise KeyboardInterrupt
        seen.signal = number

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Stoppable(Protocol):
    """A run that others may end: `done` says that no step is left to do, `ended` is set to end it."""

    ended: bool

    @property
    def done(self) -> bool:
        """Whether no step is left to do."""


Run = TypeVar("Run", bound=Stoppable)

# Asked before a step, with the runs that have come to it and go on: which of them are to end there.
StopRule = Callable[[Sequence[Run]], Iterable[Run]]


def next_asked(rules: Mapping[int, StopRule[Run]], step: int) -> int:
    """The next step, after this one, before which a rule is asked; a huge number where none is."""
    return min((asked for asked in rules if asked > step), default=sys.maxsize)


def stop_by_rule(rules: Mapping[int, StopRule[Run]], step: int, runs: Sequence[Run]) -> None:
    """End those of the runs, which have come to `step` and written down their history, that are to end there."""
    if step in rules:
        for run in rules[step]([run for run in runs if not run.done]):
            run.ended = True
