"""What happens at which steps."""

from __future__ import annotations

from typing import Any

import pytest

from runner.settings import validate
from runner.training.agenda import Agenda, Pace

SETTINGS: dict[str, Any] = {"dataset": {"name": "xor"}, "steps": 1000}


def agenda(steps: int = 1000, sharpness: tuple[int, ...] = (), **settings: Any) -> Agenda:
    """The agenda of a run in full batch."""
    return Agenda(validate({**SETTINGS, **settings}), steps, 1, sharpness)


@pytest.mark.parametrize("every", [0, 1, 3, 7])
def test_stretches_are_alike_and_cover_all_steps(every: int) -> None:
    """Each step is in one stretch, and measured at every so many; a stretch with something due is a single step."""
    planned = agenda(sharpness=(0, 500), watch={"every": every}, checkpoint={"every": 300})
    step, due = 0, set()
    while step < 1000:
        stretch = planned.stretch(step, min(64, 1000 - step))
        for k in range(step, step + stretch.steps):
            assert stretch.watched == (every > 0 and k % every == 0)
            assert planned.due(k) == (stretch.due if k == step else frozenset())
        assert stretch.steps == 1 or not stretch.due
        due |= {(step, kind) for kind in stretch.due}
        step += stretch.steps
    assert step == 1000
    assert {at for at, kind in due if kind == "checkpoint"} == {300, 600, 900}
    assert {at for at, kind in due if kind == "sharpness"} == {0, 500}


def test_the_pace_follows_the_time_that_steps_take() -> None:
    """As many steps as fit into the seconds, at least one and at most the limit."""
    pace = Pace(seconds=0.1, most=64)
    assert pace.steps == 1
    pace.measure(1, 0.01)
    assert pace.steps == 10
    pace.measure(10, 1e-6)
    assert pace.steps == 64
    pace.measure(64, 100.0)
    assert pace.steps == 1
