"""One run of a step of training: the program from its beginning, set to some parameters, cut when the step is over."""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.loading.compiling import parsed
from runner.recording.loading.hooks import Cut, Key, listen
from runner.recording.loading.program import Program
from runner.recording.scenario import StepFailed, StepTooLong
from runner.recording.scenarios.places import Roots, kept, named, places, put, take_apart, variables
from runner.recording.scenarios.points import numbers
from runner.recording.scenarios.updates import loops
from runner.recording.taping.node import Namespace, Statement
from runner.recording.taping.notes import TooLong
from runner.recording.taping.record import Marked, record
from runner.recording.taping.tape import Tape
from runner.subjects.complaint import Complaint

# What one recording may take: some seconds.
MOST_OPERATIONS = 100_000

Array = NDArray[np.float64]
Extra = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Entry:
    """How the program is set going: `start(program, opened, closed)` runs it.

    Where no loop is the step, it calls `opened` with the roots of what is kept just before the step, and `closed` after
    it; `whole` says whether it can be the step as a whole. `text` says what it runs. `reached` is called when the
    program has been run as far as to its training, and what takes time from then on is recording.
    """

    text: str
    start: Callable[[Program, Callable[[Roots], None], Callable[[], None]], None]
    whole: bool = False
    reached: Callable[[], None] = lambda: None


@dataclass
class Run:
    """One run of the step: what was kept before and after it, and what was recorded.

    `turned` says whether a whole number became a real one, as a bias that begins as 0 does.
    """

    before: dict[str, tuple[Any, Array]] = field(default_factory=dict)
    after: Namespace = field(default_factory=dict)
    scope: Namespace = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    extra: Any = None
    begun: bool = False
    ended: bool = False
    turned: bool = False
    tape: Tape | None = None


@dataclass(frozen=True)
class Step:
    """What is a step of a program: one turn of the loop `key`, or where that is None the call that `entry` makes.

    Of the arrays named in `rows` only so many rows are left along an axis before the step begins; with `counted` whole
    numbers that are the old number of rows become the new one, as an `m` that was counted before. `later` says how many
    turns are gone round before.
    """

    program: Program
    entry: Entry
    key: Key | None
    rows: tuple[tuple[str, int, int], ...] = ()
    later: int = 0
    counted: tuple[int, int] | None = None

    def run(
        self,
        values: Mapping[str, Array] | None = None,
        *,
        recorded: bool = False,
        at_start: Extra | None = None,
        at_end: Extra | None = None,
        snapshot: Callable[[Statement], bool] | None = None,
    ) -> Run:
        """Run the program up to the end of its first step, with `values` for some of what is kept, by name.

        `at_start` and `at_end` are called with the variables that are seen then, within the recording; what they give
        is the run's `extra`. Raises `StepFailed` where the step is not reached or not carried out.
        """
        marked, done = Marked(), Run()
        held: list[Roots] = []
        whole: set[str] = set()

        def opened(roots: Roots) -> None:
            if done.begun:
                return
            done.begun = True
            held.append(roots)
            self._cut_rows(roots)
            done.arrays = {
                name: value for name, _, value in places(roots()) if isinstance(value, np.ndarray) and value.ndim
            }
            take_apart(roots)
            for name, place, value in kept(roots):
                if values is not None and name in values:
                    put(place, value, values[name])
            whole.update(name for name, _, value in places(roots()) if type(value) is int)
            for name, place, _ in kept(roots):
                value = place.get()
                copy = numbers(value)
                if copy is not None and name not in done.before:
                    done.before[name] = (value, copy)
            if recorded:
                marked.begin()
            if at_start is not None:
                done.extra = at_start(_scope(roots))

        def closed() -> None:
            if not done.begun or done.ended:
                return
            done.ended = True
            done.scope = _scope(held[0])
            if at_end is not None:
                done.extra = at_end(done.scope)
            marked.end()
            for name, value in named(held[0](), done.before):
                done.after.setdefault(name, value)
            done.turned = any(isinstance(value, float | np.floating) for _, value in named(held[0](), whole))

        first: list[types.FrameType] = []
        waiting = itertools.count(-self.later)

        def turn(key: Key, frame: types.FrameType) -> None:
            if done.ended:
                raise Cut
            if key != self.key:
                return
            if not done.begun:
                if next(waiting) < 0:
                    return
                first.append(frame)
                opened(lambda: variables(frame))
            elif frame is first[0]:
                closed()
                raise Cut

        def left(key: Key, frame: types.FrameType) -> None:
            if done.ended or (key == self.key and done.begun and frame is first[0]):
                closed()
                raise Cut

        def started() -> None:
            self.program.unload()
            if self.key is None:
                self.entry.start(self.program, opened, closed)
            else:
                self.entry.start(self.program, lambda roots: None, lambda: None)

        listen(turn, left)
        try:
            error = self._carried_out(started, marked, recorded, snapshot)
        finally:
            listen(None, None)
        if not done.ended and done.begun and error is None:
            closed()  # the program left the loop by a return
        if not done.ended:
            raise (StepTooLong if isinstance(error, TooLong) else StepFailed)(self._why(error))
        done.tape = marked.tape
        return done

    def _cut_rows(self, roots: Roots) -> None:
        cuts = {name: (axis, count) for name, axis, count in self.rows}
        for name, place, value in list(places(roots())) if cuts else ():
            if name in cuts and isinstance(value, np.ndarray):
                axis, count = cuts[name]
                place.put(np.take(value, np.arange(count), axis=axis))
        for _, place, value in list(places(roots())) if self.counted is not None else ():
            if type(value) is int and self.counted is not None and value == self.counted[0]:
                place.put(self.counted[1])

    def with_texts(self, texts: Mapping[Path, str]) -> Step:
        """The same step of the changed program."""
        return replace(self, program=self.program.with_texts(texts), key=self._key_in(texts))

    def _key_in(self, texts: Mapping[Path, str]) -> Key | None:
        """Where the loop stands in changed texts: a line may have been added above it, no loop ever is."""
        file = None if self.key is None else Path(self.key[0])
        if self.key is None or file not in texts or file not in self.program.sources:
            return self.key
        if texts[file].count("\n") == self.program.sources[file].text.count("\n"):
            return self.key  # lines are added or taken away, and never moved past each other
        before, after = (
            [loop.lineno for loop in loops(parsed(text, file))]
            for text in (self.program.sources[file].text, texts[file])
        )
        same = len(before) == len(after) and self.key[1] in before
        return (self.key[0], after[before.index(self.key[1])]) if same else self.key

    @property
    def text(self) -> str:
        """What is run."""
        if self.key is None:
            return self.entry.text
        source = self.program.sources.get(Path(self.key[0]))
        where = source.place(self.key[1]) if source is not None else f"line {self.key[1]}"
        return f"one turn of the loop at {where}"

    def _carried_out(
        self,
        started: Callable[[], None],
        marked: Marked,
        recorded: bool,
        snapshot: Callable[[Statement], bool] | None,
    ) -> BaseException | None:
        if recorded:
            return record(started, window=marked, snapshot=snapshot, operations=MOST_OPERATIONS).error
        try:
            started()
        except BaseException as error:
            return error
        return None

    def _why(self, error: BaseException | None) -> str:
        if isinstance(error, Complaint):
            return error.message
        if isinstance(error, TooLong):
            return (
                f"{self.text} takes more than {MOST_OPERATIONS:,} operations, too many to be followed: let it train on "
                "fewer samples or smaller images, or write its loops as operations on whole arrays"
            )
        if error is None:
            return f"{self.entry.text} did not reach a training step"
        return self.program.failed(error).message


def _scope(roots: Roots) -> Namespace:
    """The variables that are seen: those of a function before those of its module."""
    found: Namespace = {}
    for name, _, value in roots():
        found.setdefault(name, value)
    return found
