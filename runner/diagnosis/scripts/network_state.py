"""The network of a script at one step: how good and how different its answers are, its units, the equal ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.scripts.facts import State, Units
from runner.diagnosis.scripts.weights import has_equal_units, is_bias
from runner.recording.scenario import Recorded
from runner.recording.scenarios.samples import samples_of_step
from runner.recording.watching.flatness import FLAT
from runner.recording.watching.layers import Activation, Layers

Array = NDArray[np.float64]


def state_of(step: int, recorded: Recorded, layers: Layers, limit: float | None, names: Sequence[str]) -> State:
    """The state at a recorded step with these layers, this limit of the rate, and parameters of these names."""
    quality, spread = quality_of(layers)
    samples = samples_of_step(recorded)
    return State(
        step=step,
        loss=recorded.outcome.loss,
        hidden=tuple(_units(one, samples) for one in layers.hidden),
        quality=quality,
        spread=spread,
        limit=limit,
        symmetric=tuple(
            name
            for name, array in zip(names, recorded.initial, strict=True)
            if not is_bias(name) and has_equal_units(array)
        ),
    )


def task_of(targets: Array | None) -> str:
    """`classes` for rows with a single one, `binary` for zeros and ones, else `regression`; empty where not known."""
    if targets is None:
        return ""
    if not np.isin(targets, (0.0, 1.0)).all():
        return "regression"
    if targets.ndim == 2 and min(targets.shape) > 1 and any((targets.sum(axis=k) == 1).all() for k in (0, 1)):
        return "classes"
    return "binary"


def quality_of(layers: Layers) -> tuple[float | None, float | None]:
    """Accuracy or R² of the outputs, and their spread over that of the targets."""
    if layers.outputs is None or layers.targets is None:
        return None, None
    O = np.asarray(layers.outputs.value, dtype=np.float64)  # noqa: E741 - outputs
    T = np.asarray(layers.targets.value, dtype=np.float64).reshape(O.shape)
    if O.size < 3 or not np.isfinite(O).all():
        return None, None
    task = task_of(np.asarray(layers.targets.value, dtype=np.float64))
    axis = 1 if O.ndim == 2 and O.shape[0] >= O.shape[1] else 0
    deviation = float(T.std(axis=1 - axis if O.ndim == 2 else 0).mean())
    spread = float(O.std(axis=1 - axis if O.ndim == 2 else 0).mean()) / deviation if deviation else None
    if task == "classes":
        return float(np.mean(O.argmax(axis=axis) == T.argmax(axis=axis))), spread
    if task == "binary":
        return float(np.mean((O > 0.5) == (T > 0.5))), spread
    variance = float(np.var(T))
    return (1.0 - float(np.mean((O - T) ** 2)) / variance if variance else None), spread


def _units(activation: Activation, samples: int | None) -> Units:
    value = np.asarray(activation.node.value, dtype=np.float64)
    A = value.reshape(1, -1) if value.ndim == 1 else value
    # Where the shape doesn't say which axis is that of the samples: they are more than the units, as a rule.
    over = 0 if value.ndim == 1 or A.shape[0] >= A.shape[1] else 1
    if value.ndim == 2 and samples is not None and A.shape.count(samples) == 1:
        over = A.shape.index(samples)
    dead, flat = np.zeros(A.shape[1 - over], dtype=bool), 0.0
    if activation.kind == "relu":
        dead = (A == 0).all(axis=over)
    elif activation.kind == "tanh":
        flat = float(np.mean(1 - A**2 < FLAT))
    elif activation.kind == "sigmoid":
        flat = float(np.mean(4 * A * (1 - A) < FLAT))
    place = activation.node.place
    line, text = (place.line, " ".join(place.text.split())) if place is not None else (0, "")
    return Units(line, text, activation.kind, len(dead), float(dead.mean()), flat)
