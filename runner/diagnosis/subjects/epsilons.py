"""Small numbers added in the forward pass so that no logarithm is infinite: gradients that leave them out are right.

`log(p + 1e-7)` is written for its value, and p - y is the derivative of the loss that is meant. Whether that is all
that is wrong is found out by running the file without these numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from runner.diagnosis.subjects.verdict import NotFollowed, Seen, seen_at
from runner.recording.scenario import Recorded, Scenario, StepFailed
from runner.recording.scenarios.following import ancestors
from runner.recording.taping.node import Place

# A number up to this is not meant to change anything.
_SMALL = 1e-3
_SUMS = {"add", "sub", "numpy.add", "numpy.subtract"}


def without_epsilons(scenario: Scenario, seen: Sequence[Seen]) -> tuple[list[Seen], str] | None:
    """The step at the same points without small numbers, and what these are; None unless all is right then."""
    places = list(dict.fromkeys(_small_sums(seen[0].recorded)))
    if not places:
        return None
    texts: dict[Path, str] = {}
    for place, kept in sorted(places, key=lambda one: (one[0].line, one[0].column), reverse=True):
        text = texts.get(place.file, scenario.files.get(place.file))
        if text is None:
            return None
        texts[place.file] = replaced(text, place, f"({kept})")
    try:
        changed = scenario.patched(texts)
        again = [seen_at(changed, one.point) for one in seen]
    except (StepFailed, NotFollowed):
        return None
    if any(one.wrong for one in again):
        return None
    written = " and ".join(dict.fromkeys(place.text for place, _ in places))
    lines = ", ".join(dict.fromkeys(str(place.line) for place, _ in places))
    return again, f"the gradients are those of the loss without the small number in {written} (line {lines})"


def replaced(text: str, place: Place, by: str) -> str:
    """A text with another one in a place of it."""
    lines = text.split("\n")
    before = lines[place.line - 1][: place.column]
    after = lines[place.end_line - 1][place.end_column :]
    return "\n".join([*lines[: place.line - 1], f"{before}{by}{after}", *lines[place.end_line :]])


def _small_sums(recorded: Recorded) -> Iterator[tuple[Place, str]]:
    """Sums of something and a small number among all that the loss is made of, with the text of the something."""
    parameters = {leaf.index for leaf in recorded.parameters if leaf is not None}
    for node in ancestors(recorded.loss):
        if node.op not in _SUMS or node.place is None or not node.parts:
            continue
        if len(node.operands) == 2:
            for at in (0, 1):
                small, other = node.operands[at], node.parts[1 - at]
                # A small loss or weight is computed, or a parameter: nothing to be left out.
                given = not small.origin.operands and small.origin.index not in parameters
                if given and small.shape == () and _is_small(small.value) and other is not None:
                    yield node.place, other.text
        elif len(node.operands) == 1 and node.arguments is not None and node.parts[0] is not None:
            numbers = [one for one in node.arguments.positional if isinstance(one, int | float | np.number)]
            if len(numbers) == 1 and _is_small(numbers[0]):
                yield node.place, node.parts[0].text


def _is_small(value: Any) -> bool:
    return 0.0 < abs(float(value)) <= _SMALL
