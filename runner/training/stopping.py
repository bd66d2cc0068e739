"""What ends a run before its last step: Ctrl-C, SIGTERM, and stop rules that are asked at some steps.

After a signal the current step is finished and everything is saved. Raising in the middle of a step was rejected: a
half-done update would be saved as if it were complete.
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
    """`signal` is the number of the received signal, 0 before there is one."""

    signal: int = 0


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Record the first SIGINT or SIGTERM; a second one raises KeyboardInterrupt.

    Outside the main thread, where no handler can be set, nothing is changed.
    """
    received = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def note(number: int, frame: FrameType | None) -> None:
        if received.signal:
            raise KeyboardInterrupt
        received.signal = number

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Stoppable(Protocol):
    """A run that can be ended early: set `ended`; `done` says that no step is left."""

    ended: bool

    @property
    def done(self) -> bool:
        """Whether no step is left to do."""


Run = TypeVar("Run", bound=Stoppable)

# Called before a step with the runs that have reached it; gives those that are to end there.
StopRule = Callable[[Sequence[Run]], Iterable[Run]]


def next_asked(rules: Mapping[int, StopRule[Run]], step: int) -> int:
    """The next step, after this one, before which a rule is asked; a huge number where there is none."""
    return min((asked for asked in rules if asked > step), default=sys.maxsize)


def stop_by_rule(rules: Mapping[int, StopRule[Run]], step: int, runs: Sequence[Run]) -> None:
    """End the runs that the rule of `step` chooses; their history must be flushed."""
    if step in rules:
        for run in rules[step]([run for run in runs if not run.done]):
            run.ended = True
