"""What discovery gives: a step that can be run again, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass

from runner.recording.loading.program import Program
from runner.recording.scenario import Scenario
from runner.subjects.calling.recipe import Recipe


@dataclass(frozen=True)
class Description:
    """How a step was found: the file and NAME in it, how that is built, in what form it gets its samples.

    `loss`, `gradients` and `predict` are what is called for them, or the loop that is turned; `updates` where the
    gradients are taken from an update. None: it was not needed.
    """

    file: str
    name: str
    gradients: str | None = None
    built: str | None = None
    form: str | None = None
    loss: str | None = None
    predict: str | None = None
    updates: bool = False


@dataclass
class Discovered:
    """A step, how it is described, and the recipe of calls where there is one, for checks that need no recording.

    `outline` are the numbers of features and outputs, (0, 0) where they are not known.
    """

    scenario: Scenario
    program: Program
    described: Description
    recipe: Recipe | None = None
    outline: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()
