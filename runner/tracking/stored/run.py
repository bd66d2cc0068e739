"""A run as a store has it, and which of them are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class StoredRun:
    """A run of a store; `started` is a time in milliseconds since 1970."""

    run_id: str
    name: str
    experiment: str
    status: str
    started: int
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    params: Mapping[str, str]


@dataclass(frozen=True)
class Query:
    """Which runs are asked for.

    They have all `tags`, with these values or, for None, with any; no tag of `without`; an id that begins with
    `prefix`; and are of one of `experiments`, by id, where any are named.
    """

    tags: Mapping[str, str | None] = field(default_factory=dict)
    without: Sequence[str] = ()
    prefix: str = ""
    experiments: Sequence[str] = ()


class Reader(Protocol):
    """Reads a store; deleted runs and experiments are not there for it."""

    def experiments(self) -> Mapping[str, str]:
        """The names of the experiments by id."""

    def runs(self, query: Query, limit: int) -> list[StoredRun]:
        """The newest runs that are asked for."""
