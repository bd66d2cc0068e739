"""Which loss a recorded step computes, recognised by its value: its kind, and whether it is a sum over the samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.scripts.facts import Difference, Loss
from runner.recording.scenario import Recorded
from runner.recording.scenarios.following import ancestors, passed
from runner.recording.watching.layers import Layers

Array = NDArray[np.float64]

SQUARED, BINARY, CATEGORICAL = "squared error", "binary cross-entropy", "cross-entropy"
# How near a loss has to be to a formula: small numbers are added within logarithms.
_NEAR = 1e-3
_DIFFERENCES = {"sub", "numpy.subtract"}


def loss_of(recorded: Recorded, layers: Layers) -> Loss | None:
    """The loss of a step; None where it is none that is known."""
    if layers.outputs is None or layers.targets is None:
        return None
    O = np.asarray(layers.outputs.value, dtype=np.float64)  # noqa: E741 - outputs
    T = np.asarray(layers.targets.value, dtype=np.float64)
    if T.size != O.size or O.size < 2:
        return None
    value, axis = recorded.outcome.loss, sample_axis(O)
    n = O.shape[axis]
    with np.errstate(all="ignore"):
        for kind, total in _totals(O, T.reshape(O.shape), layers.kind):
            for summed, expected in ((True, total), (False, total / n), (False, total / O.size)):
                if abs(value - expected) <= _NEAR * abs(expected) and n > 1:
                    return Loss(kind, summed, n, _backward_difference(recorded, layers, axis))
    return None


def sample_axis(O: NDArray[Any]) -> int:  # noqa: E741 - outputs
    """The axis of the samples, which are more than the outputs as a rule."""
    return 1 if O.ndim == 2 and O.shape[0] < O.shape[1] else 0


def _totals(O: Array, T: Array, output: str) -> Iterator[tuple[str, float]]:  # noqa: E741 - outputs
    """Losses that outputs of this kind may have, summed over all samples."""
    if output == "softmax" or (O > 0).all():
        yield CATEGORICAL, float(-np.sum(T * np.log(O)))
    if output == "sigmoid" or ((O > 0).all() and (O < 1).all()):
        yield BINARY, float(-np.sum(T * np.log(O) + (1 - T) * np.log(1 - O)))
    squares = float(np.sum((O - T) ** 2))
    for factor in (1.0, 0.5):
        yield SQUARED, factor * squares


def _backward_difference(recorded: Recorded, layers: Layers, axis: int) -> Difference | None:
    """Where outputs minus targets are computed for the backward pass alone; None where that is no place of its own."""
    assert layers.outputs is not None
    assert layers.targets is not None
    forward = {node.index for node in ancestors(recorded.loss)}
    outputs = np.asarray(layers.outputs.value)
    for node in recorded.tape.nodes:
        if node.op not in _DIFFERENCES or node.index in forward or node.place is None:
            continue
        for place, one in enumerate(node.operands):
            others = [other for other in node.operands if other is not one and other.shape == one.shape]
            is_targets = passed(one).index == layers.targets.index
            if is_targets and any(np.allclose(other.value, outputs, atol=_NEAR) for other in others):
                return Difference(str(node.place.file), node.place.span, _side(node.place.text, place), axis)
    return None


def _side(text: str, place: int) -> str:
    """The text of one side of a difference, empty where it has not two plain sides."""
    left, minus, right = text.partition("-")
    return (left, right)[place].strip() if minus and "-" not in right else ""
