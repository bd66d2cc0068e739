"""What a step is given that the step before it was not: its samples, its learning rate."""

from __future__ import annotations

from abc import ABC, abstractmethod

from runner.network.native.nest import Nest


class Feed(ABC):
    """A call that gives each step of a segment its own values, which its owner has put in place for all of them.

    `row` counts the steps of the segment: it says for which the next call is. `nests` is the same as loops.
    """

    row = 0

    @abstractmethod
    def __call__(self) -> None:
        """Give the step of number `row` its values, and go on to the next."""

    @abstractmethod
    def nests(self) -> list[Nest]:
        """The loops that do so, each with how far its operands advance from step to step."""
