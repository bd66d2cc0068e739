"""Somebody's network as one of ours, read off its tape: layer by layer, by the values that stand there.

With it the mistakes of the catalogue are tried as they are for configured networks. What is no chain of layers of
neurons has no reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.network.activations import ACTIVATIONS
from runner.network.arrays import Entries, ParameterArray
from runner.network.layer import ActivationChoice
from runner.recording.differentiating.adjoints import ancestors
from runner.recording.scenario import Recorded
from runner.recording.taping.node import Node

Array = NDArray[np.float64]

_SAME = 1e-9
# Networks with more numbers than these are not read.
_LARGEST = 20_000


@dataclass(frozen=True)
class ReadLayer:
    """A layer: where its rows [W b] stand in their flat parameters, (units, columns), and what it computes.

    `sign` is -1 where the bias is subtracted; `activation` is what is computed from Z (units, n), None where nothing
    usual is. `z` and `a` are the nodes of the two.
    """

    entries: Entries
    fan_in: int
    sign: float
    activation: ActivationChoice | None
    Z: Array
    z: Node
    a: Node | None

    @property
    def has_bias(self) -> bool:
        """Whether there is a column of biases."""
        return len(self.entries[0]) > self.fan_in


def read(recorded: Recorded, parts: Sequence[ParameterArray], X: Array, outputs: int) -> tuple[ReadLayer, ...] | None:
    """The layers of a network that was recorded on X (n, features); None where it is no chain of such layers."""
    flat = np.concatenate([array.ravel() for array in recorded.initial])
    if flat.size > _LARGEST:
        return None
    values = _Values(recorded, len(X))
    for chain in _chains(values, flat, list(parts), [X.T], ()):
        if len(chain[-1].entries) == outputs and len({layer.has_bias for layer in chain}) == 1:
            return chain
    return None


class _Values:
    """The values on a tape that have a column for each sample, those that the loss depends on first."""

    def __init__(self, recorded: Recorded, samples: int) -> None:
        self._samples = samples
        forward = ancestors(recorded.loss)
        self._by_size: dict[int, list[tuple[Node, Array]]] = {}
        for node in sorted(recorded.tape.nodes, key=lambda one: (one.index not in forward, one.index)):
            value = np.asarray(node.value)
            if value.dtype.kind == "f" and value.size % samples == 0 and 0 < value.ndim <= 2:
                self._by_size.setdefault(value.size, []).append((node, value))

    def find(self, wanted: Array) -> Node | None:
        """The first node that has the value (units, n), in whatever form."""
        size = float(np.abs(wanted).max(initial=0.0)) or 1.0
        for node, value in self._by_size.get(wanted.size, ()):
            for turned in (value, value.T):
                shaped = turned if turned.shape == wanted.shape else turned.reshape(1, -1) if len(wanted) == 1 else None
                if shaped is not None and shaped.shape == wanted.shape:
                    with np.errstate(all="ignore"):
                        if np.abs(shaped - wanted).max() <= _SAME * size:
                            return node
        return None


def _chains(
    values: _Values, flat: Array, unused: Sequence[ParameterArray], inputs: Sequence[Array], done: tuple[ReadLayer, ...]
) -> Iterator[tuple[ReadLayer, ...]]:
    """All ways in which the arrays make layers that go on from one of some inputs (units, n)."""
    if not unused:
        yield done
        return
    for layer, used in _layers(values, flat, unused, inputs):
        rest = [part for part in unused if part not in used]
        outputs = [layer.Z]
        if layer.activation is not None:
            A = applied(layer.activation, layer.Z)
            outputs = [A, layer.Z, applied(layer.activation, A)]  # by those who pass Z on, or apply it twice
        yield from _chains(values, flat, rest, outputs, (*done, layer))


def _layers(
    values: _Values, flat: Array, unused: Sequence[ParameterArray], inputs: Sequence[Array]
) -> Iterator[tuple[ReadLayer, list[ParameterArray]]]:
    for A in inputs:
        fan_in = len(A)
        for weights in unused:
            for rows in _oriented(weights.entries, fan_in):
                units = len(rows)
                if rows.shape[1] > fan_in:
                    biased = [(np.roll(rows, -turn, axis=1), [weights]) for turn in (0, 1)]
                else:
                    others = [one for one in unused if one is not weights and one.entries.size == units]
                    others.sort(key=lambda one: one.layer != weights.layer)
                    biased = [(np.hstack([rows, one.entries.reshape(units, 1)]), [weights, one]) for one in others]
                    biased.append((rows, [weights]))
                yield from _with_node(values, flat, A, biased)


def _with_node(
    values: _Values, flat: Array, A: Array, biased: Sequence[tuple[Entries, list[ParameterArray]]]
) -> Iterator[tuple[ReadLayer, list[ParameterArray]]]:
    """Those whose Z is on the tape: with the bias added, subtracted, and left out."""
    for sign in (1.0, -1.0, 0.0):
        for entries, used in biased:
            block = flat[entries]
            W, b = block[:, : len(A)], block[:, len(A) :]
            Z = W @ A + (sign * b if b.size else 0.0)
            node = values.find(Z) if b.size or sign > 0 else None
            if node is not None:
                activation, made = _activation(values, Z)
                yield ReadLayer(entries, len(A), sign or 1.0, activation, Z, node, made), used


def _activation(values: _Values, Z: Array) -> tuple[ActivationChoice | None, Node | None]:
    """What is computed from Z somewhere on the tape; where all Z are positive, a ReLU is taken for the identity."""
    for choice in map(ActivationChoice, ACTIVATIONS):
        A = applied(choice, Z)
        distinct = np.ptp(A) > 0 and not np.array_equal(A, Z)
        if distinct and (node := values.find(A)) is not None:
            return choice, node
    return None, None


def applied(choice: ActivationChoice, Z: Array) -> Array:
    """An activation of Z (units, n)."""
    by_hand = choice.activation.by_hand
    if by_hand is None:
        with np.errstate(all="ignore"):
            powers = np.exp(Z - Z.max(axis=0))
            return np.asarray(powers / powers.sum(axis=0))
    values = [by_hand.value(z, choice.parameters) for z in Z.ravel().tolist()]
    return np.array(values, dtype=np.float64).reshape(Z.shape)


def _oriented(entries: Entries, fan_in: int) -> Iterator[Entries]:
    """An array as (units, fan_in), or with a column more."""
    if entries.ndim > 2:
        return
    for columns in (fan_in, fan_in + 1):
        if entries.ndim == 2 and entries.shape[0] == columns:
            yield entries.T
        if entries.ndim == 2 and entries.shape[1] == columns:
            yield entries
        if entries.ndim == 1 and entries.size == columns:
            yield entries.reshape(1, columns)
    if entries.ndim == 1 and fan_in == 1:
        yield entries.reshape(-1, 1)


def without_signs(layers: Sequence[ReadLayer]) -> tuple[ReadLayer, ...]:
    """The same with biases that are added."""
    return tuple(replace(layer, sign=1.0) for layer in layers)
