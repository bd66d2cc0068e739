"""A cause that the numbers of a watched script speak for, with the changes of its text that would fix it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.diagnosis.scripts.changes.edit import Edit
from runner.files.finding import Where


@dataclass(frozen=True)
class Suspicion:
    """A cause, what speaks for it, and changes to try, the likeliest first. `stands`: reported without a fix, too."""

    cause: str
    symptom: str
    evidence: Mapping[str, Any]
    where: Where
    edits: Callable[[], Iterator[Edit | None]]
    stands: bool = False


def line_of(edit: Edit | None) -> Where:
    """Where a change begins, nowhere if there is none."""
    return {} if edit is None else {"line": edit.line}


def listed(texts: Iterable[str]) -> str:
    """`a, b and c`."""
    found = list(texts)
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
