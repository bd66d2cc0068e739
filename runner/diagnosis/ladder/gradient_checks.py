"""Gradients against central differences: rung 3 for one neuron, and what the rungs above check before they train."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.patterns import pattern_of_all
from runner.diagnosis.gradients.under_test import look
from runner.diagnosis.ladder.rung import RungResult
from runner.diagnosis.ladder.rung_network import Array, RungNetwork
from runner.diagnosis.ladder.tables import IN_DOUBLE
from runner.diagnosis.ladder.textbook import plain

_NEXT = "Fix this first. With a wrong gradient, no learning rate, number of units or number of steps helps."
_TRAINED_STEPS, _RATE = 20, 0.1
# With biases of 0 every z is 0 for the inputs (0, 0): exactly where activations have their kinks, of which those in
# the second derivative (ELU's) spoil central differences, too.
_NEAR = 0.01


def climb_neuron(network: RungNetwork) -> RungResult:
    """The gradient of one neuron: all of it, then weight by weight."""
    arrays = checked(network, _points(network))
    theta = network.moved(network.starts()[0], 0)
    work = tuple(_weight_by_weight(network, theta))
    if right(arrays):
        return RungResult(True, f"The gradient of the neuron is right: {_worst(arrays)}.", work, arrays=arrays)
    return wrong(network, arrays, work)


def checked_at_start_and_later(network: RungNetwork) -> tuple[ArrayCheck, ...]:
    """Each array where it is worst: near the start, moved at random, and after some steps of training."""
    return checked(network, [*_points(network), ("after some steps", _trained(network))])


def checked(network: RungNetwork, points: Sequence[tuple[str, Array]]) -> tuple[ArrayCheck, ...]:
    """Each array at the point at which it is worst; points where nothing is finite are left out."""
    return look(network, points).arrays


def right(arrays: Sequence[ArrayCheck]) -> bool:
    """Whether anything was checked, and all of it is right."""
    return bool(arrays) and all(array.passed for array in arrays)


def wrong(network: RungNetwork, arrays: tuple[ArrayCheck, ...], work: tuple[str, ...]) -> RungResult:
    """The result of a rung whose gradient is wrong."""
    if not arrays:
        return RungResult(False, "The gradient can't be checked: the loss is not finite at any of the points.", work)
    causes = tuple(network.causes())
    unexplained = "" if causes else "; no mistake of the catalogue explains it"
    sentence = f"The gradient is wrong in {pattern_of_all(arrays)}{unexplained}."
    return RungResult(False, sentence, work, causes, next_=_NEXT, arrays=arrays)


def by_layer(arrays: Sequence[ArrayCheck]) -> list[str]:
    """A line for each layer, then one for each of its arrays."""
    lines = []
    for layer in sorted({array.layer for array in arrays}):
        mine = [array for array in arrays if array.layer == layer]
        lines.append(f"layer {layer}: {'right' if right(mine) else 'WRONG'}")
        lines += [f"  {_line(array)}" for array in mine]
    return lines


def _line(array: ArrayCheck) -> str:
    said = f"{array.name}: {'right' if array.passed else 'WRONG'}, relative error {array.relative_error:.1e}"
    return said if array.passed else f"{said}, {array.pattern}"


def _worst(arrays: Sequence[ArrayCheck]) -> str:
    return f"the largest relative error of an array is {max(a.relative_error for a in arrays):.1e}"


def _points(network: RungNetwork) -> list[tuple[str, Array]]:
    start = network.starts()[0]
    near = network.moved(start, 2, share=_NEAR)
    return [("near the start", near), ("moved at random", network.moved(start, 0)), ("again", network.moved(start, 1))]


def _trained(network: RungNetwork) -> Array:
    theta = network.moved(network.starts()[0], 3, share=_NEAR)
    for _ in range(_TRAINED_STEPS):
        with np.errstate(all="ignore"):
            theta = theta - _RATE * network.gradient(theta)
    return theta


def _weight_by_weight(network: RungNetwork, theta: Array) -> Iterator[str]:
    supplied, numerical = network.gradient(theta), network.slopes(theta)
    doubt = 1e-5 if network.precision < IN_DOUBLE else 1e-2
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(numerical)) or 1.0
        off = float(np.linalg.norm(supplied - numerical)) / size
        yield f"the neuron: |gradient - differences| / |differences| = {off:.1e}"
        for name, theirs, ours in zip(network.names(), supplied, numerical, strict=True):
            mark = "right" if abs(theirs - ours) <= doubt * size else "WRONG"
            yield f"  dloss/d{name}: gradient {plain(theirs)}, differences {plain(ours)}  {mark}"
