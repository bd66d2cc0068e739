"""Which operations of the forward pass use a value, looked at through its views and other names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runner.recording.differentiating.adjoints import Adjoints
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

PASSED_ON = ("same", "view")


def base(node: Node) -> Node:
    """The value that a node only looks at: `W` for `W.T`."""
    while node.kind in PASSED_ON and len(node.operands) == 1:
        node = node.operands[0]
    return node


def root(node: Node) -> Node:
    """The value that a node looks at, or picks elements of: `w` for `w[i, j]`."""
    while node.operands and (base(node) is not node or node.op == "getitem"):
        node = base(node) if base(node) is not node else node.operands[0]
    return node


class Uses:
    """The uses of the values of the forward pass."""

    def __init__(self, tape: Tape, true: Adjoints) -> None:
        self._uses: dict[int, list[Node]] = {}
        for node in tape.nodes:
            if true.forward(node):
                for operand in node.operands:
                    self._uses.setdefault(operand.index, []).append(node)

    def of(self, node: Node) -> Iterator[Node]:
        """The operations that use a value or a view of it."""
        waiting, seen = [base(node)], set()
        while waiting:
            for use in self._uses.get(waiting.pop().index, ()):
                if use.index in seen:
                    continue
                seen.add(use.index)
                if use.kind in PASSED_ON:
                    waiting.append(use)
                else:
                    yield use


def ancestors(nodes: Iterable[Node], *, stop: frozenset[int] = frozenset()) -> set[int]:
    """The indices of the nodes and of everything they were made of; nothing behind a node in `stop`."""
    waiting, seen = list(nodes), set[int]()
    while waiting:
        node = waiting.pop()
        if node.index not in seen:
            seen.add(node.index)
            if node.index not in stop:
                waiting += node.operands
    return seen
