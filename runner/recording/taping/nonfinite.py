"""The first result of a recorded run that is not finite: where it was made, of what, and for which sample."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape


@dataclass(frozen=True)
class NonFinite:
    """The first non-finite result.

    `kind` is "nan" or "inf", `count` how many of its numbers are not finite, `position` the first of them (() for a
    number). `sample` is the index of the first sample concerned, None where no axis is as long as `samples`. `operands`
    are the numbers that this one was computed from, as the source writes them, those of the same position where shapes
    allow it.
    """

    node: Node
    kind: str
    count: int
    position: tuple[int, ...]
    sample: int | None
    operands: tuple[tuple[str, float], ...]

    @property
    def sentence(self) -> str:
        """Where it happened and of what, as a sentence without its full stop."""
        place = self.node.place
        where = f"line {place.line}: {' '.join(place.text.split())}" if place is not None else self.node.op
        value = np.asarray(self.node.value)[self.position]
        at = f" at [{', '.join(map(str, self.position))}]" if self.position else ""
        of = " and ".join(f"{text} is {number:.6g}" for text, number in self.operands)
        return f"{where} gives {value:g}{at}" + (f", where {of}" if of else "")


def first_nonfinite(tape: Tape, samples: int | None = None, only: Collection[int] | None = None) -> NonFinite | None:
    """The first result that is not finite though its operands are; None if there is none.

    `samples` is the number of samples in the data, which tells their axis. With `only`, nodes of other indices are
    passed over, such as what np.empty left in memory.
    """
    for node in tape.nodes:
        if node.kind not in ("call", "write", "unseen") or (only is not None and node.index not in only):
            continue
        bad = _bad(node.value)
        if bad is None or any(_bad(operand.value) is not None for operand in node.operands):
            continue
        position = tuple(int(index) for index in np.argwhere(bad)[0])
        value = np.asarray(node.value)[position]
        return NonFinite(
            node,
            "nan" if np.isnan(value) else "inf",
            int(np.count_nonzero(bad)),
            position,
            _sample(node.shape, position, samples),
            tuple(_operands(node, position)),
        )
    return None


def _bad(value: Any) -> Any:
    """Which numbers of a value are not finite, None if all are."""
    if not isinstance(value, float | complex | np.number | np.ndarray):
        return None
    array = np.asarray(value)
    if array.dtype.kind not in "fc":
        return None
    bad = ~np.isfinite(array)
    return bad if bad.any() else None


def _sample(shape: tuple[int, ...], position: tuple[int, ...], samples: int | None) -> int | None:
    axes = [axis for axis, length in enumerate(shape) if length == samples]
    return position[axes[0]] if samples is not None and axes else None


def _operands(node: Node, position: tuple[int, ...]) -> list[tuple[str, float]]:
    """The numbers at the same position of each operand that can be laid over the result."""
    found: list[tuple[str, float]] = []
    for operand, part in zip(node.operands, node.parts, strict=False):
        text = part.text if part is not None else operand.op
        try:
            laid_over = np.broadcast_to(np.asarray(operand.value), node.shape)
        except ValueError:
            continue
        if laid_over.dtype.kind in "biuf":
            found.append((text, float(laid_over[position])))
    return found
