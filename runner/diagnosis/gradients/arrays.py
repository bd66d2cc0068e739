"""The arrays of parameters, W and b of each layer apart, as entries of the flat vector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.network.architecture import Architecture, Layer

Entries = NDArray[np.int64]


@dataclass(frozen=True)
class ParameterArray:
    """W (fan_in, fan_out) or b (fan_out,) of a layer: its name, and where its numbers stand in the flat vector."""

    name: str
    layer: Layer
    is_bias: bool
    entries: Entries


def arrays_of(architecture: Architecture) -> Iterator[ParameterArray]:
    """W1, b1, W2, ... of a network."""
    for layer in architecture.layers:
        block = np.arange(layer.segment.start, layer.segment.stop).reshape(layer.fan_out, layer.columns)
        yield ParameterArray(f"W{layer.index}", layer, False, block[:, : layer.fan_in].T)
        if architecture.bias:
            yield ParameterArray(f"b{layer.index}", layer, True, block[:, layer.fan_in])
