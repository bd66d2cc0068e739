"""The loss of a step that writes none: that whose derivative the first arrays of its backward pass are.

The outputs and the targets are where the two first meet: `goal - out`, `-(Y / A)`. Each usual loss of them is put on
the tape and differentiated; the one whose slopes the gradient of the output layer has, up to a number, is taken.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.differentiating.adjoints import Adjoints, adjoints
from runner.recording.scenarios.losses import At, Extra, StepRun
from runner.recording.scenarios.steps import Change, depending_on
from runner.recording.taping.arguments import Arguments, Slot
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

Array = NDArray[np.float64]

_MEETING = {"sub", "truediv", "numpy.subtract", "numpy.divide", "add", "mul", "numpy.multiply"}
_DIFFERENCES = {"sub", "numpy.subtract"}
_MOST_MEETINGS = 6
NO_LOSS = (
    "no loss is found in it, and its gradients are those of no usual loss; "
    "say it as subject.names.loss='\"compute_loss(forward(X), Y)\"'"
)
_SAME = 1e-6


@dataclass(frozen=True)
class Kind:
    """A usual loss of outputs and targets, summed over everything, and its name."""

    name: str
    build: Callable[[Builder, Node, Node], Node]
    probabilities: bool = False


@dataclass(frozen=True)
class Assumed:
    """An assumed loss: `times` the sum that `kind` builds of what meets at `at`, over the sides `over` of the outputs.

    Side -1 is the number of times that outputs and targets meet there.
    """

    at: At
    swapped: bool
    kind: Kind
    times: float
    over: tuple[int, ...]
    text: str
    at_start: Extra | None = None
    at_end: Extra | None = None
    scale: float = 1.0
    rate: float | None = None

    def node(self, run: StepRun) -> tuple[Node, str | None]:
        """The loss, put at the end of the tape."""
        assert run.tape is not None
        return self.on(run.tape)

    def on(self, tape: Tape) -> tuple[Node, str]:
        """The loss, put at the end of a tape, and its description."""
        meetings = self.at.all_on(tape)
        builder = Builder(tape)
        total = _summed(builder, self.kind, meetings, self.swapped)
        return builder.times(total, self.times / _count(meetings, self.swapped, self.over)), self.text


class Builder:
    """Puts operations on a tape that their code does not make."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def of(self, op: str, function: Callable[..., Any], *operands: Node) -> Node:
        """One operation."""
        with np.errstate(all="ignore"):
            value = function(*(one.value for one in operands))
        arguments = Arguments(tuple(Slot(place) for place in range(len(operands))))
        parts = (None,) * len(operands)
        node = Node(len(self._tape.nodes), "call", op, value, None, None, operands, parts, function, arguments)
        self._tape.nodes.append(node)
        return node

    def constant(self, value: float | Array) -> Node:
        """A number that depends on nothing."""
        node = Node(len(self._tape.nodes), "leaf", "leaf", value, None, None)
        self._tape.nodes.append(node)
        return node

    def product(self, one: Node, other: Node) -> Node:
        """Both multiplied entry by entry, matrices too."""
        return self.of("numpy.multiply", np.multiply, one, other)

    def times(self, node: Node, factor: float) -> Node:
        """A multiple."""
        return self.of("mul", operator.mul, node, self.constant(factor))

    def total(self, node: Node) -> Node:
        """The sum over everything."""
        return node if np.ndim(node.value) == 0 else self.of("numpy.sum", np.sum, node)

    def log(self, node: Node) -> Node:
        """The natural logarithm."""
        return self.of("numpy.log", np.log, node)


def _squares(on: Builder, output: Node, target: Node) -> Node:
    off = on.of("sub", operator.sub, output, target)
    return on.total(on.product(off, off))


def _cross_entropy(on: Builder, output: Node, target: Node) -> Node:
    return on.times(on.total(on.product(target, on.log(output))), -1.0)


def _binary(on: Builder, output: Node, target: Node) -> Node:
    one = on.constant(1.0)
    rest = on.product(on.of("sub", operator.sub, one, target), on.log(on.of("sub", operator.sub, one, output)))
    both = on.of("add", operator.add, on.product(target, on.log(output)), rest)
    return on.times(on.total(both), -1.0)


KINDS = (
    Kind("squared error", _squares),
    Kind("binary cross-entropy", _binary, probabilities=True),
    Kind("cross-entropy", _cross_entropy, probabilities=True),
)


def _count(meetings: Sequence[Node], swapped: bool, over: Sequence[int]) -> float:
    """What a sum over so many sides of the outputs is divided by in a mean."""
    shape = np.shape(meetings[0].operands[1 if swapped else 0].value)
    return float(np.prod([len(meetings) if side < 0 else shape[side] for side in over]))


def _summed(builder: Builder, kind: Kind, meetings: Sequence[Node], swapped: bool) -> Node:
    """The loss of all that meets at one place: of every sample, or at every time."""
    total: Node | None = None
    for meeting in meetings:
        output, target = meeting.operands[::-1] if swapped else meeting.operands
        one = kind.build(builder, output, target)
        total = one if total is None else builder.of("add", operator.add, total, one)
    assert total is not None
    return total


def assume(tape: Tape, found: Sequence[Change], supplied: Sequence[Array | None]) -> Assumed | None:
    """The loss that fits the gradient of the output layer, or the squared error of the first difference; None without.

    `supplied` are the gradients as the step has them, for each change. Its `scale` is such that the loss is a usual one
    where the rate is not written.
    """
    leaves = {change.before.index for change in found}
    depending = depending_on(tape, leaves)
    order = _from_the_output(tape, found)
    default: Assumed | None = None
    best: tuple[int, int, Assumed] | None = None
    for rank, (meeting, swapped) in enumerate(_meetings(tape, depending, leaves)):
        at = At.of(tape, meeting)
        meetings = at.all_on(tape)
        if default is None and meeting.op in _DIFFERENCES:
            said = "half the squared error, summed over the samples"
            default = Assumed(at, swapped, KINDS[0], 0.5, (), said)
        for kind in KINDS:
            if kind.probabilities and not _are_probabilities(meeting.operands[1 if swapped else 0].value):
                continue
            length = len(tape.nodes)
            loss = _summed(Builder(tape), kind, meetings, swapped)
            try:
                exact = adjoints(tape, loss)
            except ValueError:
                continue
            finally:
                del tape.nodes[length:]
            ratios = [_ratio(exact, change, given) for change, given in zip(found, supplied, strict=True)]
            factor = next((ratios[place] for place in order if ratios[place] is not None), None)
            if factor is None or factor == 0.0:
                continue
            fitting = sum(one is not None and abs(one / factor - 1.0) <= _SAME for one in ratios)
            first = ratios[order[0]] is not None
            score = fitting + (len(found) if first else 0)
            if best is None or score > best[0]:
                best = score, rank, _named(at, meetings, swapped, kind, factor, found)
    return best[2] if best is not None else default


def _named(
    at: At, meetings: Sequence[Node], swapped: bool, kind: Kind, factor: float, found: Sequence[Change]
) -> Assumed:
    """The usual loss with this factor of the sum; of a negative one the other sign, since nobody descends a rise."""
    times = abs(factor)
    square = kind.name == "squared error"
    name = f"the {kind.name}" if kind.name != "cross-entropy" else kind.name
    for over, how in _means(meetings, swapped):
        for half, said in ((0.5, f"half {name}"), (1.0, name)) if square else ((1.0, name),):
            if abs(times * _count(meetings, swapped, over) / half - 1.0) <= _SAME:
                return Assumed(at, swapped, kind, half, over, f"{said}, {how}")
    if any(change.rate is not None for change in found):
        return Assumed(at, swapped, kind, times, (), f"{times:.6g} times {name}, summed over the samples")
    usual = 0.5 if square else 1.0
    said = f"{'half ' if square else ''}{name}, summed over the samples, with a rate of {times / usual:.6g}"
    return Assumed(at, swapped, kind, usual, (), said, scale=usual / times)


def _means(meetings: Sequence[Node], swapped: bool) -> Iterator[tuple[tuple[int, ...], str]]:
    """The sides that a mean may be taken over, and how that is said; none of them first."""
    yield (), "summed over the samples"
    shape = np.shape(meetings[0].operands[1 if swapped else 0].value)
    sides = [side for side, count in enumerate(shape) if count > 1]
    for side in sides:
        yield (side,), "averaged over the samples"
    if len(sides) > 1:
        yield tuple(sides), "averaged over samples and outputs"
    if len(meetings) > 1:
        yield (-1,), "averaged over the samples"


def _meetings(tape: Tape, depending: set[int], leaves: set[int]) -> Iterator[tuple[Node, bool]]:
    """Where something that depends on the parameters first meets something of its size that doesn't."""
    count = 0
    seen: set[tuple[object, str]] = set()
    for node in tape.nodes:
        if node.op not in _MEETING or len(node.operands) != 2 or node.place is None:
            continue
        if (node.place, node.op) in seen:
            continue
        first, second = node.operands
        swapped = first.index not in depending
        output, target = (second, first) if swapped else (first, second)
        if output.index not in depending or target.index in depending or output.index in leaves:
            continue
        if not _could_be_target(target, output):
            continue
        seen.add((node.place, node.op))
        yield node, swapped
        count += 1
        if count == _MOST_MEETINGS:
            return


def _could_be_target(target: Node, output: Node) -> bool:
    one, other = np.shape(target.value), np.shape(output.value)
    if np.asarray(target.value).dtype.kind not in "fiub":
        return False
    if one == other and one:
        return True
    if one == other:  # single numbers: a target comes from the data, a constant of the formula does not
        return target.kind != "source" and bool(target.operands)
    return len(one) >= 1 and np.size(target.value) == np.size(output.value)


def _are_probabilities(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind == "f" and bool((array > 0).all() and (array < 1).all())


def _ratio(exact: Adjoints, change: Change, given: Array | None) -> float | None:
    """The supplied gradient over the slope of the loss; None where they are not multiples of each other."""
    slope = exact.of(change.before)
    if slope is None or given is None or np.size(given) != np.size(slope):
        return None
    a, n = np.asarray(given, dtype=np.float64).ravel(), np.asarray(slope, dtype=np.float64).ravel()
    square = float(n @ n)
    if not (np.isfinite(square) and square > 0.0 and np.isfinite(a).all()):
        return None
    ratio = float(a @ n) / square
    fits = float(np.linalg.norm(a - ratio * n)) <= _SAME * float(np.linalg.norm(a))
    return ratio if fits and ratio else None


def _from_the_output(tape: Tape, found: Sequence[Change]) -> list[int]:
    """The positions of the changes, those whose parameter is read last on the way forward first."""
    first: dict[int, int] = {}
    for node in tape.nodes:
        for operand in node.operands:
            first.setdefault(operand.index, node.index)
    places = range(len(found))
    return sorted(places, key=lambda place: -first.get(found[place].before.index, 0))
