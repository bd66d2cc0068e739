"""One step of somebody's training as a thing that can be run again: recorded or plain, elsewhere, from changed source.

What drives the step (a call of `gradients(X, Y)`, one turn of a training loop, one call of `update`) is the business of
the classes in `scenarios`; verdict, locating and repair see nothing but this protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from runner.recording.taping.node import Node, Statement
from runner.recording.taping.tape import Tape

Array = NDArray[np.float64]


class StepFailed(Exception):  # noqa: N818 - the usual end of a patch that does not fit
    """The step was not carried out: what it ran raised, or gave what can't be used. Its text is a sentence."""


class StepTooLong(StepFailed):
    """The step takes more operations than can be followed in a reasonable time."""


@dataclass(frozen=True)
class Point:
    """Where a step is run: with which parameters, how many samples, which layer sizes.

    `seed` 0 means the parameters as the file makes them, others random ones of about the same size; `samples` None
    means all, `sizes` None means the layer sizes as the file has them, else the widths of the hidden layers.
    """

    name: str
    seed: int = 0
    samples: int | None = None
    sizes: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Outcome:
    """What a plain run of the step gave: its loss, and the gradient of each parameter as their code has it.

    A gradient has the shape in which it was supplied, which need not be that of its parameter; None where the step
    gives none. `after` are the parameters after a step that updates, empty otherwise.
    """

    loss: float
    gradients: tuple[Array | None, ...]
    after: tuple[Array, ...] = ()


@dataclass(frozen=True)
class Supplied:
    """The gradient that their code gives for one parameter: `factor` times the value of the node `node`.

    `node` is None where the gradient left the tape; `array` holds its numbers in any case (`factor` included), None
    where there are none. In an update `w -= lr * g` the node is the gradient where it can be separated from the rate,
    else what is subtracted, with a `factor` of 1 / lr.
    """

    node: Node | None
    factor: float
    array: Array | None


@dataclass(frozen=True)
class Recorded:
    """One step on the tape.

    `loss` is the node of the loss, `parameters` the leaf of each parameter (in the order of `Scenario.names`, None
    where the step never reads it), `supplied` its gradient as their code has it. `initial` are the values of the
    parameters at this point. `assumed` says which loss was taken where none is written, as the end of a sentence
    ("half the squared error, summed over the samples"): its nodes are no part of their file then.
    """

    tape: Tape
    loss: Node
    parameters: tuple[Node | None, ...]
    supplied: tuple[Supplied, ...]
    initial: tuple[Array, ...]
    outcome: Outcome
    assumed: str | None = None


class Scenario(Protocol):
    """One step of somebody's training.

    `text` says what is run ("gradients(X, Y)", "one turn of the loop at line 28"), `names` the parameters as the file
    has them, `files` every file that was loaded through the rewriter, with its text. `points` are those at which it can
    be run, the file's own first: others differ in parameters, number of samples and, where that can be, layer sizes.
    """

    text: str
    names: tuple[str, ...]
    files: Mapping[Path, str]
    points: Sequence[Point]

    def record(self, point: Point, snapshot: Callable[[Statement], bool] | None = None) -> Recorded:
        """Run the step at `point` with every operation noted; `StepFailed` where it can't be carried out.

        `snapshot` says of a statement whether the variables before each of its executions are wanted on the tape.
        """
        ...

    def recorded_at(self, point: Point, values: Sequence[Array]) -> Recorded:
        """The same with the parameters `values`; `StepFailed` where it can't be carried out."""
        ...

    def run(self, point: Point) -> Outcome:
        """Run the step at `point`, and nothing else; `StepFailed` where it can't be carried out."""
        ...

    def loss(self, point: Point, values: Sequence[Array]) -> float:
        """The loss at `point` with the parameters `values`; `StepFailed` where it can't be carried out."""
        ...

    def twice(self, point: Point) -> tuple[Outcome, Outcome]:
        """The step at `point` by something built anew, and by what has carried out a step on other samples before.

        Two outcomes that differ show gradients that are kept from the call before. For a turn of a loop both are one
        turn, since nothing else ever runs it.
        """
        ...

    def deeper(self) -> Scenario | None:
        """The same step of a network with one more hidden layer; None where that can't be had."""
        ...

    def patched(self, texts: Mapping[Path, str]) -> Scenario:
        """The same step of the program in which some files have other texts; `StepFailed` where these don't load."""
        ...
