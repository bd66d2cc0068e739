"""The numbers that speak for causes, found in a script's step at the parameters of several steps of its run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


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
class Start:
    """What a parameter starts with: mean, standard deviation, how many numbers; `fan_in` is 0 but of weights."""

    mean: float
    std: float
    fan_in: int
    size: int

    @property
    def is_off_centre(self) -> bool:
        """Whether the mean is far from 0, and farther than so few numbers are by chance."""
        return abs(self.mean) > max(0.7, 4.0 / math.sqrt(self.size)) * self.std


@dataclass(frozen=True)
class Difference:
    """Where outputs minus targets are computed: file, span, the text of the targets there, the axis of the samples."""

    file: str
    span: tuple[int, int, int, int]
    targets: str
    axis: int


@dataclass(frozen=True)
class Loss:
    """The loss of a step: its kind, whether it is summed over its `samples`, and where its gradient begins."""

    kind: str
    summed: bool
    samples: int
    difference: Difference | None


@dataclass(frozen=True)
class Repeated:
    """Weights that a step uses one time after the other, as a recurrent network does, and by how much the gradient
    grows on its way back from the last use to the first."""

    name: str
    uses: int
    growth: float


@dataclass(frozen=True)
class Facts:
    """What was found; `starts` are what each parameter begins with.

    `weights` are the matrices of weights in the order in which the network uses them,
    `input_axis` is the axis of their inputs, `repeated` those that are used again and again, at the first step.
    """

    states: tuple[State, ...]
    inputs: Data | None
    targets: Data | None
    output: str
    task: str
    starts: Mapping[str, Start]
    weights: tuple[str, ...] = ()
    input_axis: int = 0
    loss: Loss | None = None
    repeated: tuple[Repeated, ...] = ()

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
        found: dict[str, Any] = {"states": states, "inputs": inputs, "targets": targets}
        found["weights"] = tuple(data["weights"])
        found["repeated"] = tuple(Repeated(**one) for one in data["repeated"])
        found["starts"] = {name: Start(**one) for name, one in data["starts"].items()}
        return cls(**{**data, **found, "loss": _loss(data["loss"])})


def _loss(data: Mapping[str, Any] | None) -> Loss | None:
    if data is None:
        return None
    where = data["difference"]
    return Loss(**{**data, "difference": where and Difference(**{**where, "span": tuple(where["span"])})})


def gain_of(facts: Facts) -> float:
    """The gain of starting weights that suits the hidden layers: He's for ReLU."""
    kinds = {units.kind for units in facts.states[0].hidden}
    return 2.0 if kinds == {"relu"} else 1.0
