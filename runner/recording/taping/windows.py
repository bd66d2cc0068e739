"""When a recording begins and ends: everything, some turns of a loop, or one call of a function."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from runner.recording.rewriting.sites import FILES, Site
from runner.recording.taping.recorder import Recorder
from runner.recording.taping.runtime import RUNTIME
from runner.recording.taping.tape import Tape


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

    def __init__(self) -> None:
        self.tape: Tape | None = None
        self._recorder: Recorder | None = None

    @property
    def opened(self) -> bool:
        """Whether the recording was begun."""
        return self.tape is not None

    def bind(self, recorder: Recorder) -> None:
        """Say what is to record; `record` does."""
        self._recorder = recorder

    def begin(self) -> None:
        """Record from here on."""
        if self._recorder is not None and self.tape is None:
            self.tape = self._recorder.tape
            RUNTIME.begin(self._recorder)

    def end(self) -> None:
        """Record nothing more."""
        self._recorder = None
        if self.tape is not None:
            RUNTIME.end()


class WindowEnded(BaseException):
    """Ends a run whose window is over; no `except Exception` of theirs stops it."""


class Window:
    """Switches the recorder on and off as the run reaches and leaves what was asked for."""

    def __init__(self, what: Turns | Calls, recorder: Recorder) -> None:
        self.opened = False
        self._what = what
        self._recorder = recorder
        self._count = 0
        self._open = False
        self._inner: FrameType | None = None
        self._outer: set[int] = set()

    def at(self, site: Site) -> None:
        """A statement begins: it ends the window if it lies outside of it."""
        if not self._open:
            return
        frame = _frame()
        if frame is None or (frame is not self._inner and id(frame) not in self._outer):
            return
        within = isinstance(self._what, Turns) and any(
            loop.line == self._what.line and loop.file == self._what.file for loop in site.statement.loops
        )
        if frame is not self._inner or not (within or isinstance(self._what, Calls)):
            self._close()

    def turn(self, site: Site) -> None:
        """A turn of a loop begins."""
        what, place = self._what, site.statement.place
        if isinstance(what, Turns) and place.line == what.line and place.file == what.file:
            if self._count == what.first + what.count:
                self._close()
            elif self._count == what.first:
                self._begin()
            self._count += 1

    def enter(self, site: Site) -> None:
        """A function was called."""
        what, place = self._what, site.statement.place
        if isinstance(what, Calls) and place.line == what.line and place.file == what.file:
            if self._count == what.first:
                self._begin()
            self._count += 1

    @contextmanager
    def called(self, site: Site) -> Iterator[None]:
        """Around each call: the window of a call ends where the call does."""
        before = self.opened
        yield
        if self._open and not before and isinstance(self._what, Calls):
            self._close()

    def _begin(self) -> None:
        if self.opened:
            return
        self.opened = self._open = True
        RUNTIME.begin(self._recorder)
        self._inner = _frame()
        outer = None if self._inner is None else self._inner.f_back
        while outer is not None:
            self._outer.add(id(outer))
            outer = outer.f_back

    def _close(self) -> None:
        if not self._open:
            return
        self._open = False
        RUNTIME.end()
        if self._what.leave:
            raise WindowEnded


def _frame() -> FrameType | None:
    """The innermost frame of their code."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename not in FILES:
        frame = frame.f_back
    return frame
