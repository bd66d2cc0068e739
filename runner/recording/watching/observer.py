"""The light watch: at the beginning of a step what changed in the one before, and whether it is still finite.

It thins out by itself: after a thousand rows every third step is measured, then every seventh, and so on; odd distances
go through all samples of a loop over samples. In between a step costs one call. Whatever may be a NaN (a loss, a
warning of NumPy) has the next step looked at.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.history import NULL, Rows
from runner.recording.watching.floating import Listener, Trouble
from runner.recording.watching.instrument import Hooks, spots_of
from runner.recording.watching.loss import GivenLoss, is_finite
from runner.recording.watching.measured import Measured
from runner.recording.watching.rows import Block, columns_of
from runner.recording.watching.step import Activated, WatchedStep
from runner.recording.watching.units import CountedUnits

Array = NDArray[np.float64]

# Rows between two thinnings: fewer where a row means to go through many numbers, which costs the script its cache.
_ROWS, _NUMBERS, _FEWEST = 1000, 20_000_000, 100
# Parameters are kept at logarithmic distance, if they are no more numbers than these.
_MOST_KEPT = 2_000_000
_NEVER = sys.maxsize


@dataclass(frozen=True)
class Break:
    """The step that gave something that is not finite: its loss (None where that is unknown), the parameters that are
    not finite after it, and what NumPy warned about in it."""

    step: int
    loss: float | None
    names: tuple[str, ...]
    troubles: tuple[Trouble, ...]


class Observer:
    """Watches one run of a script; `sink` gets rows of the history, `broke` hears of the first non-finite step.

    `every` is the distance between measured steps before it thins out. `snapshots` holds the parameters at steps at
    logarithmic distance. `lost` gets a step, an activation and how many of its units are lost.
    """

    def __init__(
        self,
        step: WatchedStep,
        sink: Callable[[Rows], None],
        broke: Callable[[Break], None],
        is_theirs: Callable[[str], bool],
        *,
        every: int = 1,
        layers: bool = True,
        goes_on: bool = False,
        lost: Callable[[int, Activated, int], None] = lambda step, activated, count: None,
    ) -> None:
        self.step = step
        self.listener = Listener(is_theirs, self._heard)
        self.hooks = Hooks(self.turn, self.left, self.gave)
        self.columns = columns_of(step, layers)
        self.count = -1  # the step that is under way
        self.breaks: list[Break] = []
        self.broken_steps = 0
        self.snapshots: dict[int, list[Array]] = {}
        self._broke, self._layers, self._goes_on = broke, layers, goes_on
        self._size = sum(math.prod(one.shape) for one in step.parameters)
        self._rows = max(_FEWEST, min(_ROWS, _NUMBERS // max(1, self._size)))
        self._stride, self._rows_left = every, self._rows
        self._next = 0
        self._opened: int | None = None
        self._is_held, self._held_at = False, 0
        self._is_found = False
        spots = spots_of(step)
        self._values: list[list[Any]] = [[] for _ in spots]
        self._place = {(spot.file, spot.span): number for number, spot in enumerate(spots)}
        self._loss = 0 if step.loss is not None else -1
        self._given_loss = GivenLoss(step, self._values[0] if step.loss is not None else None)
        self._scalar = step.squares is None
        self._parameters = [
            Measured(one, None if (spot := one.gradient) is None else self._values[self._place[spot.file, spot.span]])
            for one in step.parameters
        ]
        self._bad: list[str] = []
        self._block = Block(sink, len(self.columns))
        self._keep_next = 0
        counted = step.activations if layers else ()
        given = [self._values[self._place[one.spot.file, one.spot.span]] for one in counted]
        self._units = CountedUnits(counted, given, lost)

    # -- what the script calls

    def turn(self) -> None:
        """A step begins."""
        self.count += 1
        if self.count >= self._next:
            with np.errstate(all="ignore"):
                self._look(sys._getframe(1))

    def turn_at(self, depth: int) -> None:
        """The same where the script's frame is so many calls away."""
        self.count += 1
        if self.count >= self._next:
            with np.errstate(all="ignore"):
                self._look(sys._getframe(depth))

    def left(self) -> None:
        """The loop is over, for now."""
        self.left_at(2)

    def left_at(self, depth: int) -> None:
        """The same where the script's frame is so many calls away."""
        if self._opened is not None:
            with np.errstate(all="ignore"):
                self._read(sys._getframe(depth))
                self._close()
            self._opened = None
            self._next = min(self._next, self.count + 1)

    def gave(self, number: int, value: Any) -> Any:
        """What a watched expression gave."""
        if self._opened is not None:
            self._values[number].append(value)
        elif number == self._loss and self._scalar and self._next < _NEVER and not is_finite(value):
            self._opened, self._is_held = self.count, False
            self._values[number].append(value)
            self._next = 0
        return value

    def end(self) -> None:
        """The script has ended: what was not passed on is passed on."""
        if self._opened is not None:
            self._bad, self._is_held = [], False
            self._close()
            self._opened = None
        self._block.pass_on()

    @property
    def last(self) -> tuple[int, list[Array]] | None:
        """The last step that was measured whole, with the parameters before it; None where one of them is not known."""
        held = [one.held() for one in self._parameters]
        known = [one for one in held if one is not None]
        return (self._held_at, known) if held and len(known) == len(held) else None

    # -- what is measured

    def _heard(self) -> None:
        """NumPy warned of something."""
        if self._next < _NEVER:
            self._next = 0

    def _look(self, frame: FrameType) -> None:
        self._read(frame)
        if self._opened is not None:
            self._close()
        elif self.count:
            self._judge(self.count - 1, None)
        self.listener.clear()
        if self._next == _NEVER:
            self._opened = None
            return
        due = self._stride > 0 and self.count % self._stride == 0
        self._opened, self._is_held = (self.count, True) if due else (None, False)
        for values in self._values:
            values.clear()
        self._next = self.count + 1 if due else self._after(self.count)
        if due:
            self._held_at = self.count
            for one in self._parameters:
                one.hold()
            self._keep()

    def _after(self, step: int) -> int:
        return step + self._stride - step % self._stride if self._stride else _NEVER

    def _read(self, frame: FrameType) -> None:
        if not self._is_found:
            self._is_found = True
            for one in self._parameters:
                one.find(frame)
        own, shared = frame.f_locals, frame.f_globals
        self._bad = [one.watched.name for one in self._parameters if not one.read(own, shared)]

    def _close(self) -> None:
        """The step that was measured is over: its row."""
        assert self._opened is not None
        step, loss = self._opened, self._given_loss.read()
        units = self._units.shares(step) if self._is_held else self._units.unknown
        norms = self._norms() if self._is_held else [NULL] * (len(self.columns) - 2 - len(units))
        self._block.add([float(step), NULL if loss is None else loss, *norms, *units])
        self._rows_left -= 1
        if not self._rows_left:
            self._stride, self._rows_left = 2 * self._stride + 1, self._rows
        self._block.pass_on_if_due()
        self._judge(step, loss)
        for values in self._values:
            values.clear()

    def _judge(self, step: int, loss: float | None) -> None:
        """Whether a step was finite."""
        if not self._bad and (loss is None or math.isfinite(loss)):
            return
        self.broken_steps += 1
        found = Break(step, loss, tuple(self._bad), tuple(self.listener.troubles))
        if len(self.breaks) < 2:
            self.breaks.append(found)
        if self.broken_steps == 1:
            self._block.pass_on()
            self._broke(found)
        if not self._goes_on:
            self.listener.active = False
            self._next = _NEVER

    def _norms(self) -> list[float]:
        changes = [one.change() for one in self._parameters]
        gradients = [one.gradient(change) for one, change in zip(self._parameters, changes, strict=True)]
        known = gradients and not any(norm is NULL for norm in gradients)
        total = math.hypot(*gradients) if known else NULL
        if not self._layers:
            return [total]
        return [total, *gradients, *(one.ratio(change) for one, change in zip(self._parameters, changes, strict=True))]

    def _keep(self) -> None:
        """Keep the parameters at steps at logarithmic distance."""
        if self.count < self._keep_next or (self._size > _MOST_KEPT and self.snapshots):
            return
        if (held := self.last) is not None:
            self.snapshots[self.count] = held[1]
            self._keep_next = max(1, 2 * self.count)
