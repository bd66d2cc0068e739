"""What ends a run before its last step: Ctrl-C, SIGTERM or SIGHUP, and stop rules that are asked at some steps.

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
    """`signal` is SIGINT or SIGTERM once one is received, which SIGHUP counts as; 0 before there is one."""

    signal: int = 0


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Record the first SIGINT, SIGTERM or SIGHUP; a second one raises KeyboardInterrupt.

    Of `nohup` SIGHUP stays ignored. Outside the main thread, where no handler can be set, nothing is changed.
    """
    received = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def note(number: int, frame: FrameType | None) -> None:
        if received.signal:
            raise KeyboardInterrupt
        received.signal = signal.SIGINT if number == signal.SIGINT else signal.SIGTERM

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, *terminating())}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def terminating() -> list[int]:
    """The signals that ask this process to end: SIGTERM, and SIGHUP where the terminal's end is not to be ignored."""
    asked = [signal.SIGTERM] if sys.platform == "win32" else [signal.SIGTERM, signal.SIGHUP]
    return [one for one in asked if one == signal.SIGTERM or signal.getsignal(one) is not signal.SIG_IGN]


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
