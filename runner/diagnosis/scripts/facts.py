"""The numbers that speak for causes, from a script's step recorded at the parameters of several steps of its run."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.scripts.layers import Activation, Layers, layers_of
from runner.recording.scenario import Recorded, StepFailed
from runner.recording.scenarios.discovery import Discovered
from runner.recording.scenarios.samples import samples_of_step
from runner.recording.scenarios.turn import Turn
from runner.recording.taping.node import Node
from runner.subjects import naming_habits as habits
from runner.subjects.naming_habits import plain

Array = NDArray[np.float64]

# A derivative below this is flat: SageMaker's rule for tanh is an input of 9.5, which takes float64 much further.
FLAT = 0.01
_POWER = 8
_BIAS = re.compile(r"(^|[^a-zA-Z])b(ias(es)?)?_?\w?\d*\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class Units:
    """The units of one activation: the line, the share of dead ones, and of values at which it is flat."""

    line: int
    text: str
    kind: str
    units: int
    dead: float
    flat: float


@dataclass(frozen=True)
class State:
    """The network at one step: its loss, its hidden layers, how good and how different its answers are.

    `quality` is the accuracy for targets that are classes, else R²; `spread` the standard deviation of the answers over
    that of the targets; `limit` the learning rate that its curvature allows, 2 / largest eigenvalue of the Hessian.
    None: not known.
    """

    step: int
    loss: float
    hidden: tuple[Units, ...]
    quality: float | None
    spread: float | None
    limit: float | None
    symmetric: tuple[str, ...]


@dataclass(frozen=True)
class Data:
    """An array of the data: its names, shape, axis of the samples, root mean square, largest and smallest deviation."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    axis: int
    rms: float
    largest: float
    smallest: float
    low: float
    high: float


@dataclass(frozen=True)
class Facts:
    """What was found; `deviations` are mean and standard deviation of each parameter at the start, with its fan-in."""

    states: tuple[State, ...]
    inputs: Data | None
    targets: Data | None
    output: str
    task: str
    deviations: Mapping[str, tuple[float, float, int]]

    def to_dict(self) -> dict[str, Any]:
        """As it is sent."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Facts:
        """From what was sent."""
        states = tuple(
            State(**{**one, "hidden": tuple(Units(**units) for units in one["hidden"])}) for one in data["states"]
        )
        inputs, targets = (None if one is None else Data(**one) for one in (data["inputs"], data["targets"]))
        return cls(**{**data, "states": states, "inputs": inputs, "targets": targets})


def facts_of(found: Discovered, names: Sequence[str], snapshots: Mapping[int, Sequence[Array]]) -> Facts:
    """The facts of a script at parameters of some steps; `StepFailed` where its step can't be recorded with them."""
    turn = found.scenario
    assert isinstance(turn, Turn)
    states, layers, recorded = [], None, None
    for step, values in snapshots.items():
        with np.errstate(all="ignore"):
            recorded = turn.at(dict(zip(names, values, strict=True)))
            layers = layers_of(recorded)
            limit = _limit(turn, names, values) if step in (min(snapshots), max(snapshots)) else None
            states.append(_state(step, recorded, layers, limit, turn.names))
    assert recorded is not None
    assert layers is not None
    first = snapshots[min(snapshots)]
    n = samples_of_step(recorded)
    arrays = turn.data()
    targets = None if layers.targets is None else np.asarray(layers.targets.value, dtype=np.float64)
    return Facts(
        states=tuple(states),
        inputs=_data(arrays, layers.inputs, habits.INPUTS, n, recorded),
        targets=_data(arrays, layers.targets, habits.TARGETS, n, recorded),
        output=layers.kind,
        task=task_of(targets),
        deviations={
            name: (float(np.mean(array)), float(np.std(array)), fan_in)
            for name, array, fan_in in zip(names, first, _fans_in(names, first), strict=True)
        },
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


def _state(step: int, recorded: Recorded, layers: Layers, limit: float | None, names: Sequence[str]) -> State:
    quality, spread = quality_of(layers)
    return State(
        step=step,
        loss=recorded.outcome.loss,
        hidden=tuple(_units(one) for one in layers.hidden),
        quality=quality,
        spread=spread,
        limit=limit,
        symmetric=tuple(
            name
            for name, array in zip(names, recorded.initial, strict=True)
            if not _BIAS.search(name) and _has_equal_units(array)
        ),
    )


def _units(activation: Activation) -> Units:
    value = np.asarray(activation.node.value, dtype=np.float64)
    A = value.reshape(1, -1) if value.ndim == 1 else value
    over = 0 if A.shape[0] >= A.shape[1] or value.ndim == 1 else 1  # samples are more than units, as a rule
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


def _has_equal_units(array: Array) -> bool:
    """Whether the columns of a matrix are equal to each other, and its rows."""
    if array.ndim != 2 or min(array.shape) < 1 or max(array.shape) < 2:
        return False
    scale = float(np.abs(array).max())
    sides = [axis for axis in (0, 1) if array.shape[axis] > 1]
    return any(float(np.ptp(array, axis=axis).max()) <= 1e-9 * scale for axis in sides)


def _fans_in(names: Sequence[str], arrays: Sequence[Array]) -> list[int]:
    """How many inputs each matrix of weights has; 0 for what is none.

    Rows or columns: that which fits from each matrix to the next, or to the biases; a row more may hold the bias.
    """
    weights = [np.shape(a) for name, a in zip(names, arrays, strict=True) if np.ndim(a) == 2 and not _BIAS.search(name)]
    widths = [np.size(a) for name, a in zip(names, arrays, strict=True) if _BIAS.search(name)]
    pairs = list(itertools.pairwise(weights))
    rows_first = sum(one[1] in (other[0], other[0] - 1) for one, other in pairs)
    columns_first = sum(one[0] in (other[1], other[1] - 1) for one, other in pairs)
    rows_first += sum(shape[1] in widths for shape in weights)
    columns_first += sum(shape[0] in widths for shape in weights)
    side = 0 if rows_first >= columns_first else 1
    return [
        int(np.shape(a)[side]) if np.ndim(a) == 2 and not _BIAS.search(name) else 0
        for name, a in zip(names, arrays, strict=True)
    ]


def _is_same(array: NDArray[Any], node: Node) -> bool:
    value = np.asarray(node.value)
    return np.array_equal(array, value) or np.array_equal(array.T, value)


def _limit(turn: Turn, names: Sequence[str], values: Sequence[Array]) -> float | None:
    """The learning rate at which gradient descent becomes unstable: 2 / the largest eigenvalue of the Hessian.

    By power iteration on differences of the gradients that the script computes.
    """
    random = np.random.default_rng(0)
    direction = [random.normal(size=np.shape(one)) for one in values]
    size = max(1.0, _norm(values))
    eigenvalue = 0.0
    for _ in range(_POWER):
        length = _norm(direction)
        if not np.isfinite(length) or not length:
            return None
        h = 1e-5 * size / length
        try:
            ahead, back = (_gradients(turn, names, values, direction, sign * h) for sign in (1, -1))
        except StepFailed:
            return None
        product = [
            np.zeros(np.shape(d))
            if a is None or b is None or a.size != np.size(d)
            else ((a - b) / (2 * h)).reshape(np.shape(d))
            for a, b, d in zip(ahead, back, direction, strict=True)
        ]
        eigenvalue = sum(float(np.sum(p * d)) for p, d in zip(product, direction, strict=True)) / length**2
        direction = product
    return 2.0 / eigenvalue if eigenvalue > 0 and np.isfinite(eigenvalue) else None


def limit_at_start(found: Discovered) -> float | None:
    """The learning rate that the curvature allows at the parameters that the file makes."""
    turn = found.scenario
    assert isinstance(turn, Turn)
    with np.errstate(all="ignore"):
        return _limit(turn, turn.names, turn.first().initial)


def _gradients(
    turn: Turn, names: Sequence[str], values: Sequence[Array], direction: Sequence[Array], h: float
) -> list[Array | None]:
    """The gradients at `values` + h `direction`."""
    moved = {name: a + h * d for name, a, d in zip(names, values, direction, strict=True)}
    given = dict(zip(turn.names, turn.at(moved).outcome.gradients, strict=True))
    return [given[name] for name in names]


def _norm(arrays: Sequence[Any]) -> float:
    return float(np.sqrt(sum(float(np.sum(np.square(one))) for one in arrays)))


def _data(
    arrays: Mapping[str, NDArray[Any]], node: Node | None, words: Sequence[str], n: int | None, recorded: Recorded
) -> Data | None:
    """The array that a value of the step is, or else one with a usual name; of several that are equal all names."""
    own = [array for array in recorded.initial if array.shape]
    numeric = {
        name: array
        for name, array in arrays.items()
        if array.dtype.kind in "iuf"
        and array.ndim in (1, 2)
        and array.size > 2
        and not any(array.shape == one.shape and np.array_equal(array, one) for one in own)
    }
    found = [(name, array) for name, array in numeric.items() if node is not None and _is_same(array, node)]
    if not found:
        found = [(name, array) for name, array in numeric.items() if plain(name.rpartition(".")[2]) in words]
    if not found:
        return None
    _, array = max(found, key=lambda one: (n in one[1].shape, one[1].size))
    names = [name for name, one in found if one.shape in (array.shape, array.shape[::-1])]
    axis = array.shape.index(n) if n in array.shape else int(np.argmax(array.shape))
    values = np.asarray(array, dtype=np.float64)
    deviations = values.std(axis=axis)
    positive = np.atleast_1d(deviations)[np.atleast_1d(deviations) > 0]
    return Data(
        tuple(names),
        tuple(array.shape),
        axis,
        float(np.sqrt(np.mean(values**2))),
        float(positive.max()) if positive.size else 0.0,
        float(positive.min()) if positive.size else 0.0,
        float(values.min()),
        float(values.max()),
    )
