"""The usual losses of outputs and targets, put on a tape operation by operation."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from runner.recording.scenario import Array
from runner.recording.taping.arguments import Arguments, Slot
from runner.recording.taping.node import Node, NodeList


@dataclass(frozen=True)
class Kind:
    """A usual loss of outputs and targets, summed over everything, and its name."""

    name: str
    build: Callable[[Builder, Node, Node], Node]
    probabilities: bool = False


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
