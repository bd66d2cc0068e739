"""The state of one run between two steps: its arrays, its history so far, and what is measured now and then.

The steps themselves are elsewhere: a run takes its own (`loop`), or a pack takes those of several runs together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from runner.datasets import Split
from runner.files.events import RATE_LOWERED, Event, RateEvent
from runner.files.summary import EarlyStop
from runner.network.ops import Bound
from runner.network.workspace import Batch, Workspace, run
from runner.training.agenda import Agenda
from runner.training.checkpoints import Checkpoint, Checkpoints, Snapshots, check_fits, restore, snapshot
from runner.training.evaluation import BestWeights, Evaluator, Patience
from runner.training.feeding.batches import Batches, batches_of
from runner.training.feeding.masks import Segments, with_masks
from runner.training.history import History
from runner.training.listeners import Listener, TrainingPlan
from runner.training.measuring.quality import quality, quality_column
from runner.training.network import KEPT, Kept
from runner.training.nonfinite.bad_steps import BadSteps
from runner.training.recorder import Recorder
from runner.training.setup import Setup
from runner.training.sharpness.watch import SharpnessWatch
from runner.training.units import UnitWatch, unit_columns, unit_statistics
from runner.training.updates.plateau import Plateau
from runner.training.updates.rates import RateFeed, Rates


class TrainingState:
    """The state of one run of a `Setup`.

    `history` gets a row a step; `note` each event; `checkpoints` is None where none are to be written. `valid`
    evaluates parameters on the validation split, where there is one.
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
        self.setup, self.history, self.note, self.listener = setup, history, note, listener
        self.workspace = setup.workspace()
        self.rates = Rates(settings.optimizer, setup.steps)
        self.recorder = Recorder(setup.watch, settings.watch.every, self.rates, history)
        self._early_stop = Patience(settings.early_stop.metric, settings.early_stop.patience)
        self._best = BestWeights() if settings.early_stop.restore_best and setup.is_ours else None
        self._plateau = Plateau(self.rates)
        self._checkpoints = checkpoints
        self.valid = self.evaluator(dataset.valid) if dataset.valid is not None else None
        self.sharpness = SharpnessWatch(setup, self.rates)
        self.agenda = Agenda(settings, setup.steps, setup.steps_per_epoch, self.sharpness.steps)
        self._units = UnitWatch(setup.layout, settings.diagnosis.thresholds, note)
        self.bad_steps = BadSteps(setup, note)
        self._to_outputs: dict[Batch, list[Bound]] = {}
        self.snapshots = Snapshots(setup.steps, setup.layout.parameter_count)
        self.ended = False
        self.early_stop: EarlyStop | None = None  # where an early stop ended the run
        self.stopped: str | None = None  # the stop rule that ended the run early, None where none did

    def evaluator(self, split: Split, chunk: int = 1024) -> Evaluator:
        """An evaluator of this network on a part of the data."""
        setup = self.setup
        return Evaluator(setup.network, split, setup.dataset.task, chunk)

    @property
    def step(self) -> int:
        """How many updates have been made, or skipped."""
        return self.recorder.step

    @property
    def stopped_nonfinite(self) -> bool:
        """Whether a non-finite value ended the run."""
        return self.ended and self.bad_steps.last == self.step - 1

    @property
    def nonfinite_steps(self) -> int:
        """How many steps were not finite."""
        return self.bad_steps.count

    @property
    def first_nonfinite_step(self) -> int | None:
        """The first of them, None where there is none."""
        return self.bad_steps.first

    def begin(self) -> None:
        """Prepare for the next step."""
        self.set_rates()
        self.bad_steps.begin(self.workspace)
        self.listener.on_start(TrainingPlan(str(self.setup), self.setup.steps))

    @property
    def done(self) -> bool:
        """Whether no step is left to do."""
        return self.ended or self.step >= self.setup.steps

    @cached_property
    def batches(self) -> Batches:
        """The samples of each step."""
        return batches_of(self.setup, self.workspace)

    @cached_property
    def segments(self) -> Segments:
        """The steps with what is drawn for each."""
        return with_masks(self.batches, [self.setup])

    def observe(self, batch: Batch, due: frozenset[str]) -> None:
        """Measure what is due after a step's gradient and before its update."""
        if "evaluate" in due:
            network = self.setup.network
            if batch not in self._to_outputs:
                self._to_outputs[batch] = batch.calls(*network.phases_to_outputs)
            run(self._to_outputs[batch])
            outputs, boundary = batch[network.outputs], network.boundary
            self.evaluate(quality(self.setup.dataset.task, outputs, batch["Y"], boundary))
        if "units" in due and self.setup.layout.units:
            self.look_at_units(unit_statistics(batch))
        if "units" in due and self.setup.is_ours:
            self.snapshots.look(self.step, self.workspace.theta)
        if "sharpness" in due:
            self.recorder.extra(self.sharpness.measure(batch, self.step))

    def evaluate(self, quality: float) -> None:
        """Record the accuracy on the batch, or R², and evaluate the validation split."""
        name = quality_column(self.setup.dataset.task)
        values = {name: quality}
        if self.valid is not None:
            valid = self.valid(self.workspace.theta, self.workspace.statistics())
            values |= {"valid_loss": valid.loss, f"valid_{name}": valid.quality}
        self.recorder.extra(values)
        self.listener.on_evaluation(values)
        loss = self.workspace.arrays["loss"].item()
        over = self._early_stop.is_over({**values, "loss": loss})
        if self._best is not None and self._early_stop.improved:
            self._best.keep(self.step, self.workspace)
        if over and self._early_stop.metric is not None:
            kept = None if self._best is None else self._best.step
            self.ended, self.early_stop = True, EarlyStop(self._early_stop.metric, self.step, kept)
        if self._plateau.lowers(self.step, {**values, "loss": loss}):
            self.set_rates()
            self.note(RateEvent(RATE_LOWERED, self.step, "update", float(self.rates.learning_rates(self.step, 1)[0])))
        if math.isfinite(loss):
            self.bad_steps.keep_good(self.workspace)

    def restore_best(self) -> bool:
        """After an early stop, put back the weights of the best evaluation; whether they were there."""
        if self._best is None or self.early_stop is None or self.early_stop.restored is None:
            return False
        self._best.put_back(self.workspace)
        return True

    def look_at_units(self, values: Sequence[float]) -> None:
        """Record what `unit_statistics` gave for this step."""
        self.recorder.extra(dict(zip(unit_columns(self.setup.layout), values, strict=True)))
        self._units.look(self.step, values)

    def only_norms_overflow(self) -> bool:
        """Whether loss and gradient are finite and only squared norms overflow; the exact norms are then recorded."""
        if not (math.isfinite(self.workspace.arrays["loss"]) and np.isfinite(self.workspace.gradient).all()):
            return False
        self.recorder.exact(self.setup.watch.exact_norms(self.workspace))
        return True

    def keep(self) -> None:
        """Write a checkpoint of the state before the next step."""
        if self._checkpoints is None or self.ended:
            return
        self.recorder.flush()
        state = snapshot(self.workspace, self.setup.settings.optimizer.name)
        kept = self.setup.network.kept(self.workspace.theta)
        if isinstance(kept, str):
            self.listener.on_notice(f"no checkpoint is kept, and `resume` starts again: {kept}")
            return
        best = {} if self._best is None else self._best.arrays
        arrays = {**state, **self.sharpness.state, **self.bad_steps.arrays, **kept.arrays, **best}
        progress = {
            **kept.progress,
            "lr_scale": self.rates.scale,
            "early_stop": self._early_stop.state,
            "plateau": self._plateau.state,
            "best_step": None if self._best is None else self._best.step,
            **self.bad_steps.progress,
        }
        self._checkpoints.write(Checkpoint(self.step, arrays, progress))

    def go_on_from(self, checkpoint: Checkpoint, events: Sequence[Event]) -> None:
        """Start at a checkpoint of this run, whose history has the rows before it; `events` are those before it."""
        arrays, progress = dict(checkpoint.arrays), checkpoint.progress
        check_fits(self.workspace, self.setup.settings.optimizer.name, checkpoint)
        self.bad_steps.go_on_from(arrays, progress)
        (self._best or BestWeights()).go_on_from(arrays, progress)
        theirs = {name: arrays.pop(name) for name in list(arrays) if name.startswith(KEPT)}
        self.setup.network.put_back(Kept(theirs, progress))
        self.sharpness.state = {name: arrays.pop(name) for name in self.sharpness.names if name in arrays}
        restore(self.workspace, arrays)
        self.recorder.go_to(checkpoint.step)
        self._units.remember(events)
        self.rates.scale, self._early_stop.state = progress["lr_scale"], progress["early_stop"]
        if "plateau" in progress:  # older checkpoints have none
            self._plateau.state = progress["plateau"]

    def set_rates(self) -> None:
        """Set the learning rate, and what goes with it, for the next step."""
        feed = RateFeed([self.rates], self.workspace)
        feed.load(self.step, 1)
        feed()

    def move(self, workspace: Workspace) -> None:
        """Continue in other arrays, to which the current state is copied."""
        restore(workspace, snapshot(self.workspace, self.setup.settings.optimizer.name))
        self.workspace = workspace
        self._to_outputs.clear()
        for name in ("batches", "segments"):
            vars(self).pop(name, None)  # created again when needed

    def end_row(self, values: dict[str, float]) -> None:
        """Add the row after the last update."""
        self.recorder.last_row(values)
