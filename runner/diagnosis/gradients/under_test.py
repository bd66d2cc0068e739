"""A network under test, configured or somebody's own: its gradients looked at in one way for checks and ladder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from runner.diagnosis.gradients.gradient_check import ArrayCheck, worst_of
from runner.diagnosis.gradients.mistake import GradientMistake

Where = TypeVar("Where", contravariant=True)


class NetworkUnderTest(Protocol[Where]):
    """A network whose gradients can be compared with the slopes of its loss, somewhere."""

    def is_finite(self, at: Where) -> bool:
        """Whether parameters and loss are finite there."""
        ...

    def checks(self, at: Where, point: str) -> Sequence[ArrayCheck]:
        """Its gradient there, an array at a time; `point` is what the place is called."""
        ...

    def causes(self) -> list[GradientMistake]:
        """The mistakes that explain its loss and gradient; empty where none does."""
        ...


@dataclass(frozen=True)
class Looked:
    """The checks at each point, and the names of points at which the loss is not finite."""

    checks: Sequence[Sequence[ArrayCheck]]
    points: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def arrays(self) -> tuple[ArrayCheck, ...]:
        """Each array at the point at which it is worst; empty where nothing is finite."""
        return worst_of(self.checks) if self.checks else ()

    @property
    def right(self) -> bool:
        """Whether anything was checked, and all of it is right."""
        return bool(self.checks) and all(array.passed for array in self.arrays)


def look(network: NetworkUnderTest[Where], points: Iterable[tuple[str, Where]]) -> Looked:
    """The gradients of a network at some points, each with its name."""
    checks, names, left_out = [], [], []
    for name, at in points:
        if network.is_finite(at):
            names.append(name)
            checks.append(network.checks(at, name))
        else:
            left_out.append(name)
    return Looked(checks, tuple(names), tuple(left_out))
