"""The arrays of parameters, W and b of each layer apart, as entries of the flat vector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.network.architecture import Architecture

Entries = NDArray[np.int64]


@dataclass(frozen=True)
class ParameterArray:
    """W or b of a layer, counted from 1: its name, and where its numbers stand in the flat vector.

    `entries` has the shape of the array: (fan_in, fan_out) and (fan_out,) where it is one of our own networks.
    """

    name: str
    layer: int
    is_bias: bool
    entries: Entries


def arrays_of(architecture: Architecture) -> Iterator[ParameterArray]:
    """W1, b1, W2, ... of a network, with gamma1, ... where layers are normalised."""
    positions = np.arange(architecture.parameter_count)
    for layer in architecture.layers:
        W, b = layer.split(positions)
        yield ParameterArray(f"W{layer.index}", layer.index, False, W.T)
        if architecture.bias:
            yield ParameterArray(f"b{layer.index}", layer.index, True, b[:, 0])
        if layer.normalised:
            yield ParameterArray(f"gamma{layer.index}", layer.index, False, layer.gamma(positions)[:, 0])
