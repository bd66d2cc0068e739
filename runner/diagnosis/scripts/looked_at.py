"""All that is known of a watched script when its causes are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.scripts.asking import Workshop
from runner.diagnosis.scripts.changes.edit import Source
from runner.diagnosis.scripts.facts import Facts, State
from runner.diagnosis.scripts.trial import Trial, of_history
from runner.files.events import NonfiniteEvent
from runner.files.history import is_null
from runner.files.summary import Summary
from runner.recording.watching.floating import Trouble
from runner.recording.watching.step import WatchedStep
from runner.training.history import History

# Answers that differ by less than this share of what the targets differ by are the same for every sample.
SAME = 0.1
GOOD = 0.9
BROKEN = ("nan", "diverged", "stalled")


@dataclass(frozen=True)
class LookedAt:
    """A script, its step, its run, and the facts of its network at some steps; `troubles` are those of the step that
    broke, `event` says where it did."""

    workshop: Workshop
    source: Source
    step: WatchedStep
    history: History
    summary: Summary
    event: NonfiniteEvent | None
    troubles: Sequence[Trouble]
    facts: Facts | None

    @property
    def rate(self) -> float | None:
        """The learning rate, None where none is written."""
        return next((one.rate for one in self.step.parameters if one.rate is not None), None)

    @property
    def last(self) -> State | None:
        """The network at its last finite step."""
        return self.facts.states[-1] if self.facts is not None else None

    @property
    def broke(self) -> bool:
        """Whether it was not finite, or ended far above where it began."""
        return self.summary.outcome in ("nan", "diverged")

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """The losses that are known, in their order; the last may be NaN."""
        return np.asarray(self.history["loss"][~self.history.nulls("loss")], dtype=np.float64)

    @cached_property
    def before(self) -> Trial:
        """The run itself in the terms of a trial."""
        found = of_history(self.history.rows, self.summary.steps or 0)
        last = self.last
        if last is None or self.broke:
            return replace(found, broken=self.summary.first_nonfinite_step)
        return replace(found, quality=last.quality, spread=last.spread)

    @cached_property
    def still(self) -> tuple[str, ...]:
        """The matrices of weights whose gradient was exactly 0 in the last tenth of the steps."""
        found = []
        for one in self.step.parameters:
            column = f"grad_norm/{one.name}"
            if len(one.shape) == 2 and column in self.history.columns:
                values = self.history[column]
                values = values[~is_null(values)]
                end = values[-max(1, len(values) // 10) :]
                if len(end) > 2 and not np.any(end):
                    found.append(one.name)
        return tuple(found)

    @cached_property
    def unwell(self) -> bool:
        """Whether something is wrong: it broke or stalled, it gives every sample the same answer, or it can't learn."""
        if self.summary.outcome in BROKEN or self.still:
            return True
        last = self.last
        if last is None:
            return False
        if last.quality is not None and last.quality >= GOOD:
            return False
        same = last.spread is not None and last.spread < SAME
        lost = self.step.samples is not None and any(units.dead > 0.5 or units.flat > 0.5 for units in last.hidden)
        return same or lost

    @property
    def mediocre(self) -> bool:
        """Whether its answers are not good: a reason to look at data, start and units, which may be why."""
        return self.last is not None and self.last.quality is not None and self.last.quality < GOOD
