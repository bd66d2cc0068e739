"""Dropout, inverted: while training, units of hidden layers are set to 0 at random (Srivastava et al. 2014).

Ã = A * M is what the next layer reads. M is 0 with probability p and 1 / (1 - p) otherwise, for each unit and each
sample, so that the mean of Ã is A and a trained network is used as it is. A mask is an input of the program, like the
samples: it is 1 everywhere until the calls of `Phase.MASK` are run on random numbers R. So an evaluation needs no other
program, and the calls of a step can be run again, or elsewhere, with the masks that it had.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runner.network import ops
from runner.network.layer import Layer
from runner.network.ops import Array
from runner.network.program import Emitter, Phase, number
from runner.network.workspace import Batch, run


def dropped(layer: Layer) -> str:
    """The name of what the next layer reads of a layer: Ã, or A where nothing is dropped."""
    return f"{'Ã' if layer.dropout else 'A'}{layer.index}"


def mask(layer: Layer) -> str:
    """The name of a layer's mask, (units, n)."""
    return f"M{layer.index}"


def random_numbers(layer: Layer) -> str:
    """The name of the uniform numbers in [0, 1) that its mask is made from, (units, n)."""
    return f"R{layer.index}"


def emit_mask(e: Emitter, layer: Layer) -> None:
    """The calls that make the mask from random numbers."""
    shape = e.shape(f"A{layer.index}")
    r, m, kept = random_numbers(layer), mask(layer), 1.0 - layer.dropout
    e.shapes[r] = shape
    e.filled.add(m)
    with e.during(Phase.MASK):
        e(m, ops.less, r, number(kept))
        e(m, ops.multiply, m, number(1.0 / kept))


def layers_dropped(batch: Batch) -> Sequence[Layer]:
    """The layers of a batch's network that have masks."""
    return [layer for layer in batch.workspace.architecture.layers if layer.dropout]


def use_fixed_masks(batch: Batch) -> None:
    """Fill the masks of a batch with ones drawn from a seed of their own: for n samples always the same."""
    draws = np.random.default_rng(0)
    layers = layers_dropped(batch)
    for layer in layers:
        batch[random_numbers(layer)][...] = draws.random((layer.fan_out, batch.n))
    run(batch.calls(Phase.MASK) if layers else [])


def masks_of(batch: Batch) -> list[tuple[str, Array]]:
    """The masks that are in a batch now, by name."""
    return [(mask(layer), batch[mask(layer)]) for layer in layers_dropped(batch)]
