"""The loss of a step that writes none: that whose derivative the first arrays of its backward pass are.

The outputs and the targets are where the two first meet: `goal - out`, `-(Y / A)`. Each usual loss of them is put on
the tape and differentiated; the one whose slopes the gradient of the output layer has, up to a number, is taken.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.scenarios.losses import At, Extra, StepRun
from runner.recording.scenarios.points import numbers
from runner.recording.scenarios.steps import Change, depending_on
from runner.recording.taping.arguments import Arguments, Slot
from runner.recording.taping.node import Node, NodeList
from runner.recording.taping.tape import Tape

Array = NDArray[np.float64]

_MEETING = {"sub", "truediv", "numpy.subtract", "numpy.divide", "add", "mul", "numpy.multiply"}
_DIFFERENCES = {"sub", "numpy.subtract"}
_PRODUCTS = {"mul", "numpy.multiply"}
_NUMBER = re.compile(r"^[-+(\s]*[\d.]")
_MOST_MEETINGS = 6
NO_LOSS = (
    "no loss is found in it, and its gradients are those of no usual loss; "
    "say it as subject.names.loss='\"compute_loss(forward(X), Y)\"'"
)
_SAME = 1e-6
# Numbers in an array from which a weight decay can be told.
_LEAST = 4


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
    decay: Decay | None = None
    at_start: Extra | None = None
    at_end: Extra | None = None
    scale: float = 1.0
    rate: float | None = None

    def node(self, run: StepRun) -> tuple[Node, str | None]:
        """The loss, put at the end of the tape."""
        assert run.tape is not None
        loss, text = self.on(run.tape)
        return (loss if self.decay is None else self.decay.added(Builder(run.tape), run, loss)), text

    def on(self, tape: Tape) -> tuple[Node, str]:
        """The loss without any decay, put at the end of a tape, and its description."""
        meetings = self.at.all_on(tape)
        builder = Builder(tape)
        total = _summed(builder, self.kind, meetings, self.swapped)
        return builder.times(total, self.times / _count(meetings, self.swapped, self.over)), self.text


@dataclass(frozen=True)
class Decay:
    """A weight decay: `strength` / 2 times the squares of some parameters, of those entries that the step changes."""

    strength: float
    names: tuple[str, ...]

    def added(self, builder: Builder, run: StepRun, loss: Node) -> Node:
        """The loss with it."""
        assert run.tape is not None
        for name in self.names:
            held, before = run.before[name]
            leaf, now = run.tape.leaf_of(held), numbers(run.after.get(name))
            if leaf is None or now is None or now.shape != before.shape:
                continue
            part = builder.product(leaf, builder.constant((now != before).astype(np.float64)))
            loss = builder.of(
                "add", operator.add, loss, builder.times(builder.total(builder.product(part, part)), self.strength / 2)
            )
        return loss


class Builder:
    """Puts operations on a tape that their code does not make."""

    def __init__(self, tape: NodeList) -> None:
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

    def number(self, value: Any) -> Node | None:
        """A number of theirs that is not on the tape; None for what is none."""
        if not isinstance(value, int | float | np.number):
            return None
        node = Node(len(self._tape.nodes), "constant", "leaf", float(value), None, None)
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


def _hinge(on: Builder, output: Node, target: Node) -> Node:
    margin = on.of("sub", operator.sub, on.constant(1.0), on.product(target, output))
    return on.total(on.of("numpy.maximum", np.maximum, on.constant(0.0), margin))


KINDS = (
    Kind("squared error", _squares),
    Kind("binary cross-entropy", _binary, probabilities=True),
    Kind("cross-entropy", _cross_entropy, probabilities=True),
)
HINGE = Kind("hinge loss", _hinge)


def _count(meetings: Sequence[Node], swapped: bool, over: Sequence[int]) -> float:
    """What a sum over so many sides of the outputs is divided by in a mean."""
    shape = np.shape(_output(meetings[0], swapped))
    return float(np.prod([len(meetings) if side < 0 else shape[side] for side in over]))


def _summed(builder: Builder, kind: Kind, meetings: Sequence[Node], swapped: bool) -> Node:
    """The loss of all that meets at one place: of every sample, or at every time."""
    total: Node | None = None
    for meeting in meetings:
        sides = _sides(meeting, builder)
        assert sides is not None
        output, target = sides[::-1] if swapped else sides
        one = kind.build(builder, output, target)
        total = one if total is None else builder.of("add", operator.add, total, one)
    assert total is not None
    return total


def assume(tape: Tape, found: Sequence[Change], supplied: Sequence[Array | None]) -> tuple[Assumed | None, int]:
    """The loss that fits the gradient of the output layer, or the squared error of the first difference; None without.

    With how many gradients belong to it.

    `supplied` are the gradients as the step has them, for each change. Its `scale` is such that the loss is a usual one
    where the rate is not written.
    """
    leaves = {change.before.index for change in found}
    depending = depending_on(tape, leaves)
    order = _from_the_output(tape, found)
    default: Assumed | None = None
    best: tuple[tuple[int, bool, bool], int, Assumed] | None = None
    for meeting, swapped in _meetings(tape, depending, leaves):
        at = At.of(tape, meeting)
        meetings = at.all_on(tape)
        if default is None and meeting.op in _DIFFERENCES:
            said = "half the squared error, summed over the samples"
            default = Assumed(at, swapped, KINDS[0], 0.5, (), said)
        signs = _are_signs(_target(meeting, swapped))
        for kind in (*KINDS, *((HINGE,) if signs else ())):
            if kind is not HINGE and _is_scalar_product(meeting):
                continue
            if kind.probabilities and not _are_probabilities(_output(meeting, swapped)):
                continue
            if _picks(meeting) and kind.name != "cross-entropy":
                continue
            length = len(tape.nodes)
            loss = _summed(Builder(tape), kind, meetings, swapped)
            try:
                exact = adjoints(tape, loss)
            except ValueError:
                continue
            finally:
                del tape.nodes[length:]
            slopes = [exact.of(change.before) for change in found]
            ratios = [_ratio(slope, given) for slope, given in zip(slopes, supplied, strict=True)]
            fit = _fit(slopes, ratios, supplied, found, order)
            if fit is None:
                continue
            factor, same, decay = fit
            fitting = sum(same) + (0 if decay is None else len(decay.names))
            first = same[order[0]] or ratios[order[0]] is not None
            named = _named(at, meetings, swapped, kind, factor, found)
            if decay is not None:
                decay = replace(decay, strength=decay.strength * named.scale)
                text = f"{named.text}, plus {decay.strength / 2:.6g} times the squared weights"
                named = replace(named, text=text, decay=decay)
            score = fitting + (len(found) if first else 0), decay is None, " times the " not in named.text
            if best is None or score > best[0]:
                best = score, fitting, named
    if best is None or (not best[0][2] and best[1] < len(found)):  # an odd number fits whatever there is
        return default, 0
    return best[2], best[1]


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
    shape = np.shape(_output(meetings[0], swapped))
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
    for node in list(tape.nodes):
        if node.op not in _MEETING or not node.operands or node.place is None:
            continue
        sums_up = node.statement is not None and node.statement.place == node.place  # x += y, and no part of it
        if (node.place, node.op) in seen or (sums_up and not _picks(node)):
            continue
        texts, sides = _texts(node), _sides(node, Builder(NodeList()))
        if sides is None:
            continue
        swapped = sides[0].index not in depending or sides[0].kind == "constant"
        output, target = sides[::-1] if swapped else sides
        if output.index not in depending or output.kind == "constant" or output.index in leaves:
            continue
        if target.kind != "constant" and target.index in depending:
            continue
        if not sums_up and not _could_be_target(node.op, target, output, texts[0 if swapped else 1]):
            continue
        seen.add((node.place, node.op))
        yield node, swapped
        count += 1
        if count == _MOST_MEETINGS:
            return


def _picks(node: Node) -> bool:
    """`p[range(n), y] -= 1`: what is picked is the probability of the right class, with a target of 1."""
    if node.kind != "write" or node.op not in _DIFFERENCES or len(node.operands) != 1:
        return False
    ones = [one for one in (node.arguments.positional if node.arguments else ()) if not isinstance(one, Slot)]
    picked = node.operands[0]
    return ones == [1] and (picked.op == "getitem" or picked.kind == "view")


def _sides(node: Node, builder: Builder) -> tuple[Node, Node] | None:
    """Both sides of a sum or product; a whole number, which is not on the tape, is put there."""
    if len(node.operands) == 2:
        return node.operands[0], node.operands[1]
    given = () if node.arguments is None else node.arguments.positional
    if len(node.operands) != 1 or len(given) != 2 or not any(isinstance(one, Slot) for one in given):
        return None
    first, second = (node.operands[0] if isinstance(one, Slot) else builder.number(one) for one in given)
    return None if first is None or second is None else (first, second)


def _output(meeting: Node, swapped: bool) -> Any:
    """The value of the outputs of a meeting."""
    return meeting.operands[1 if swapped and len(meeting.operands) == 2 else 0].value


def _target(meeting: Node, swapped: bool) -> Any:
    """The value of the targets of a meeting."""
    sides = _sides(meeting, Builder(NodeList()))
    return None if sides is None else sides[0 if swapped else 1].value


def _are_signs(target: Any) -> bool:
    """Whether targets are 1 and -1."""
    array = np.asarray(target)
    return array.dtype.kind in "fi" and array.size > 0 and bool((np.abs(array) == 1).all())


def _is_scalar_product(node: Node) -> bool:
    return node.op in _PRODUCTS and not np.ndim(node.value)


def _texts(node: Node) -> tuple[str, str]:
    """How both sides are written."""
    try:
        tree = ast.parse(f"({node.place.text})" if node.place is not None else "", mode="eval").body
    except SyntaxError:
        return "", ""
    if isinstance(tree, ast.BinOp):
        return ast.unparse(tree.left), ast.unparse(tree.right)
    if isinstance(tree, ast.Call) and len(tree.args) == 2:
        return ast.unparse(tree.args[0]), ast.unparse(tree.args[1])
    return "", ""


def _could_be_target(op: str, target: Node, output: Node, text: str) -> bool:
    one, other = np.shape(target.value), np.shape(output.value)
    if np.asarray(target.value).dtype.kind not in "fiub":
        return False
    if one == other and one:
        return True
    if one == other:  # single numbers: a target has a name, a constant of the formula has none
        return (op not in _PRODUCTS or _are_signs(target.value)) and bool(text) and not _NUMBER.match(text)
    return len(one) >= 1 and np.size(target.value) == np.size(output.value)


def _are_probabilities(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind == "f" and bool((array > 0).all() and (array < 1).all())


def _fit(
    slopes: Sequence[Array | None],
    ratios: Sequence[float | None],
    supplied: Sequence[Array | None],
    found: Sequence[Change],
    order: Sequence[int],
) -> tuple[float, list[bool], Decay | None] | None:
    """The number by which most gradients are multiples of the slopes, which they are, and the decay beside it."""
    factors = [ratio for place in order if (ratio := ratios[place])]
    if len(factors) < len(found):
        factors += [f for place in order if (f := _with_decay(slopes[place], supplied[place], found[place]))]
    best: tuple[int, float, list[bool], Decay | None] | None = None
    for number, factor in enumerate(factors):
        if any(abs(one / factor - 1.0) <= _SAME for one in factors[:number]):
            continue
        same = [one is not None and abs(one / factor - 1.0) <= _SAME for one in ratios]
        decay = None if all(same) else _decay(factor, slopes, supplied, found, same)
        fitting = sum(same) + (0 if decay is None else len(decay.names))
        if best is None or fitting > best[0]:
            best = fitting, factor, same, decay
    return None if best is None else best[1:]


def _ratio(slope: Array | None, given: Array | None) -> float | None:
    """The supplied gradient over the slope of the loss; None where they are not multiples of each other."""
    if slope is None or given is None or np.size(given) != np.size(slope):
        return None
    a, n = np.asarray(given, dtype=np.float64).ravel(), np.asarray(slope, dtype=np.float64).ravel()
    square = float(n @ n)
    if not (np.isfinite(square) and square > 0.0 and np.isfinite(a).all()):
        return None
    ratio = float(a @ n) / square
    fits = float(np.linalg.norm(a - ratio * n)) <= _SAME * float(np.linalg.norm(a))
    return ratio if fits and ratio else None


def _with_decay(slope: Array | None, given: Array | None, change: Change) -> float | None:
    """The same where a multiple of the parameter is in the gradient, too."""
    if slope is None or given is None or np.size(given) != np.size(slope) or np.size(slope) < _LEAST:
        return None
    a, n = np.ravel(given), np.ravel(slope)
    w = np.ravel(np.asarray(change.before.value, dtype=np.float64)) * (a != 0.0)
    both = np.stack([n, w], axis=1)
    if not (np.isfinite(both).all() and np.isfinite(a).all()):
        return None
    parts = np.linalg.lstsq(both, a, rcond=None)[0]
    fits = float(np.linalg.norm(a - both @ parts)) <= _SAME * float(np.linalg.norm(a))
    return float(parts[0]) if fits and abs(parts[0]) > _SAME else None


def _decay(
    factor: float,
    slopes: Sequence[Array | None],
    supplied: Sequence[Array | None],
    found: Sequence[Change],
    same: Sequence[bool],
) -> Decay | None:
    """The decay of which the gradients that don't fit are made beside the loss; None where there is none."""
    strengths: dict[str, float] = {}
    for slope, given, change, fits in zip(slopes, supplied, found, same, strict=True):
        if fits or slope is None or given is None or np.size(given) != np.size(slope):
            continue
        rest = np.ravel(given) - factor * np.ravel(slope)
        w = np.ravel(np.asarray(change.before.value, dtype=np.float64)) * (np.ravel(given) != 0.0)
        square = float(w @ w)
        strength = float(rest @ w) / square if square > 0.0 else 0.0
        if strength * factor > 0.0 and np.linalg.norm(rest - strength * w) <= _SAME * np.linalg.norm(np.ravel(given)):
            strengths[change.name] = abs(strength)
    if not strengths:
        return None
    usual = max(strengths.values())
    names = tuple(name for name, one in strengths.items() if abs(one / usual - 1.0) <= _SAME)
    return Decay(usual, names)


def _from_the_output(tape: Tape, found: Sequence[Change]) -> list[int]:
    """The positions of the changes, those whose parameter is read last on the way forward first."""
    first: dict[int, int] = {}
    for node in tape.nodes:
        for operand in node.operands:
            first.setdefault(operand.index, node.index)
    places = range(len(found))
    return sorted(places, key=lambda place: -first.get(found[place].before.index, 0))
