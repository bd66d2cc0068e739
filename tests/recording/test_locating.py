"""Tests for the place of a mistake: right networks have none, wrong ones have theirs first or among the first."""

from __future__ import annotations

import pytest
from faulty_steps import MISTAKES, NETS, Mistake
from written_steps import POINTS, WrittenStep

from runner.recording.locating import locate

# What shows only in a second call, and a number that is wrong but no part of any derivative.
_APART = ("m = X.shape[1]", "grads.get")
LOCATED = [m for m in MISTAKES if not any(text in m.wrong for text in _APART)]


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("point", POINTS, ids=lambda p: p.name)
def test_right_networks_are_not_accused(net: str, point: object) -> None:
    """No gradient of a right network is wrong, and no place of it is named, at any point."""
    found = locate(WrittenStep(NETS[net]), point)  # type: ignore[arg-type]
    assert found.wrong == ()
    assert found.places == ()
    assert found.notes == ()


@pytest.mark.parametrize("mistake", LOCATED, ids=[f"{m.net}-{m.wrong}" for m in LOCATED])
def test_the_wrong_line_comes_first(mistake: Mistake) -> None:
    """The first place that is named is the line in which the mistake was made."""
    found = locate(WrittenStep(mistake.text), POINTS[0])
    assert found.places[0].line == mistake.line, [(p.line, p.score, p.reason) for p in found.places]
