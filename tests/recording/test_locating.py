"""Tests for the place of a mistake: right networks have none, wrong ones have theirs first or among the first."""

from __future__ import annotations

import pytest
from faulty_steps import MISTAKES, NETS, Mistake
from written_steps import POINTS, WrittenStep, locate

from runner.recording.scenario import Point

# What shows only in a second call has no wrong gradient to be followed.
LOCATED = [m for m in MISTAKES if "grads.get" not in m.wrong]


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("point", POINTS, ids=lambda p: p.name)
def test_right_networks_are_not_accused(net: str, point: Point) -> None:
    """No gradient of a right network is wrong, and no place of it is named, at any point."""
    found = locate(WrittenStep(NETS[net]), point)
    assert found.wrong == ()
    assert found.places == ()
    assert found.notes == ()


@pytest.mark.parametrize("mistake", LOCATED, ids=[f"{m.net}-{m.wrong}" for m in LOCATED])
def test_the_wrong_line_comes_first(mistake: Mistake) -> None:
    """The first place that is named is the line in which the mistake was made.

    A wrong number of samples comes second: the first delta could have the factor as well.
    """
    found = locate(WrittenStep(mistake.text), POINTS[0])
    first = 2 if "m = " in mistake.wrong else 1
    assert mistake.line in [place.line for place in found.places][:first], [(p.line, p.score) for p in found.places]
