"""The training loop: run the program's calls, look at the row of scalars, apply the update.

Steps are taken in segments: consecutive steps that do the same calls on batches of one size. Rare work (an evaluation,
a checkpoint, a look at the clock) happens between segments, or as one more call of a segment of one step, so that a
step is a bare loop over callables.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from runner.files.events import ROLLBACK, Event, RollbackEvent
from runner.network.native.steps import PythonSteps, Steps, fastest
from runner.network.native.table import NativeSteps
from runner.network.ops import Bound
from runner.network.program import Phase
from runner.network.workspace import Batch, Workspace
from runner.training.agenda import Pace
from runner.training.checkpoints import Checkpoints
from runner.training.feeding.batches import Segment
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.recorder import Recorder
from runner.training.setup import Setup
from runner.training.state import TrainingState
from runner.training.stopping import Interruption, StopRule, next_asked, stop_by_rule
from runner.training.updates.rates import RateFeed

# Seconds between looks at the clock: the progress bar and Ctrl-C wait no longer than that.
TICK = 0.1


class Training(TrainingState):
    """One run of a `Setup` that takes its own steps."""

    def __init__(
        self,
        setup: Setup,
        history: History,
        note: Callable[[Event], None],
        listener: Listener,
        checkpoints: Checkpoints | None,
    ) -> None:
        super().__init__(setup, history, note, listener, checkpoints)
        self._bound: dict[tuple[Batch, bool], tuple[PythonSteps, PythonSteps | NativeSteps]] = {}
        self._rates: RateFeed | None = None  # where they change from step to step

    def run(self, interruption: Interruption, stop_rules: StopRules = MappingProxyType({})) -> float:
        """Train to the end, an early stop, a non-finite value or an interruption; the seconds it took.

        `stop_rules` are asked, before their steps, whether the run is to end there.
        """
        recorder, pace = self.recorder, Pace(TICK / 2, Recorder.BLOCK)
        self.begin()
        started = ticked = time.perf_counter()
        with np.errstate(all="ignore"):
            while not self.done and not interruption.signal:
                before, began = recorder.step, time.perf_counter()
                self._advance(pace.steps, next_asked(stop_rules, before))
                if recorder.room == 0 or recorder.step in stop_rules:
                    recorder.flush()
                stop_by_rule(stop_rules, recorder.step, [self])
                now = time.perf_counter()
                pace.measure(recorder.step - before, now - began)
                if now - ticked > TICK:
                    ticked = now
                    self._tick(now - started)
        seconds = time.perf_counter() - started
        self._tick(seconds)
        if interruption.signal:
            self.keep()
        return seconds

    def move(self, workspace: Workspace) -> None:
        """Continue in other arrays, to which the current state is copied."""
        super().move(workspace)
        self._bound.clear()
        self._rates = None

    def _advance(self, most: int, end: int) -> None:
        """Take one stretch of steps: at most `most`, and none from step `end` on."""
        stretch = self.agenda.stretch(self.step, min(most, self.recorder.room, end - self.step))
        if "checkpoint" in stretch.due:
            self.keep()
        for segment in self.segments.segments(self.step, stretch.steps):
            if not self._take_steps(segment, stretch.watched, stretch.due):
                return

    def _take_steps(self, segment: Segment, watched: bool, due: frozenset[str]) -> bool:
        """Take the steps of one segment; False where a non-finite value cut it short."""
        recorder = self.recorder
        by_python, fast = self._steps(segment, watched)
        steps: Steps = fast
        if due:
            measuring: list[Bound] = [partial(self.observe, segment.batch, due)]
            if self._rates is not None:
                measuring.append(self._rates.load_again)
            steps = fast.with_extra(measuring)
        if self._rates is not None:
            self._rates.load(recorder.step, segment.steps)
        first, row = recorder.filled, 0
        rows = recorder.block[first:]
        while (row := steps(rows, row, segment.steps)) < segment.steps:
            recorder.filled = first + row
            if not self._examine(segment.batch):
                rows[row] = self.workspace.scalars
                recorder.filled += 1
                self._after_bad_step()
                return False
            by_python.update(row)
            rows[row] = self.workspace.scalars
            row += 1
        recorder.filled = first + segment.steps
        return True

    def _steps(self, segment: Segment, watched: bool) -> tuple[PythonSteps, PythonSteps | NativeSteps]:
        """What takes the steps of a segment: by Python, and as fast as it can be done."""
        key = (segment.batch, watched)
        if key not in self._bound:
            batch, norms = segment.batch, (Phase.WATCH,) if watched else ()
            update_norms = (Phase.WATCH_UPDATE,) if watched else ()
            gradient = [*segment.feed, *batch.calls(*self.setup.phases, *norms)]
            update = batch.calls(Phase.RUNNING, Phase.UPDATE, *update_norms)
            if not self.rates.constant:
                self._rates = self._rates or RateFeed([self.rates], self.workspace)
                update = [self._rates, *update]
            # The loss and, where they are measured, the norms: their sum is finite if all are.
            checked = self.setup.watch.checked if watched else 1
            by_python = PythonSteps(gradient, update, self.workspace.scalars, checked)
            python = self.setup.settings.runtime == "python"
            self._bound[key] = by_python, by_python if python else fastest(by_python)
        return self._bound[key]

    def _examine(self, batch: Batch) -> bool:
        """Find out why the row of scalars is not finite; whether the update is to be made all the same."""
        if self.only_norms_overflow():
            return True
        if self.bad_steps.note(batch, self.step, partial(self.batches.samples, self.step), self.recorder.so_far):
            self.recorder.extra(self.sharpness.measure(batch, self.step))
        return self.bad_steps.policy == "continue"

    def _after_bad_step(self) -> None:
        """After a skipped update: end the run, or roll back to the last evaluation with half the learning rate."""
        if self.bad_steps.policy == "stop":
            self.ended = True
        if self.bad_steps.policy == "rollback":
            self.recorder.flush()  # the rows so far belong to the rate before
            self.bad_steps.roll_back(self.workspace)
            self.rates.scale *= 0.5
            self.set_rates()
            self.note(RollbackEvent(ROLLBACK, self.bad_steps.last, "update", self.rates.scale))

    def _tick(self, seconds: float) -> None:
        row = self.recorder.filled - 1
        if row >= 0:
            last = self.recorder.block[row]
            norm = math.sqrt(last[1 : self.setup.watch.checked].sum()) if self.setup.settings.watch.every else math.nan
            self.listener.on_progress(self.step, float(last[0]), norm, seconds)
        self.recorder.flush()


StopRules = Mapping[int, StopRule[Training]]
