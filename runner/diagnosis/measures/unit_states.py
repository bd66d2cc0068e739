"""The units of a run through which no gradient passes: how many, in which layer, and since which step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix
from runner.network.layer import Layer
from runner.network.workspace import Batch
from runner.training.units import Mask

# The columns of the history with the share of dead units, before "/layer_1".
DEAD_COLUMN = "dead"
# Which units of a layer are stuck, (units,), in a pass.
Stuck = Callable[[Batch, Layer], Mask]


@dataclass(frozen=True)
class Stuckness:
    """A layer's share of units that are stuck at the start and at the end, and since which step most of them are."""

    layer: int
    units: int
    at_start: float
    at_end: float
    since: int


def stuck_layers(case: Case, stuck: Stuck, column: str, threshold: float) -> list[Stuckness]:
    """The layers more than `threshold` of whose units are stuck at the end; `column` of the history has shares.

    `since` is the first step at which that was measured, and remained so. Of the output layer, whose units are not
    counted at each step, it is the first from which on none of its parameters has had a gradient.
    """
    found = []
    for layer in _layers(case, column):
        at_start, at_end = (float(stuck(batch, layer).mean()) for batch in (case.at_start, case.at_end))
        if at_end > threshold:
            since = 0 if at_start > threshold else _since(case, f"{column}/layer_{layer.index}", threshold)
            found.append(Stuckness(layer.index, layer.fan_out, at_start, at_end, since))
    return found


def _layers(case: Case, column: str) -> Iterator[Layer]:
    """The hidden layers; and the output layer, where its units can die: an output may well be flat for good reasons."""
    layers = case.setup.architecture.layers
    yield from layers[:-1]
    if column == DEAD_COLUMN and layers[-1].choice.activation.rectifier:
        yield layers[-1]


def strength(layer: Stuckness) -> float:
    """By how many decades fewer units work than in a layer without trouble, 3 where none does."""
    working = max(1.0 - layer.at_end, 1e-3)
    return float(np.clip(-np.log10(working), 0.1, 3.0))


def since_when(layer: Stuckness, case: Case) -> str:
    """Since when the units are stuck, in words."""
    if layer.since == int(case.history["step"][-1]):
        return "at the end of the run"
    if layer.since == 0:
        return "from the start on" if layer.at_start == layer.at_end else "(most of them from the start on)"
    return f"since step {layer.since:,}"


def smaller_rates(case: Case) -> Iterator[Fix]:
    """Rates that may keep an update from doing it."""
    lr = case.setup.settings.optimizer.rate
    yield (Change("optimizer.lr", lr / 10),)
    yield (Change("optimizer.lr", lr / 1000),)


def _since(case: Case, column: str, threshold: float) -> int:
    """The first of the last measurements in a row that are beyond the threshold; the last step where none is."""
    if column not in case.history.columns:
        return _without_gradient(case, f"grad_norm/{column.partition('/')[2]}")
    shares, steps = case.history[column], case.history["step"]
    measured = ~np.isnan(shares)
    shares, steps = shares[measured], steps[measured]
    below = np.flatnonzero(shares <= threshold)
    first = int(below[-1]) + 1 if len(below) else 0
    return int(steps[first]) if first < len(steps) else int(case.history["step"][-1])


def _without_gradient(case: Case, column: str) -> int:
    """The first of the last steps in a row whose gradient is 0; the last step where it isn't, or isn't known."""
    last = int(case.history["step"][-1])
    if column not in case.history.columns:
        return last
    norms, steps = case.history[column], case.history["step"]
    known = ~np.isnan(norms)
    moved = np.flatnonzero(norms[known] > 0.0)
    first = int(moved[-1]) + 1 if len(moved) else 0
    return int(steps[known][first]) if first < known.sum() else last
