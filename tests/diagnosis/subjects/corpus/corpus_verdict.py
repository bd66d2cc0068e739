"""Whether a check named what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from corpus_cases import Case


def verdict(case: Case, result: Any) -> tuple[bool, bool, str]:
    """Whether all that was written was named and nothing else; whether through a tie; and what was said."""
    said = f"{result.sentence} {[(cause.fault, cause.tied_with) for cause in result.causes]}"
    if not case.net.faults:
        return result.passed and not result.causes, False, said
    only = 1 if case.net.depth == 1 else None  # the one layer is the whole network
    wanted = _listed((name, layer or only) for name, layer in case.expected)
    if _told([cause.fault for cause in result.causes], only) == wanted:
        return True, False, said
    # Tied explanations stand with each cause, several faults joined by plus signs.
    ties = dict.fromkeys(tie for cause in result.causes for tie in cause.tied_with)
    return any(_told(tie.split(" + "), only) == wanted for tie in ties), True, said


def _told(faults: Iterable[str], only: int | None) -> list[tuple[str, int]]:
    found = []
    for fault in faults:
        name, _, rest = fault.partition("@")
        layer = rest.partition("=")[0]
        found.append((name.partition("=")[0], int(layer) if layer else only))
    return _listed(found)


def _listed(faults: Iterable[tuple[str, int | None]]) -> list[tuple[str, int]]:
    return sorted((name, layer or 0) for name, layer in faults)
