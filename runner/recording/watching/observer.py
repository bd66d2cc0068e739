"""The light watch: at the beginning of a step what changed in the one before, and whether it is still finite.

It thins out by itself: after a thousand rows every third step is measured, then every seventh, and so on; odd distances
go through all samples of a loop over samples. In between a step costs one call. Whatever may be a NaN (a loss, a
warning of NumPy) has the next step looked at.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.history import NULL, Rows, nulls
from runner.recording.watching.floating import Listener, Trouble
from runner.recording.watching.instrument import Hooks, spots_of
from runner.recording.watching.reading import Reader
from runner.recording.watching.step import Watched, WatchedStep

Array = NDArray[np.float64]

_ROWS = 1000  # so many rows between two thinnings
_BLOCK, _PAUSE = 256, 0.5  # rows, or seconds, after which rows are passed on
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


def columns_of(step: WatchedStep | None, layers: bool = True) -> tuple[str, ...]:
    """The columns of the history of a watched script."""
    names = [one.name for one in step.parameters] if step is not None and layers else []
    return (
        "step",
        "loss",
        "grad_norm",
        *(f"{kind}/{name}" for kind in ("grad_norm", "update_ratio") for name in names),
    )


class Observer:
    """Watches one run of a script; `sink` gets rows of the history, `broke` hears of the first non-finite step.

    `every` is the distance between measured steps before it thins out. `snapshots` holds the parameters at steps at
    logarithmic distance, `last` those before the last measured step.
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
    ) -> None:
        self.step = step
        self.listener = Listener(is_theirs, self._heard)
        self.hooks = Hooks(self.turn, self.left, self.gave)
        self.columns = columns_of(step, layers)
        self.count = -1  # the step that is under way
        self.breaks: list[Break] = []
        self.broken_steps = 0
        self.snapshots: dict[int, list[Array]] = {}
        self.last: tuple[int, list[Array]] | None = None
        self._sink, self._broke, self._layers, self._goes_on = sink, broke, layers, goes_on
        self._stride, self._rows_left = every, _ROWS
        self._next = 0
        self._opened: int | None = None
        self._before: list[Array | None] = []
        self._readers: list[Reader | None] | None = None
        spots = spots_of(step)
        self._values: list[list[Any]] = [[] for _ in spots]
        self._place = {(spot.file, spot.span): number for number, spot in enumerate(spots)}
        self._loss = 0 if step.loss is not None else -1
        self._scalar = step.squares is None
        self._block: list[Sequence[float]] = []
        self._sent = time.monotonic()
        self._keep_next = 0
        self._size = sum(math.prod(one.shape) for one in step.parameters)

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
                self._close(self._read(sys._getframe(depth)))
            self._opened = None
            self._next = min(self._next, self.count + 1)

    def gave(self, number: int, value: Any) -> Any:
        """What a watched expression gave."""
        if self._opened is not None:
            self._values[number].append(value)
        elif number == self._loss and self._scalar and self._next < _NEVER and not _is_finite(value):
            self._opened, self._before = self.count, []
            self._values[number].append(value)
            self._next = 0
        return value

    def end(self) -> None:
        """The script has ended: what was not passed on is passed on."""
        if self._opened is not None:
            self._close([])
            self._opened = None
        self._flush()

    # -- what is measured

    def _heard(self) -> None:
        """NumPy warned of something."""
        if self._next < _NEVER:
            self._next = 0

    def _look(self, frame: FrameType) -> None:
        now = self._read(frame)
        if self._opened is not None:
            self._close(now)
        elif self.count:
            self._judge(self.count - 1, None, now)
        self.listener.clear()
        if self._next == _NEVER:
            self._opened = None
            return
        due = self._stride > 0 and self.count % self._stride == 0
        self._opened = self.count if due else None
        self._before = [None if one is None else np.array(one, dtype=np.float64) for one in now] if due else []
        for values in self._values:
            values.clear()
        self._next = self.count + 1 if due else self._after(self.count)
        if due:
            self._keep()

    def _after(self, step: int) -> int:
        return step + self._stride - step % self._stride if self._stride else _NEVER

    def _read(self, frame: FrameType) -> list[Any]:
        if self._readers is None:
            self._readers = [Reader.of(one.name, frame) for one in self.step.parameters]
        found: list[Any] = []
        for reader in self._readers:
            try:
                value = None if reader is None else reader.read(frame)
            except (LookupError, AttributeError, TypeError):
                value = None
            found.append(value if isinstance(value, np.ndarray | float | np.number) else None)
        return found

    def _close(self, now: Sequence[Any]) -> None:
        """The step that was measured is over: its row."""
        assert self._opened is not None
        step, loss = self._opened, self._loss_given()
        norms = self._norms(now) if self._before else [NULL] * (len(self.columns) - 2)
        self._block.append([float(step), NULL if loss is None else loss, *norms])
        self._rows_left -= 1
        if not self._rows_left:
            self._stride, self._rows_left = 2 * self._stride + 1, _ROWS
        if len(self._block) >= _BLOCK or time.monotonic() - self._sent > _PAUSE:
            self._flush()
        self._judge(step, loss, now)
        for values in self._values:
            values.clear()

    def _judge(self, step: int, loss: float | None, now: Sequence[Any]) -> None:
        """Whether a step was finite."""
        bad = [
            one.name
            for one, value in zip(self.step.parameters, now, strict=False)
            if value is not None and not math.isfinite(_squared(value)) and not np.isfinite(value).all()
        ]
        if not bad and (loss is None or math.isfinite(loss)):
            return
        self.broken_steps += 1
        found = Break(step, loss, tuple(bad), tuple(self.listener.troubles))
        if len(self.breaks) < 2:
            self.breaks.append(found)
        if self.broken_steps == 1:
            if self._before and all(one is not None for one in self._before):
                self.last = step, [one for one in self._before if one is not None]
            self._flush()
            self._broke(found)
        if not self._goes_on:
            self.listener.active = False
            self._next = _NEVER

    def _loss_given(self) -> float | None:
        spot = self.step.loss
        if spot is None:
            return None
        values = self._values[self._loss]
        if not values:
            return None
        if self.step.squares is not None:
            return float(self.step.squares * np.sum(np.square(values[0], dtype=np.float64)))
        value = values[min(spot.number, len(values) - 1)]
        return float(np.asarray(value).reshape(-1)[0]) if np.size(value) == 1 else None

    def _norms(self, now: Sequence[Any]) -> list[float]:
        gradients, ratios = [], []
        for place, one in enumerate(self.step.parameters):
            before, value = self._before[place], now[place] if place < len(now) else None
            moved = None
            if before is not None and value is not None and np.shape(before) == np.shape(value):
                moved = math.sqrt(_squared(value - before))
                size = math.sqrt(_squared(before))
                ratios.append(moved / size if size else NULL)
            else:
                ratios.append(NULL)
            gradients.append(self._gradient_norm(one, moved))
        known = [norm for norm in gradients if norm is not NULL]
        total = math.sqrt(sum(norm * norm for norm in known)) if len(known) == len(gradients) and known else NULL
        return [total, *gradients, *ratios] if self._layers else [total]

    def _gradient_norm(self, one: Watched, moved: float | None) -> float:
        if one.gradient is not None:
            values = self._values[self._place[one.gradient.file, one.gradient.span]]
            if one.gradient.number < len(values):
                return abs(one.factor) * math.sqrt(_squared(values[one.gradient.number]))
        if one.stateful or moved is None:
            return NULL
        return moved / (one.rate or 1.0)

    def _keep(self) -> None:
        """Keep the parameters at steps at logarithmic distance, and those of the last measured step."""
        if any(one is None for one in self._before):
            return
        held = [one for one in self._before if one is not None]
        self.last = self.count, held
        if self.count >= self._keep_next and (self._size <= _MOST_KEPT or not self.snapshots):
            self.snapshots[self.count] = held
            self._keep_next = max(1, 2 * self.count)

    def _flush(self) -> None:
        self._sent = time.monotonic()
        if self._block:
            rows = nulls(len(self._block), len(self.columns))
            for place, row in enumerate(self._block):
                rows[place] = row
            self._block = []
            self._sink(rows)


def _squared(value: Any) -> float:
    """The sum of the squares."""
    if isinstance(value, np.ndarray):
        flat = value.ravel()
        return (
            float(np.dot(flat, flat)) if value.dtype.kind == "f" else float(np.sum(np.square(flat, dtype=np.float64)))
        )
    return float(value) * float(value)


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except (TypeError, ValueError):
        return bool(np.isfinite(value).all()) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else True
