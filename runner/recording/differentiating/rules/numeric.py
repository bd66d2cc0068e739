"""The last resort: differences of the operation itself, which must give the same value twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from runner.recording.differentiating.rules.common import Array, NoRule, reproduces
from runner.recording.taping.node import Node

_STEP = 1e-4
_LARGEST = 4096  # numbers that are varied one by one


def numeric_rule(node: Node, adjoint: Array, wanted: Sequence[int]) -> list[Array | None]:
    """The adjoint of each operand by differences: all numbers at once where each affects its own, else one by one."""
    values = [operand.value for operand in node.operands]

    def run(position: int, changed: Any) -> Array:
        assert node.function is not None
        assert node.arguments is not None
        operand = values[position]
        given = [*values[:position], changed, *values[position + 1 :]]
        if isinstance(operand, np.ndarray):
            given[position] = np.asarray(changed, np.float64).view(type(operand))
        else:
            given[position] = type(operand)(changed)
        args, keywords = node.arguments.filled(given)
        try:
            return np.asarray(node.function(*args, **keywords), np.float64)
        except Exception as failure:  # whatever their function may raise
            raise NoRule(f"goes through {node.op}, which can't be run again") from failure

    if not reproduces(node, run(wanted[0], np.asarray(values[wanted[0]]))):
        raise NoRule(f"goes through {node.op}, which gives another value when it is run again")
    result: list[Array | None] = [None] * len(values)
    for position in wanted:
        at = np.asarray(values[position], np.float64)

        def vary(changed: Array, position: int = position) -> Array:
            return run(position, changed)

        slope = _elementwise(vary, at)
        result[position] = adjoint * slope if slope is not None else _one_by_one(node, vary, at, adjoint)
    return result


def _difference(vary: Callable[[Array], Array], at: Array, step: Array) -> Array:
    """The derivative along `step`, correct to its fourth power."""
    near, far = vary(at + step) - vary(at - step), vary(at + 2 * step) - vary(at - 2 * step)
    return (8 * near - far) / 12


def _elementwise(vary: Callable[[Array], Array], at: Array) -> Array | None:
    """The slope of each number of the result in its own operand; None where numbers affect one another."""
    step = _STEP * np.maximum(1.0, np.abs(at))
    together = _difference(vary, at, step)
    if together.shape != at.shape:
        return None
    slope = np.asarray(together / step)
    rng = np.random.default_rng(0)
    for _ in range(2 if at.size > 1 else 0):
        other = step * rng.uniform(0.5, 1.0, at.shape) * rng.integers(2, size=at.shape)
        if not np.allclose(_difference(vary, at, other), slope * other, rtol=1e-6, atol=1e-9 * float(step.max())):
            return None
    return slope


def _one_by_one(node: Node, vary: Callable[[Array], Array], at: Array, adjoint: Array) -> Array:
    if at.size > _LARGEST:
        raise NoRule(f"goes through {node.op} with {at.size} numbers, too many to vary one by one")
    result = np.zeros(at.shape)
    for index in range(at.size):
        step = np.zeros(at.shape)
        step.flat[index] = size = _STEP * max(1.0, abs(float(at.flat[index])))
        result.flat[index] = np.sum(adjoint * _difference(vary, at, step)) / size
    return result
