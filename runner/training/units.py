"""The units of the hidden layers: which are dead or saturated, and the mean and std of their activations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from runner.files.events import DEAD, SATURATED, UNIT_KINDS, Event, UnitsEvent
from runner.network.layer import Layer
from runner.network.layout import Layout
from runner.network.ops import Array
from runner.network.workspace import Batch
from runner.settings.diagnosis import Thresholds

Mask = NDArray[np.bool_]

# A unit is flat where f' stays below this share of the steepest f' for every sample.
FLAT = 1e-3
STATISTICS = ("dead", "saturated", "activation_mean", "activation_std")


def unit_columns(layout: Layout) -> tuple[str, ...]:
    """The columns of the history that `unit_statistics` fills."""
    return tuple(f"{name}/layer_{index}" for index in layout.units for name in STATISTICS)


def dead_units(batch: Batch, layer: Layer) -> Mask:
    """Which units of a layer are dead, (units,): 0 for every sample, and with f' = 0, so that no gradient passes.

    A tanh unit that is 0 for every sample is not dead: its f' is 1.
    """
    return _dead(batch, layer)


def saturated_units(batch: Batch, layer: Layer) -> Mask:
    """Which units of a layer are saturated, (units,): flat for every sample, and not dead."""
    return _saturated(batch, layer, _dead(batch, layer))


def unit_statistics(batch: Batch) -> list[float]:
    """For each hidden layer: share of dead units, share of saturated ones, mean and std of A.

    The arrays must hold the step's forward and backward pass.
    """
    return list(map(float, packed_unit_statistics(batch)))


def packed_unit_statistics(batch: Batch) -> NDArray[np.float64]:
    """The same of each network of a pack, (replicas, statistics)."""
    lead = batch.workspace.lead
    values: list[Array] = [np.empty((0, *lead))]
    for layer in batch.workspace.architecture.layers[:-1]:
        dead = _dead(batch, layer)
        saturated = _saturated(batch, layer, dead)
        # One row for each network, so that its sum has the same order as alone.
        row = batch[f"A{layer.index}"].reshape((*lead, -1))
        values.append(np.stack([dead.mean(-1), saturated.mean(-1), row.mean(-1), row.std(-1)]))
    return np.moveaxis(np.concatenate(values).astype(np.float64), 0, -1)


def _dead(batch: Batch, layer: Layer) -> Mask:
    """As `dead_units`; of a pack (replicas, units)."""
    A = batch[f"A{layer.index}"]
    if layer.choice.activation.derivative is None:
        return np.zeros(A.shape[:-1], dtype=bool)
    return np.asarray(((A == 0.0) & (batch[f"F{layer.index}"] == 0.0)).all(axis=-1))


def _saturated(batch: Batch, layer: Layer, dead: Mask) -> Mask:
    activation = layer.choice.activation
    if activation.derivative is None:
        return np.zeros_like(dead)
    flat = (np.abs(batch[f"F{layer.index}"]) < FLAT * activation.steepest).all(axis=-1)
    return np.asarray(flat & ~dead)


class UnitWatch:
    """Notes an event when more units of a layer than `thresholds` allow are dead or saturated for the first time."""

    def __init__(self, layout: Layout, thresholds: Thresholds, note: Callable[[Event], None]) -> None:
        self._units, self._note = layout.units, note
        self._most = {DEAD: thresholds.dead_units, SATURATED: thresholds.saturated_units}
        self._noted: set[tuple[str, int]] = set()

    def remember(self, events: Iterable[Event]) -> None:
        """Take what these events noted as noted."""
        self._noted.update((event.kind, event.layer) for event in events if isinstance(event, UnitsEvent))

    def look(self, step: int, values: Sequence[float]) -> None:
        """Look at the values that `unit_statistics` gave for a step."""
        for (layer, units), k in zip(self._units.items(), range(0, len(values), len(STATISTICS)), strict=True):
            for kind, share in zip(UNIT_KINDS, values[k : k + 2], strict=True):
                if share > self._most[kind] and (kind, layer) not in self._noted:
                    self._noted.add((kind, layer))
                    self._note(UnitsEvent(kind, step, "forward", layer, f"A{layer}", round(share * units), units))
