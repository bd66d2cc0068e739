"""What is watched of a script: the loop whose turn is a step, the parameters, where loss and gradients are computed.

Plain data: it is found out in a process of its own, in which the script runs up to its first step, and used where the
script runs for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from runner.recording.scenario import Recorded, StepFailed
from runner.recording.scenarios.discovery.discovered import Discovered
from runner.recording.scenarios.following import passed
from runner.recording.scenarios.losses.assumed import Assumed
from runner.recording.scenarios.losses.found import At, FoundLoss
from runner.recording.scenarios.samples import samples_of_step
from runner.recording.scenarios.turn import Turn
from runner.recording.taping.node import Node
from runner.recording.watching.flatness import FLAT_KINDS
from runner.recording.watching.layers import layers_of
from runner.recording.watching.ways import IS_NAME, Span, Stop, called_as, ways_of
from runner.training.theirs.layout import labels


@dataclass(frozen=True)
class Spot:
    """An expression of the script: its file, first line and column, last line and column (characters), its text.

    In a turn it is computed several times, perhaps: `number` says which of these is meant, from 0 on.
    """

    file: str
    span: Span
    text: str
    number: int = 0

    @classmethod
    def of(cls, data: Mapping[str, Any] | None) -> Spot | None:
        """From what was sent."""
        return None if data is None else cls(data["file"], tuple(data["span"]), data["text"], data["number"])


@dataclass(frozen=True)
class Watched:
    """A parameter: its name, its shape, where its gradient is computed, the rate with which it is changed.

    Where `gradient` is None the gradient is the change divided by the rate, or not known where the optimizer keeps a
    state (`stateful`).
    """

    name: str
    shape: tuple[int, ...]
    gradient: Spot | None
    factor: float
    rate: float | None
    stateful: bool


@dataclass(frozen=True)
class Activated:
    """What a hidden activation gives: its name, kind (relu, tanh, sigmoid), place, axis of the samples, and units."""

    name: str
    kind: str
    spot: Spot
    axis: int
    units: int


@dataclass(frozen=True)
class WatchedStep:
    """One step: the turn of the loop at `line` of `file`.

    `loss` is where the loss is computed, after the update perhaps; with `squares` it is that many times the sum of the
    squares of what is computed there, since the script computes no loss. `samples` is how many samples a step sees,
    None where that isn't clear, `value` the loss at the first step. `assumed` says which loss the gradients belong to
    where none is written.
    `ways` say how what an expression gives reaches the loss or a gradient. `activations` are those of hidden layers, of
    steps that see several samples.
    """

    file: str
    line: int
    parameters: tuple[Watched, ...]
    loss: Spot | None
    squares: float | None
    samples: int | None
    value: float
    assumed: str | None
    ways: tuple[Stop, ...] = ()
    activations: tuple[Activated, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it is sent."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> WatchedStep:
        """From what was sent."""
        parameters = tuple(
            Watched(**{**one, "shape": tuple(one["shape"]), "gradient": Spot.of(one["gradient"])})
            for one in data["parameters"]
        )
        ways = tuple(Stop(**{**one, "span": tuple(one["span"])}) for one in data["ways"])
        activations = tuple(Activated(**{**one, "spot": Spot.of(one["spot"])}) for one in data["activations"])
        return cls(
            **{
                **data,
                "parameters": parameters,
                "loss": Spot.of(data["loss"]),
                "ways": ways,
                "activations": activations,
            }
        )


def watched_step(found: Discovered) -> WatchedStep:
    """What is to be watched of a script; `StepFailed` where its step is no turn of a loop."""
    turn = found.scenario
    if not isinstance(turn, Turn) or turn.key is None:
        raise StepFailed("its training is no loop")
    recorded = turn.first()
    loss, squares = _loss_spot(turn.found_loss, recorded)
    parameters = tuple(
        _watched(recorded, place, name, change.rate if change is not None else None, bool(change and change.stateful))
        for place, (name, change) in enumerate(turn.first_changes().items())
        if recorded.supplied[place].array is not None or recorded.initial[place].shape
    )
    return WatchedStep(
        file=turn.key[0],
        line=turn.key[1],
        parameters=parameters,
        loss=loss,
        squares=squares,
        samples=samples_of_step(recorded),
        value=recorded.outcome.loss,
        assumed=recorded.assumed,
        ways=tuple(ways_of(recorded, turn.names)),
        activations=tuple(_activated(recorded)),
    )


def _activated(recorded: Recorded) -> Iterator[Activated]:
    """The activations of hidden layers that can be dead or saturated; none where a step sees a single sample."""
    n = samples_of_step(recorded)
    found = [one for one in layers_of(recorded).hidden if one.kind in FLAT_KINDS and one.node.place is not None]
    found = [one for one in found if np.ndim(one.node.value) == 2 and min(one.node.shape) > 0]
    names = labels([_name_of(recorded, one.node) for one in found])
    for one, name in zip(found, names, strict=True):
        axis = one.node.shape.index(n) if n in one.node.shape else int(np.argmax(one.node.shape))
        if one.node.shape[axis] > 1:
            yield Activated(name, one.kind, _spot(recorded, one.node), axis, one.node.shape[1 - axis])


def _name_of(recorded: Recorded, node: Node) -> str:
    """The variable that it is first written to, else its line."""
    assert node.place is not None
    passing = [node, *(one for one in recorded.tape.nodes if one.kind == "same" and passed(one).index == node.index)]
    called = [called_as(one).removeprefix("self.") for one in passing if one.place is not None]
    return next((name for name in called if IS_NAME.fullmatch(name)), f"line {node.place.line}")


def _watched(recorded: Recorded, place: int, name: str, rate: float | None, stateful: bool) -> Watched:
    supplied = recorded.supplied[place]
    node = None if supplied.node is None else passed(supplied.node)
    spot = None
    if node is not None and node.place is not None and node.kind == "call":
        spot = _spot(recorded, node)
    return Watched(name, recorded.initial[place].shape, spot, supplied.factor, rate, stateful)


def _spot(recorded: Recorded, node: Node) -> Spot:
    at = At.of(recorded.tape, node)
    return Spot(str(at.place.file), at.place.span, at.place.text, at.number)


def _loss_spot(loss: FoundLoss, recorded: Recorded) -> tuple[Spot | None, float | None]:
    if isinstance(loss, Assumed):
        nodes = loss.at.all_on(recorded.tape)
        if "squared" not in loss.kind.name or len(nodes) != 1 or "sub" not in nodes[0].op:
            return None, None
        total = float(np.sum(np.square(np.asarray(nodes[0].value, dtype=np.float64))))
        return _spot(recorded, nodes[0]), (recorded.outcome.loss / total if total else None)
    node = passed(recorded.loss)
    if node.place is None or node.kind != "call":
        return None, None
    if loss.at_start is not None or loss.at_end is not None:
        # Computed for the recording; where the step calls the same function after its update, it is seen there.
        own = [one for one in recorded.tape.nodes if one.place == node.place and one.op == node.op]
        return (Spot(str(node.place.file), node.place.span, node.place.text) if len(own) > 1 else None), None
    return _spot(recorded, node), None
