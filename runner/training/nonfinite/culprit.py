"""Why the result of a call is not finite: the kind of event, and the operand values that caused it.

A `TracedCall` is one call that has been run in a trace, with copies of its operands from before, since a call may
write over them. Places are indices into an array, (unit, sample) where it has samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from runner.files.event_details import Operand, SourceValue
from runner.files.json_files import finite
from runner.network import ops
from runner.network.ops import Array
from runner.network.program import Call
from runner.network.workspace import Batch

# At most so many bad samples are listed.
LISTED = 10

Place = tuple[int, ...]
Mask = NDArray[np.bool_]

# Operations with a pole or a domain edge: which operand matters, and for which of its values there is no finite result.
EDGES: dict[str, tuple[int, Callable[[Array], Mask]]] = {
    ops.log.name: (0, lambda x: x <= 0.0),
    ops.log1p.name: (0, lambda x: x <= -1.0),
    ops.sqrt.name: (0, lambda x: x < 0.0),
    ops.reciprocal.name: (0, lambda x: x == 0.0),
    ops.divide.name: (1, lambda x: x == 0.0),
}


@dataclass(frozen=True)
class TracedCall:
    """A call that was run, its operands as they were before, and its result."""

    call: Call
    given: tuple[Array, ...]
    result: Array

    @classmethod
    def run(cls, batch: Batch, call: Call) -> TracedCall:
        """Run a call on the arrays of a batch."""
        given = cls.left(batch, call).given
        batch.bind(call)()
        return cls(call, given, batch[call.result])

    @classmethod
    def left(cls, batch: Batch, call: Call) -> TracedCall:
        """A call with the arrays as its step left them; it is not run again."""
        arrays = (batch.workspace.array(operand, batch.arrays, batch.n) for operand in call.operands)
        return cls(call, tuple(array.copy() for array in arrays), batch[call.result])

    @property
    def bad(self) -> Mask:
        """Which entries of the result are not finite."""
        return np.asarray(~np.isfinite(self.result))

    @property
    def sound(self) -> bool:
        """Whether all operands are finite."""
        return all(np.isfinite(array).all() for array in self.given)


def kind(step: TracedCall) -> str:
    """`nan`, `inf` or `overflow`: how finite operands gave a result that is not.

    `overflow`: the exact result exceeds the range of the type (a sum of such terms may give NaN, infinity minus
    infinity); `inf`: a pole, 1/0 or log 0; `nan`: no value at all, 0/0 or the logarithm of a negative number. Where
    operands are not finite themselves, the kind is that of the result's values.
    """
    if not step.sound:
        return kind_of(step.result)
    if step.call.op.name in _TERMS:
        return "overflow"
    return "overflow" if kind_of(step.result) == "inf" and not _at_edge(step).any() else kind_of(step.result)


def kind_of(array: Array) -> str:
    """`nan` where there is one, else `inf`."""
    return "nan" if np.isnan(array).any() else "inf"


class Extent(TypedDict):
    """How many entries of an array are bad, and the first places of these, as a `NonfiniteEvent` has them."""

    count: int
    size: int
    sample: int | None
    samples: tuple[int, ...] | None
    unit: int | None


def extent(bad: Mask, *, has_samples: bool) -> Extent:
    """The extent of a mask, (units, samples) where it `has_samples`."""
    samples = tuple(map(int, np.flatnonzero(bad.any(axis=0))[:LISTED])) if has_samples else None
    return {
        "count": int(bad.sum()),
        "size": int(bad.size),
        "sample": samples[0] if samples else None,
        "samples": samples,
        "unit": first_place(bad, by_sample=has_samples)[0] if bad.ndim == 2 else None,
    }


def first_place(bad: Mask, *, by_sample: bool) -> Place:
    """The first True of a mask: in its first column that has one, or in its first row."""
    if not by_sample or bad.ndim < 2:
        return tuple(int(k) for k in np.unravel_index(int(bad.argmax()), bad.shape))
    column = int(bad.any(axis=0).argmax())
    return int(bad[:, column].argmax()), column


def operands(step: TracedCall, place: Place) -> dict[str, Operand]:
    """For each operand that is an array: its range and the value that stood behind the result at `place`.

    `value` is the entry of index `at` that the result's entry came from; for sums and matrix products, the factor of
    the largest term. `count` is the number of bad entries where that is clear: at or beyond a pole, not finite
    themselves, or all that gave a bad result where there is no other operand.
    """
    found: dict[str, Operand] = {}
    places = _places(step, place)
    edge, _ = EDGES.get(step.call.op.name, (None, None))
    lone = sole_operand(step.call)
    for k, (name, array) in enumerate(zip(step.call.operands, step.given, strict=True)):
        if not isinstance(name, str) or name in found:
            continue
        at = None if places is None else places[k]
        unsound = int((~np.isfinite(array)).sum())
        at_edge = int(_at_edge(step).sum()) if k == edge else 0
        found[name] = Operand(
            min=finite(array.min()),
            max=finite(array.max()),
            value=None if at is None else finite(array[at]),
            at=at,
            count=unsound or at_edge or (int(step.bad.sum()) if name == lone else None),
        )
    return found


def sole_operand(call: Call) -> str | None:
    """The only array that an element-wise call works on; None where there are several."""
    names = {operand for operand in call.operands if isinstance(operand, str)}
    return names.pop() if len(names) == 1 and call.op.name not in _TERMS and call.op not in _MIXING else None


def origin(batch: Batch, calls: Sequence[Call], step: TracedCall, place: Place) -> tuple[SourceValue, ...]:
    """The values at `place` that led to a bad result, from the call's operand back, entry by entry.

    `calls` are those before. It starts at the operand that made the trouble, follows calls that work entry by entry on
    one array, and ends at a sum: log(1 - A2) leads to 1 - A2 = 0, A2 = 1, Z2 = 40. `count` is how many entries of the
    tensor have exactly that value. Empty where several operands share the trouble.
    """
    edge = EDGES.get(step.call.op.name)
    name = step.call.operands[edge[0]] if edge and _at_edge(step).any() else sole_operand(step.call)
    places = _places(step, place)
    if not isinstance(name, str) or places is None:
        return ()
    k = step.call.operands.index(name)
    place, array = places[k], step.given[k]
    steps = [_held(name, array, place)]
    at = len(calls)
    while (parent := _parent(calls, name, at)) is not None:
        name, at = parent
        array = batch[name]
        if any(call.result == name for call in calls[at:]) or array.shape != step.given[k].shape:
            break
        steps.append(_held(name, array, place))
    return tuple(steps)


def _held(name: str, array: Array, place: Place) -> SourceValue:
    value = array[place]
    return SourceValue(name, finite(value), int((array == value).sum()))


def _parent(calls: Sequence[Call], name: str, before: int) -> tuple[str, int] | None:
    """The array that the last calls before a position made `name` from, entry by entry, and where they begin."""
    for at in range(before - 1, -1, -1):
        if calls[at].result == name:
            source = sole_operand(calls[at])
            if source != name:
                return None if source is None else (source, at)
    return None


def _at_edge(step: TracedCall) -> Mask:
    edge = EDGES.get(step.call.op.name)
    return edge[1](step.given[edge[0]]) if edge else np.zeros(1, dtype=bool)


def _places(step: TracedCall, place: Place) -> list[Place] | None:
    """For each operand, the index of the value behind the result at `place`; None where that isn't known."""
    if step.call.op.name in _TERMS:
        return _TERMS[step.call.op.name](step.given, place)
    if step.call.op in _MIXING:
        return None
    return [_broadcast(array.shape, place) for array in step.given]


def _broadcast(shape: tuple[int, ...], place: Place) -> Place:
    """The index into an operand of this shape that broadcasting reads for a place of the result."""
    own = place[len(place) - len(shape) :]
    return tuple(0 if size == 1 else k for size, k in zip(shape, own, strict=True))


def _largest(a: Array, b: Array | float = 1.0) -> int:
    """Which of the products of two vectors is the largest, compared by logarithms, which don't overflow."""
    with np.errstate(all="ignore"):
        size = np.log(np.abs(a.astype(np.float64))) + np.log(np.abs(b))
    return int(np.where(np.isnan(size), np.inf, size).argmax())


def _of_matmul(given: tuple[Array, ...], place: Place) -> list[Place]:
    a, b = given
    row, column = place
    k = _largest(a[row], b[:, column])
    return [(row, k), (k, column)]


def _of_inner(given: tuple[Array, ...], place: Place) -> list[Place]:
    k = _largest(given[0].ravel(), given[1].ravel())
    return [tuple(int(i) for i in np.unravel_index(k, array.shape)) for array in given]


def _of_units(given: tuple[Array, ...], place: Place) -> list[Place]:
    return [(_largest(given[0][:, place[1]]), place[1])]


def _of_samples(given: tuple[Array, ...], place: Place) -> list[Place]:
    return [(place[0], _largest(given[0][place[0]]))]


# Operations that sum: the places of the largest term's factors.
_TERMS: dict[str, Callable[[tuple[Array, ...], Place], list[Place]]] = {
    ops.matmul.name: _of_matmul,
    ops.inner.name: _of_inner,
    ops.sum_over_units.name: _of_units,
    ops.sum_over_samples.name: _of_samples,
}

# Operations whose entries come from other places or other steps.
_MIXING = frozenset({ops.max_over_units, ops.max_over_samples, ops.first_sample, ops.previous})
