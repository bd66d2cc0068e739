"""Which node wrote what in the memory of their arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tape import Node, Tape


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a block: byte `offset` from its start, `shape`, and `strides` in bytes."""

    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Memory:
    """The blocks of memory that the recorded arrays lie in."""

    def find(self, tape: Tape, value: object) -> Node | None:
        """The node that `value` holds now."""
        raise NotImplementedError

    def first(self, tape: Tape, value: object) -> Node | None:
        """The leaf that `value` was."""
        raise NotImplementedError
