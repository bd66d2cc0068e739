"""Operations that only move numbers: transposing, joining, padding, repeating, picking, copying.

The operation is run on the numbers' positions in the place of the numbers; the result says where each came from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runner.recording.differentiating.rules.common import Array, NoRule
from runner.recording.taping.functions import Picked
from runner.recording.taping.node import Node

_FIRST = float(2**40)  # positions differ from constants by being large


def movement_rule(node: Node, adjoint: Array, wanted: Sequence[int]) -> list[Array | None]:
    """The rule for a node each of whose numbers is a constant or one of its operands' numbers."""
    function = node.function
    inner = function.function if isinstance(function, Picked) else function
    if isinstance(inner, np.vectorize) or inner is np.apply_along_axis:
        raise NoRule
    assert node.arguments is not None
    values = [operand.value for operand in node.operands]
    start, starts = _FIRST, {}
    numbered = list(values)
    for position in wanted:
        size = int(np.size(values[position]))
        starts[position] = start
        labels = np.arange(start, start + size).reshape(np.shape(values[position]))
        numbered[position] = labels if isinstance(values[position], np.ndarray) else float(labels)
        start += size
    flat = np.concatenate([np.ravel(np.asarray(values[position], np.float64)) for position in wanted])
    args, keywords = node.arguments.filled(numbered)
    try:
        assert function is not None
        moved = np.asarray(function(*args, **keywords), np.float64)
    except Exception as failure:  # it computes with its operands, and not every number suits it
        raise NoRule from failure
    recorded = np.asarray(node.value, np.float64)
    if moved.shape != recorded.shape:
        raise NoRule
    from_operand = (moved >= _FIRST) & (moved < start)
    sources = np.where(from_operand, moved - _FIRST, 0).astype(np.intp)
    expected = np.where(from_operand, flat[sources] if flat.size else 0.0, moved)
    exact = node.value.dtype.itemsize >= 8 if isinstance(node.value, np.ndarray | np.generic) else True
    if not np.allclose(expected, recorded, rtol=0.0 if exact else 1e-6, atol=0.0, equal_nan=True):
        raise NoRule
    if not from_operand.any():
        raise NoRule  # as a saturated tanh would look
    total = np.bincount(sources[from_operand], np.asarray(adjoint)[from_operand], minlength=flat.size)
    result: list[Array | None] = [None] * len(values)
    for position in wanted:
        begin = int(starts[position] - _FIRST)
        result[position] = total[begin : begin + np.size(values[position])].reshape(np.shape(values[position]))
    return result
