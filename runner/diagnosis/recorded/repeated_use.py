"""Weights that are used again and again within a step, and how the gradient grows on its way back through the uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from runner.diagnosis.scripts.facts import Repeated
from runner.recording.differentiating.adjoints import Adjoints
from runner.recording.scenario import Recorded
from runner.recording.scenarios.following import ancestors, passed
from runner.recording.taping.node import Node

_PRODUCTS = {"matmul", "numpy.matmul", "numpy.dot", "ndarray.dot"}
# Uses from which on there is something to grow.
_LEAST = 3


def repeated_in(recorded: Recorded, names: Sequence[str]) -> Iterator[Repeated]:
    """The parameters that a chain of products reads, each product made of the one before."""
    forward = {node.index: node for node in ancestors(recorded.loss)}
    leaves = {node.index: name for name, node in zip(names, recorded.parameters, strict=True) if node is not None}
    uses: dict[str, list[Node]] = {}
    for index in sorted(forward):
        node = forward[index]
        if node.op in _PRODUCTS:
            for name in {leaves[i] for i in map(_leaf_of, node.operands) if i in leaves}:
                uses.setdefault(name, []).append(node)
    chains = {name: nodes for name, nodes in uses.items() if len(nodes) >= _LEAST and _is_chain(nodes)}
    if not chains:
        return
    adjoints = Adjoints(recorded.tape, recorded.loss).carry_out()
    for name, nodes in chains.items():
        # The first use reads a state that is 0 before anything was read: its own result is where the chain begins.
        ends = [adjoints.of(node) for node in (nodes[0], nodes[-1])]
        sizes = [0.0 if one is None else float(np.linalg.norm(one)) for one in ends]
        if all(np.isfinite(sizes)) and min(sizes) > 0.0:
            yield Repeated(name, len(nodes), sizes[0] / sizes[1])


def _leaf_of(node: Node) -> int:
    """The parameter that a product reads: as it is, transposed, or a part of it."""
    while node.kind in ("same", "view") and node.operands:
        node = node.operands[0]
    return passed(node).index


def _is_chain(nodes: Sequence[Node]) -> bool:
    within = {node.index for node in ancestors(nodes[-1])}
    return all(node.index in within for node in nodes)
