"""What the units of the hidden layers do: dead, flat, and how their activations are spread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from runner.files.events import UNIT_KINDS, Event, UnitsEvent
from runner.network.architecture import Architecture
from runner.network.ops import Array
from runner.network.workspace import Batch

# A unit counts as flat where f' stays below this share of the steepest f' for every sample.
FLAT = 1e-3
STATISTICS = ("dead", "saturated", "activation_mean", "activation_std")


def unit_columns(architecture: Architecture) -> tuple[str, ...]:
    """The columns of the history that `unit_statistics` fills."""
    return tuple(f"{name}/layer_{layer.index}" for layer in architecture.layers[:-1] for name in STATISTICS)


def unit_statistics(batch: Batch) -> list[float]:
    """For each hidden layer: share of dead units, share of saturated ones, mean and standard deviation of A.

    A unit is dead if it is 0 for every sample of the batch, saturated if it is not dead and its derivative is below
    `FLAT` of the activation's steepest for every sample. The arrays must hold the step's forward and backward pass.
    """
    return list(map(float, packed_unit_statistics(batch)))


def packed_unit_statistics(batch: Batch) -> NDArray[np.float64]:
    """The same of each network of a pack, (replicas, statistics)."""
    lead = batch.workspace.lead
    values: list[Array] = [np.empty((0, *lead))]
    for layer in batch.workspace.architecture.layers[:-1]:
        A = batch[f"A{layer.index}"]
        dead = (A == 0.0).all(axis=-1)
        flat = np.zeros_like(dead)
        if layer.choice.activation.derivative is not None:
            flat = (np.abs(batch[f"F{layer.index}"]) < FLAT * layer.choice.activation.steepest).all(axis=-1) & ~dead
        # One row for each network: its sum is then taken in the same order, whoever is beside it.
        row = A.reshape((*lead, -1))
        values.append(np.stack([dead.mean(-1), flat.mean(-1), row.mean(-1), row.std(-1)]))
    return np.moveaxis(np.concatenate(values).astype(np.float64), 0, -1)


class UnitWatch:
    """Notes an event when most units of a layer are found dead or saturated for the first time."""

    # From here on a layer is more dead than alive (SageMaker Debugger's rules use the same share).
    NOTABLE = 0.5

    def __init__(self, architecture: Architecture, note: Callable[[Event], None]) -> None:
        self._layers, self._note = architecture.layers[:-1], note
        self._noted: set[tuple[str, int]] = set()

    def remember(self, events: Iterable[Event]) -> None:
        """Take what these events noted as noted."""
        self._noted.update((event.kind, event.layer) for event in events if isinstance(event, UnitsEvent))

    def look(self, step: int, values: Sequence[float]) -> None:
        """Look at the values that `unit_statistics` gave for a step."""
        for layer, k in zip(self._layers, range(0, len(values), len(STATISTICS)), strict=True):
            for kind, share in zip(UNIT_KINDS, values[k : k + 2], strict=True):
                if share > self.NOTABLE and (kind, layer.index) not in self._noted:
                    self._noted.add((kind, layer.index))
                    count = round(share * layer.fan_out)
                    self._note(UnitsEvent(kind, step, "forward", layer.index, f"A{layer.index}", count, layer.fan_out))
