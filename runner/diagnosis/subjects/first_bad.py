"""The first value of a recorded step that is not finite and did harm, described as an event has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from runner.diagnosis.subjects.finding import BadValue
from runner.files.event_details import Operand, SourceValue
from runner.recording.scenario import Recorded
from runner.recording.scenarios.following import passed
from runner.recording.taping.node import Node
from runner.recording.taping.nonfinite import NonFinite, first_nonfinite
from runner.recording.watching.ways import chain, ways_of

# Operations of finite numbers that give an infinity which is no overflow.
_POLES = ("log", "log2", "log10", "log1p", "divide", "truediv", "true_divide", "reciprocal", "arctanh")


def first_bad_of(recorded: Recorded, names: Sequence[str], samples: int) -> BadValue | None:
    """The first value that is not finite; None where all that matters is.

    What overflows within a sigmoid, say, and gives a right 0 is passed over.
    """
    first = first_nonfinite(recorded.tape, samples, _harmful(recorded))
    place = None if first is None else first.node.place
    if first is None or place is None:
        return None
    way, end = chain(list(ways_of(recorded, names)), str(place.file), place.line, place.column)
    op, value = first.node.op.rpartition(".")[2], np.asarray(first.node.value)
    axis = next((k for k, length in enumerate(value.shape) if length == samples), None)
    others = [at for k, at in enumerate(first.position) if k != axis]
    return BadValue(
        line=place.line,
        text=" ".join(place.text.split()),
        kind="overflow" if first.kind == "inf" and op not in _POLES else first.kind,
        count=first.count,
        size=int(value.size),
        sample=first.sample,
        unit=others[0] if first.sample is not None and others else None,
        operands=dict(_operands(first)),
        origin=tuple(_origin(first)),
        chain=tuple(way),
        end=end,
    )


def _harmful(recorded: Recorded) -> set[int]:
    """The nodes that are not finite and reach the loss, or else a gradient, through nodes that aren't either."""
    gradients = [one.node for one in recorded.supplied if one.node is not None]
    for ends in ([recorded.loss], gradients):
        found: set[int] = set()
        todo = [node for node in ends if _is_bad(node)]
        while todo:
            node = todo.pop()
            if node.index not in found:
                found.add(node.index)
                todo += [one for one in node.operands if _is_bad(one)]
        if found:
            return found
    return set()


def _is_bad(node: Node) -> bool:
    value = node.value
    if not isinstance(value, float | np.number | np.ndarray) or np.asarray(value).dtype.kind != "f":
        return False
    return not np.isfinite(value).all()


def _operands(first: NonFinite) -> Iterator[tuple[str, Operand]]:
    values = dict(first.operands)
    for operand, part in zip(first.node.operands, first.node.parts, strict=False):
        text = part.text if part is not None else operand.op
        array = np.asarray(operand.value)
        if array.dtype.kind not in "biuf" or not array.size or (operand.kind == "leaf" and not array.shape):
            continue
        at = first.position if text in values else None
        yield " ".join(text.split()), Operand(float(array.min()), float(array.max()), values.get(text), at)


def _origin(first: NonFinite) -> Iterator[SourceValue]:
    """The value that made it, where there is one operand, and those that this was computed from."""
    if len(first.operands) != 1:
        return
    ((text, value),) = first.operands
    yield SourceValue(" ".join(text.split()), value)
    inner = passed(first.node.operands[0])
    for one, part in zip(inner.operands, inner.parts, strict=False):
        if part is None or np.shape(one.value) != first.node.shape or np.size(one.value) < 2:
            continue
        yield SourceValue(" ".join(part.text.split()), float(np.asarray(one.value)[first.position]))
