"""Derivatives of single operations: what the adjoint of a result is for each operand.

Tried in this order: rules of our own, the table of HIPS autograd, tracing where each number of the result came from,
and differences. Whatever is tried must first give the recorded value again; where nothing does, the node is opaque.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from runner.recording.differentiating.rules.common import NoRule, real
from runner.recording.differentiating.rules.movement import movement_rule
from runner.recording.differentiating.rules.numeric import numeric_rule
from runner.recording.differentiating.rules.own import own_rule
from runner.recording.differentiating.rules.table import table_rule
from runner.recording.taping.node import Node

__all__ = ["NoRule", "operand_adjoints"]

Array = NDArray[np.float64]
Rule = Callable[[Node, Array, Sequence[int]], list[Array | None]]

RULES: tuple[Rule, ...] = (own_rule, table_rule, movement_rule, numeric_rule)


def operand_adjoints(node: Node, adjoint: Array) -> list[Array | None]:
    """The contribution of `node` to the adjoint of each of its operands, None for one without real numbers.

    `adjoint` has the shape of the node's value. `NoRule` with the reason where no derivative is known.
    """
    wanted = [position for position, operand in enumerate(node.operands) if real(operand.value)]
    if not wanted:
        return [None] * len(node.operands)
    if node.function is None or node.arguments is None:
        raise NoRule(f"goes through {node.op}")
    reason = ""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for rule in RULES:
            try:
                return rule(node, adjoint, wanted)
            except NoRule as failure:
                reason = str(failure) or reason
    raise NoRule(reason or f"goes through {node.op}")
