"""What the layers of a recorded step are: the outputs and where they meet the targets, and each activation by its kind.

Kinds are recognised by numbers, not by names: what gives tanh(Z) for one of the values that it was made of is a tanh.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.recording.scenario import Recorded
from runner.recording.scenarios.following import ancestors, depending_on, passed
from runner.recording.taping.node import Node

Array = NDArray[np.float64]

_PRODUCTS = {"matmul", "numpy.matmul", "numpy.dot", "ndarray.dot", "numpy.outer", "numpy.einsum", "numpy.inner"}
_LOGARITHMS = {"numpy.log", "log", "numpy.log2", "numpy.log10", "log.log"}
_MEETING = {"sub", "mul", "truediv", "add", "numpy.subtract", "numpy.multiply", "numpy.divide"}
_DIFFERENCES = {"sub", "numpy.subtract"}
_HOPS = 14


def _softmax(axis: int) -> Callable[[Array], Array]:
    def of(Z: Array) -> Array:
        E = np.exp(Z - Z.max(axis=axis, keepdims=True))
        return np.asarray(E / E.sum(axis=axis, keepdims=True))

    return of


def _sigmoid(Z: Array) -> Array:
    small = np.exp(-np.abs(Z))
    return np.asarray(np.where(Z >= 0, 1.0, small) / (1.0 + small))


KINDS: dict[str, Callable[[Array], Array]] = {
    "tanh": lambda Z: np.tanh(Z),
    "sigmoid": _sigmoid,
    "relu": lambda Z: np.maximum(Z, 0.0),
    "leaky": lambda Z: np.where(Z > 0, Z, 0.01 * Z),
}


@dataclass(frozen=True)
class Activation:
    """The result of an activation, `kind` by its numbers, and what it was made of."""

    node: Node
    kind: str
    before: Node


@dataclass(frozen=True)
class Layers:
    """The activations of hidden layers in order, outputs and their kind (`identity` if unknown), targets, inputs."""

    hidden: tuple[Activation, ...]
    outputs: Node | None
    kind: str
    targets: Node | None
    inputs: Node | None = None


def layers_of(recorded: Recorded) -> Layers:
    """The layers of one step; what can't be made out is None."""
    own = {node.index for node in recorded.parameters if node is not None}
    depending = depending_on(recorded.tape, own)
    forward = sorted(ancestors(recorded.loss), key=lambda one: one.index)
    outputs, targets = _meeting(forward, depending, _MEETING)
    if outputs is None:  # a loss that picks the entries of the right classes: the backward pass has the difference
        outputs, targets = _meeting(recorded.tape.nodes, depending, _DIFFERENCES)
    if outputs is None:
        return Layers((), None, "identity", None)
    within = sorted(ancestors(outputs), key=lambda one: one.index)
    found = [one for node in within if node.index in depending for one in _activation(node, depending)]
    last = next((one for one in found if one.node.index == outputs.index), None)
    hidden: dict[int, Activation] = {}
    for one in found:
        if one.node.index != outputs.index and (last is None or one.before.index != last.before.index):
            hidden[one.before.index] = one
    kind = "identity" if last is None else last.kind
    return Layers(tuple(hidden.values()), outputs, kind, targets, _inputs(within, depending))


def as_before(known: Layers, recorded: Recorded) -> Layers | None:
    """The same layers in another recording of the same step; None where its operations are others.

    Where units are saturated, a sigmoid has the numbers of a ReLU.
    """
    nodes = recorded.tape.nodes

    def again(node: Node) -> Node | None:
        same = nodes[node.index] if node.index < len(nodes) else None
        return same if same is not None and (same.op, same.place) == (node.op, node.place) else None

    hidden = [(again(one.node), one.kind, again(one.before)) for one in known.hidden]
    outputs, targets, inputs = (
        None if one is None else again(one) for one in (known.outputs, known.targets, known.inputs)
    )
    if not known.hidden or outputs is None or targets is None:
        return None
    found = tuple(
        Activation(node, kind, before) for node, kind, before in hidden if node is not None and before is not None
    )
    return Layers(found, outputs, known.kind, targets, inputs) if len(found) == len(hidden) else None


def _inputs(within: list[Node], depending: set[int]) -> Node | None:
    """The data in the first product with parameters."""
    for node in within:
        if node.op in _PRODUCTS and node.index in depending:
            for operand in node.operands:
                if operand.index not in depending and np.size(operand.value) > 1:
                    return passed(operand)
    return None


def _meeting(forward: Sequence[Node], depending: set[int], meeting: Collection[str]) -> tuple[Node | None, Node | None]:
    """The first node at which what depends on parameters meets data of its own shape."""
    for node in forward:
        if node.op not in meeting or len(node.operands) != 2 or node.index not in depending:
            continue
        sides = [one for one in node.operands if one.index in depending]
        others = [one for one in node.operands if one.index not in depending]
        if len(sides) != 1 or not others or np.size(others[0].value) != np.size(sides[0].value):
            continue
        if not _is_data(others[0]) or not _after_product(sides[0]):
            continue
        outputs = _guarded(passed(sides[0]), depending)
        while outputs.op in _LOGARITHMS and outputs.operands:
            outputs = _guarded(passed(outputs.operands[0]), depending)
        targets = passed(others[0])
        while targets.op in ("neg", "numpy.negative") and targets.operands:
            targets = passed(targets.operands[0])
        return outputs, targets
    return None, None


def _guarded(node: Node, depending: Set[int]) -> Node:
    """What something as good as equal was made of: `p` of `p + 1e-12` and of `np.clip(p, 1e-7, 1 - 1e-7)`."""
    inner = [passed(one) for one in node.operands if one.index in depending and one.shape == node.shape]
    if node.kind != "call" or len(inner) != 1 or np.size(node.value) < 2:
        return node
    with np.errstate(all="ignore"):
        return inner[0] if np.allclose(inner[0].value, node.value, rtol=1e-5, atol=1e-6) else node


def _is_data(node: Node) -> bool:
    """Whether it was there before the step, or made of what was."""
    return any(one.kind == "leaf" and (np.size(one.value) > 1 or np.ndim(node.value) == 0) for one in ancestors(node))


def _after_product(node: Node) -> bool:
    return any(one.op in _PRODUCTS or one.op in ("mul", "numpy.multiply") for one in ancestors(node))


def _activation(node: Node, depending: set[int]) -> Iterator[Activation]:
    if node.kind != "call" or np.ndim(node.value) not in (1, 2) or node.op in _PRODUCTS or np.size(node.value) < 2:
        return
    value = np.asarray(node.value, dtype=np.float64)
    if not np.isfinite(value).all():
        return
    for before in _nearest(node, depending):
        Z = np.asarray(before.value, dtype=np.float64)
        with np.errstate(all="ignore"):
            kinds = dict(KINDS)
            if Z.ndim == 2:
                kinds |= {"softmax rows": _softmax(1), "softmax columns": _softmax(0)}
            for kind, function in kinds.items():
                expected = function(Z)
                if np.allclose(value, expected, rtol=1e-9, atol=1e-12) and not np.array_equal(value, Z):
                    yield Activation(node, kind.split()[0], before)
                    return


def _nearest(node: Node, depending: set[int]) -> Iterator[Node]:
    """What a value of the same shape was made of, within some operations."""
    level, seen = [node], {node.index}
    for _ in range(_HOPS):
        below = []
        for one in level:
            for operand in one.operands:
                if operand.index in seen or operand.index not in depending:
                    continue
                seen.add(operand.index)
                if operand.shape == node.shape:
                    yield operand
                if operand.op not in _PRODUCTS:
                    below.append(operand)
        level = below
