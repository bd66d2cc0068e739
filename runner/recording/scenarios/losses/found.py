"""Where the loss of a step is found again in any of its runs: at a place of its tape, or in what a call gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from runner.recording.taping.node import Namespace, Node, Place
from runner.recording.taping.tape import Tape

Extra = Callable[[Mapping[str, Any]], Any]


class StepRun(Protocol):
    """What a run of a step left."""

    tape: Tape | None
    extra: Any
    before: dict[str, tuple[Any, NDArray[np.float64]]]
    after: Namespace
    scope: Namespace


class FoundLoss(Protocol):
    """Where the loss of a step is found again in any of its runs.

    `at_start` or `at_end` compute it within the recording where the step does not. `scale` is what supplied gradients
    are multiplied by.
    """

    @property
    def at_start(self) -> Extra | None:
        """What computes it before the step."""

    @property
    def at_end(self) -> Extra | None:
        """What computes it after the step."""

    @property
    def scale(self) -> float:
        """What supplied gradients are multiplied by."""

    def node(self, run: StepRun) -> tuple[Node, str | None]:
        """The node of the loss, and how it is described where it is assumed; `LookupError` where it isn't there."""
        ...


@dataclass(frozen=True)
class At:
    """A node that is found again on another tape: by its place, and how many have this place before it."""

    place: Place
    op: str
    number: int

    @classmethod
    def of(cls, tape: Tape, node: Node) -> At:
        """Where a node is."""
        assert node.place is not None
        before = [one for one in tape.nodes[: node.index] if one.place == node.place and one.op == node.op]
        return cls(node.place, node.op, len(before))

    def on(self, tape: Tape) -> Node:
        """The node that is there on another tape."""
        same = self.all_on(tape)
        if self.number >= len(same):
            raise LookupError(f"line {self.place.line} is not reached")
        return same[self.number]

    def all_on(self, tape: Tape) -> list[Node]:
        """Every node of this place, by its line and text where the file was changed; `LookupError` if there is none."""
        same = [node for node in tape.nodes if node.place == self.place and node.op == self.op]
        same = same or [node for node in tape.nodes if self._is_near(node)]
        if not same:
            raise LookupError(f"line {self.place.line} is not reached")
        return same

    def _is_near(self, node: Node) -> bool:
        place = node.place
        if place is None or place.file != self.place.file or node.op != self.op:
            return False
        return place.line == self.place.line and (place.text == self.place.text or place.column == self.place.column)


@dataclass(frozen=True)
class Written:
    """A loss that the step computes itself; `text` says what is assumed with it, where something is."""

    at: At
    text: str | None = None
    at_start: Extra | None = None
    at_end: Extra | None = None
    scale: float = 1.0

    def node(self, run: StepRun) -> tuple[Node, str | None]:
        """The scalar at its place."""
        assert run.tape is not None
        return self.at.on(run.tape), self.text


@dataclass(frozen=True)
class Called:
    """A loss that a function of the program gives, called before or after the step with variables of its names."""

    text: str
    at_start: Extra | None = None
    at_end: Extra | None = None
    scale: float = 1.0

    def node(self, run: StepRun) -> tuple[Node, str | None]:
        """What the call gave."""
        assert run.tape is not None
        raw = run.extra[0] if isinstance(run.extra, tuple) and run.extra else run.extra
        node = run.tape.node_of(raw)
        if node is None or np.size(node.value) != 1:
            raise LookupError(f"what {self.text} gives can't be followed")
        return node, None
