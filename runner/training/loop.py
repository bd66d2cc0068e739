"""The training loop: run the program's calls, look at the row of scalars, apply the update.

The steps are taken in segments, stretches of steps that do the same calls on batches of one size. Whatever happens
rarely (an evaluation, a checkpoint, a look at the clock) happens between segments or as one more call of a segment of
one step, so that a step is a bare loop over callables.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from types import MappingProxyType

import numpy as np

from runner.datasets import Split
from runner.files.events import ROLLBACK, Event, RollbackEvent
from runner.network.ops import Bound
from runner.network.program import Phase
from runner.network.workspace import Batch, Workspace, run
from runner.training.agenda import Agenda
from runner.training.batches import Batches, FullBatch, GivenOrder, MiniBatches, Segment
from runner.training.checkpoints import Checkpoint, Checkpoints, State, check_fits, restore, snapshot
from runner.training.early_stop import EarlyStop
from runner.training.evaluation import Evaluator, accuracy
from runner.training.history import History
from runner.training.interrupt import Interruption
from runner.training.leaving import Leave, ask, next_asked
from runner.training.listeners import Listener, Plan
from runner.training.nonfinite.approach import approach
from runner.training.nonfinite.trace import first_nonfinite
from runner.training.optimisers import Rates
from runner.training.recorder import Recorder
from runner.training.setup import Setup
from runner.training.sharpness.watch import SharpnessWatch
from runner.training.units import UnitWatch, unit_columns, unit_statistics

# Seconds between looks at the clock: the progress bar and Ctrl-C wait no longer than that.
BREATH = 0.1

# What a checkpoint keeps of the bad steps so far, and how the parameters to roll back to are named in it.
_COUNTED = ("_last_nonfinite", "nonfinite_steps", "first_nonfinite_step")
_GOOD = "good/"


class Training:
    """One run of a `Setup`.

    `history` gets a row a step; `note` each event; `checkpoints` is None where none are to be written. `valid`
    evaluates parameters on the validation part, where there is one.
    """

    def __init__(
        self,
        setup: Setup,
        history: History,
        note: Callable[[Event], None],
        listener: Listener,
        checkpoints: Checkpoints | None,
    ) -> None:
        settings, dataset = setup.settings, setup.dataset
        self.setup, self.history, self._note, self._listener = setup, history, note, listener
        self.workspace = setup.workspace()
        self.rates = Rates(settings.optimizer, setup.steps)
        self.recorder = Recorder(setup.watch, settings.watch.every, self.rates, history)
        self._bound: dict[tuple[Batch, bool], tuple[list[Bound], list[Bound]]] = {}
        self._early_stop = EarlyStop(settings.early_stop.metric, settings.early_stop.patience)
        self._checkpoints = checkpoints
        self.valid = self.evaluator(dataset.valid) if dataset.valid is not None else None
        self._sharpness = SharpnessWatch(setup, self.rates)
        self.agenda = Agenda(settings, setup.steps, setup.steps_per_epoch, self._sharpness.steps)
        self._units = UnitWatch(setup.architecture, settings.diagnosis.thresholds, note)
        self._good: State = {}
        self.ended = False
        self.stopped: str | None = None  # why the run was ended before its steps were done, where somebody did so
        self._last_nonfinite = -2
        self.nonfinite_steps = 0
        self.first_nonfinite_step: int | None = None

    def evaluator(self, part: Split, chunk: int = 1024) -> Evaluator:
        """An evaluator of this network on a part of the data."""
        setup = self.setup
        return Evaluator(setup.network, part, setup.dataset.task, chunk)

    @property
    def step(self) -> int:
        """How many updates have been made, or skipped."""
        return self.recorder.step

    @property
    def stopped_nonfinite(self) -> bool:
        """Whether a non-finite value ended the run."""
        return self.ended and self._last_nonfinite == self.step - 1

    def run(self, interruption: Interruption, leave: Mapping[int, Leave] = MappingProxyType({})) -> float:
        """Train to the end, an early stop, a non-finite value or an interruption; the seconds it took.

        `leave` says before which steps the run is asked whether it is to end there.
        """
        recorder = self.recorder
        self.begin()
        started = breathed = time.perf_counter()
        stride = 1
        with np.errstate(all="ignore"):
            while not self.done and not interruption.signal:
                before, began = recorder.step, time.perf_counter()
                self._stretch(stride, next_asked(leave, before))
                if recorder.room == 0 or recorder.step in leave:
                    recorder.flush()
                ask(leave, recorder.step, [self])
                now = time.perf_counter()
                pace = (recorder.step - before) / max(now - began, 1e-9)
                stride = max(1, min(Recorder.BLOCK, int(pace * BREATH / 2)))
                if now - breathed > BREATH:
                    breathed = now
                    self._breathe(now - started)
        seconds = time.perf_counter() - started
        self._breathe(seconds)
        if interruption.signal:
            self.keep()
        return seconds

    def begin(self) -> None:
        """Set what must be set before the next step."""
        settings = self.setup.settings
        self.set_rates()
        if settings.watch.on_nonfinite == "rollback" and not self._good:
            self._good = snapshot(self.workspace, settings.optimizer.name)
        self._listener.on_start(Plan(str(self.setup), self.setup.steps))

    @property
    def done(self) -> bool:
        """Whether no step is left to do."""
        return self.ended or self.step >= self.setup.steps

    @cached_property
    def batches(self) -> Batches:
        """The samples of each step."""
        settings, part = self.setup.settings, self.setup.dataset.train
        if settings.batch_size is None or settings.batch_size == len(part.X):
            return FullBatch(self.workspace, part.X, part.Y)
        order = self.setup.streams.order if settings.shuffle else GivenOrder
        return MiniBatches(self.workspace, part.X, part.Y, settings.batch_size, order)

    def _stretch(self, stride: int, end: int) -> None:
        """Some steps that are alike: up to the next step at which something else is due, and not beyond `end`."""
        step, every = self.step, self.setup.settings.watch.every
        watched = every > 0 and step % every == 0
        due = self.agenda.due(step)
        if "checkpoint" in due:
            self.keep()
        count = min(stride, self.recorder.room, end - step)
        count = 1 if due else min(count, self.agenda.next_due(step + 1) - step)
        if every != 1 and not due:
            count = 1 if watched else min(count, every - step % every if every else count)
        for segment in self.batches.segments(step, count):
            extra: list[Bound] = [partial(self.observe, segment.batch, due)] if due else []
            if not self._advance(segment, watched, extra):
                return

    def _advance(self, segment: Segment, watched: bool, extra: list[Bound]) -> bool:
        """The steps of one segment; False where a non-finite value cut it short."""
        recorder, scalars = self.recorder, self.workspace.scalars
        gradient, update = self._calls(segment.batch, watched)
        gradient = [*segment.feed, *gradient, *extra]
        if not self.rates.constant:
            update = [self.rates.setter(self.workspace, recorder.step), *update]
        # The loss and, where they are measured, the norms: their sum is finite if all are.
        checked = scalars[: self.setup.watch.checked if watched else 1].tolist
        block, first = recorder.block, recorder.filled
        for row in range(first, first + segment.steps):
            for call in gradient:
                call()
            total = sum(checked())
            if total - total != 0.0:
                recorder.filled = row
                if not self._examine(segment.batch):
                    block[row] = scalars
                    recorder.filled = row + 1
                    self._after_bad_step()
                    return False
            for call in update:
                call()
            block[row] = scalars
        recorder.filled = first + segment.steps
        return True

    def _calls(self, batch: Batch, watched: bool) -> tuple[list[Bound], list[Bound]]:
        key = (batch, watched)
        if key not in self._bound:
            norms = (Phase.WATCH,) if watched else ()
            update_norms = (Phase.WATCH_UPDATE,) if watched else ()
            self._bound[key] = (
                batch.calls(*self.setup.phases, *norms),
                batch.calls(Phase.UPDATE, *update_norms),
            )
        return self._bound[key]

    def observe(self, batch: Batch, due: frozenset[str]) -> None:
        """Look at what is due at the end of a step's gradient, before the update."""
        if "evaluate" in due:
            if self.setup.fused:
                run(batch.calls(Phase.OUTPUT))
            outputs = batch[f"A{len(self.setup.architecture.layers)}"]
            self.evaluate(accuracy(self.setup.dataset.task, outputs, batch["Y"]))
        if "units" in due:
            self.look_at_units(unit_statistics(batch))
        if "sharpness" in due:
            self.recorder.extra(self._sharpness.measure(batch, self.step))

    def evaluate(self, quality: float | None) -> None:
        """Take the accuracy on the batch, where there is one, and evaluate the validation part."""
        values = {"accuracy": quality}
        if self.valid is not None:
            valid = self.valid(self.workspace.theta)
            values |= {"valid_loss": valid.loss, "valid_accuracy": valid.accuracy}
        known = {name: value for name, value in values.items() if value is not None}
        self.recorder.extra(known)
        loss = self.workspace.arrays["loss"].item()
        if self._early_stop.metric is not None:
            self.ended = self._early_stop.ends_after({**known, "loss": loss}[self._early_stop.metric])
        if self._good and math.isfinite(loss):
            self._good = snapshot(self.workspace, self.setup.settings.optimizer.name)

    def look_at_units(self, values: Sequence[float]) -> None:
        """Take what `unit_statistics` gave for this step."""
        self.recorder.extra(dict(zip(unit_columns(self.setup.architecture), values, strict=True)))
        self._units.look(self.step, values)

    def only_norms_overflow(self) -> bool:
        """Whether the loss and the gradient are finite, and only squares of norms are not: these are recorded right."""
        if not (math.isfinite(self.workspace.arrays["loss"]) and np.isfinite(self.workspace.gradient).all()):
            return False
        self.recorder.exact(self.setup.watch.exact_norms(self.workspace))
        return True

    def _examine(self, batch: Batch) -> bool:
        """The row of scalars is not finite: find out why; whether the update is to be made all the same."""
        step = self.step
        if self.only_norms_overflow():
            return True
        self.nonfinite_steps += 1
        if self._last_nonfinite != step - 1:
            event = first_nonfinite(batch, self.setup.phases, step, self.batches.samples(step))
            if self.first_nonfinite_step is None:
                self.first_nonfinite_step = step
                event = replace(event, first=True, approach=approach(self.recorder.so_far(), step))
            self._note(event)
            self.recorder.extra(self._sharpness.measure(batch, self.step))
        self._last_nonfinite = step
        return self.setup.settings.watch.on_nonfinite == "continue"

    def _after_bad_step(self) -> None:
        """The update has been left out: end, or go back to the last evaluation's parameters with half the rate."""
        policy = self.setup.settings.watch.on_nonfinite
        if policy == "stop":
            self.ended = True
        if policy == "rollback":
            self.recorder.flush()  # the rows so far were made with the rate as it was
            restore(self.workspace, self._good)
            self.rates.scale *= 0.5
            self.set_rates()
            self._note(RollbackEvent(ROLLBACK, self._last_nonfinite, "update", self.rates.scale))

    def keep(self) -> None:
        """Write a checkpoint of the state before the step that comes next."""
        if self._checkpoints is None or self.ended:
            return
        self.recorder.flush()
        arrays = {**snapshot(self.workspace, self.setup.settings.optimizer.name), **self._sharpness.state}
        arrays |= {f"{_GOOD}{name}": array for name, array in self._good.items()}
        counted = {name: getattr(self, name) for name in _COUNTED}
        progress = {"lr_scale": self.rates.scale, "early_stop": self._early_stop.state, **counted}
        self._checkpoints.write(Checkpoint(self.step, arrays, progress))

    def go_on_from(self, checkpoint: Checkpoint, events: Sequence[Event]) -> None:
        """Begin at a checkpoint of this run, whose history has the rows before it; `events` are those before it."""
        arrays, progress = dict(checkpoint.arrays), checkpoint.progress
        check_fits(self.workspace, self.setup.settings.optimizer.name, checkpoint)
        self._good = {k.removeprefix(_GOOD): arrays.pop(k) for k in list(arrays) if k.startswith(_GOOD)}
        self._sharpness.state = {name: arrays.pop(name) for name in self._sharpness.names if name in arrays}
        restore(self.workspace, arrays)
        self.recorder.go_to(checkpoint.step)
        self._units.remember(events)
        self.rates.scale, self._early_stop.state = progress["lr_scale"], progress["early_stop"]
        for name in _COUNTED:
            setattr(self, name, progress[name])

    def set_rates(self) -> None:
        """Set the learning rate, and what goes with it, for the next step."""
        self.rates.setter(self.workspace, self.step)()

    def _breathe(self, seconds: float) -> None:
        row = self.recorder.filled - 1
        if row >= 0:
            last = self.recorder.block[row]
            norm = math.sqrt(last[1 : self.setup.watch.checked].sum()) if self.setup.settings.watch.every else math.nan
            self._listener.on_progress(self.step, float(last[0]), norm, seconds)
        self.recorder.flush()

    def move(self, workspace: Workspace) -> None:
        """Go on in other arrays, with what changes from step to step as it is now."""
        restore(workspace, snapshot(self.workspace, self.setup.settings.optimizer.name))
        self.workspace = workspace
        self._bound.clear()
        vars(self).pop("batches", None)  # made anew when they are needed

    def end_row(self, values: dict[str, float]) -> None:
        """Add the row after the last update."""
        self.recorder.last_row(values)
