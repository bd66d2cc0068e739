"""Runs of a pack that have reached the same step, trained in arrays that lie side by side.

A run that meets a non-finite value leaves with its state from before that step. Its place idles until enough places are
idle for a smaller pack.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np

from runner.network.ops import Array, Bound
from runner.network.program import Phase
from runner.network.side_by_side import side_by_side
from runner.network.workspace import Batch, Workspace, run
from runner.training.agenda import Pace
from runner.training.checkpoints import snapshot
from runner.training.feeding.batches import Segment
from runner.training.feeding.masks import with_masks
from runner.training.loop import TICK, StopRules, Training
from runner.training.measuring.quality import qualities
from runner.training.packs.batches import packed_batches_of
from runner.training.recorder import Recorder, flush_together
from runner.training.stopping import Interruption, next_asked, stop_by_rule
from runner.training.units import packed_unit_statistics
from runner.training.updates.rates import RateFeed

# The share of a pack's places that may idle before the pack is replaced by a smaller one.
IDLE = 0.25


class Group:
    """Runs that have reached the same step, in arrays that lie side by side."""

    def __init__(self, members: Sequence[Training]) -> None:
        setups = [member.setup for member in members]
        self._setup = first = setups[0]
        self._places, self._members = len(members), dict(enumerate(members))
        self._workspace = Workspace(
            first.architecture,
            side_by_side([setup.program for setup in setups]),
            first.settings.dtype,
            replicas=self._places,
            scalars=first.watch.scalars,
        )
        self._agenda = members[0].agenda
        self._start, self._filled = members[0].step, 0
        self._block = np.empty((Recorder.BLOCK, *self._workspace.scalars.shape))
        self._batches = with_masks(packed_batches_of(self._workspace, setups), setups)
        self._bound: dict[tuple[Batch, tuple[Phase, ...]], list[Bound]] = {}
        self._views: dict[tuple[Batch, int], Batch] = {}
        self._alone: list[Training] = []
        self._spent = False  # whether an idle place is not finite, so that every step would be examined
        for place, member in self._members.items():
            member.move(self._workspace.replica(place, member.setup.architecture, member.setup.program))
            member.set_rates()
            member.recorder.flush()
            member.recorder.block = self._block[:, place]
        rates = [member.rates for member in members]
        self._rates = None if rates[0].constant else RateFeed(rates, self._workspace)
        self._sums, self._zeros = np.empty(self._places), np.zeros(self._places)

    def run(self, interruption: Interruption, stop_rules: StopRules) -> list[Training]:
        """Train until all have ended, or so many that a smaller pack is faster; gives the runs that continue alone."""
        pace = Pace(TICK, Recorder.BLOCK)
        while self._members and self._step < self._setup.steps and not self._thin and not interruption.signal:
            step, began = self._step, time.perf_counter()
            self._advance(pace.steps, min(next_asked(stop_rules, step), self._setup.steps))
            if self._filled == Recorder.BLOCK or self._step in stop_rules:
                self._flush()
            stop_by_rule(stop_rules, self._step, list(self._members.values()))
            self._part([place for place, member in self._members.items() if member.ended])
            pace.measure(self._step - step, time.perf_counter() - began)
        self._flush()
        return self._alone

    @property
    def _step(self) -> int:
        return self._start + self._filled

    @property
    def _thin(self) -> bool:
        return self._spent or self._places - len(self._members) > IDLE * self._places

    def _advance(self, most: int, end: int) -> None:
        """Take one stretch of steps: at most `most`, and none from step `end` on."""
        room = min(most, Recorder.BLOCK - self._filled, end - self._step)
        stretch = self._agenda.stretch(self._step, room)
        if "checkpoint" in stretch.due:
            self._flush()
            for member in self._members.values():
                member.keep()
        for segment in self._batches.segments(self._step, stretch.steps):
            self._take_steps(segment, stretch.watched, stretch.due)

    def _take_steps(self, segment: Segment, watched: bool, due: frozenset[str]) -> None:
        """Take the steps of one segment."""
        scalars = self._workspace.scalars
        gradient, update = self._calls(segment.batch, watched)
        gradient = [*segment.feed, *gradient]
        if self._rates is not None:
            self._rates.load(self._step, segment.steps)
            update = [self._rates, *update]
        # The loss and, where they are measured, the norms of each run: a sum is finite if all of them are.
        checked = scalars[:, : self._setup.watch.checked if watched else 1]
        block, sums, zeros = self._block, self._sums, self._zeros
        add: Bound = partial(np.add.reduce, checked, 1, np.float64, sums)
        for row in range(self._filled, self._filled + segment.steps):
            for call in gradient:
                call()
            add()
            parted = self._part_from_bad(checked, row) if sums.dot(zeros) != 0.0 else []
            if due:
                self._observe(segment.batch, due, row)
            for call in update:
                call()
            block[row] = scalars
            for place in parted:
                self._idle(place)  # again, for the update was not finite
        self._filled += segment.steps
        for member in self._members.values():
            member.recorder.filled = self._filled

    def _part_from_bad(self, checked: Array, row: int) -> list[int]:
        """Let runs whose step is not finite leave with their state from before it; gives their places."""
        bad, seen = [], False
        for place, member in self._members.items():
            total = sum(checked[place].tolist())  # as a single run decides
            if total - total != 0.0:
                seen = True
                member.recorder.filled = row
                if not member.only_norms_overflow():
                    bad.append(place)
        self._alone += [self._members[place] for place in bad]
        self._spent = not seen
        self._part(bad)
        return bad

    def _observe(self, batch: Batch, due: frozenset[str], row: int) -> None:
        """Measure what is due, as `Training.observe` does, with one call for all runs where possible."""
        setup, members = self._setup, self._members
        for member in members.values():
            member.recorder.filled = row
        if "evaluate" in due:
            if setup.fused:
                run(self._calls_of(batch, Phase.OUTPUT))
            outputs = batch[f"A{len(setup.architecture.layers)}"]
            known = qualities(setup.dataset.task, outputs, batch["Y"], setup.network.boundary)
            for place, member in members.items():
                member.evaluate(known[place])
            if self._rates is not None:
                self._rates.load_again()
        if "units" in due:
            statistics = packed_unit_statistics(batch).tolist()
            for place, member in members.items():
                member.look_at_units(statistics[place])
        if "sharpness" in due:
            for place, member in members.items():
                member.observe(self._view(batch, place), frozenset({"sharpness"}))

    def _part(self, places: Iterable[int]) -> None:
        """Let the runs in these places leave, with their state and history."""
        for place in list(places):
            member = self._members.pop(place)
            member.recorder.flush()
            member.recorder.block = np.empty_like(self._block[:, place])
            member.move(member.setup.workspace())
            self._idle(place)

    def _idle(self, place: int) -> None:
        """Make the steps of a place change nothing."""
        for array in snapshot(self._workspace, self._setup.settings.optimizer.name):
            self._workspace.arrays[array][place] = 0.0
        self._workspace.arrays["lr"][place] = 0.0

    def _flush(self) -> None:
        places, recorders = list(self._members), [member.recorder for member in self._members.values()]
        flush_together(recorders, self._block if len(places) == self._places else self._block[:, places])
        self._start, self._filled = self._step, 0

    def _view(self, batch: Batch, place: int) -> Batch:
        if (batch, place) not in self._views:
            self._views[batch, place] = batch.replica(place, self._members[place].workspace)
        return self._views[batch, place]

    def _calls(self, batch: Batch, watched: bool) -> tuple[list[Bound], list[Bound]]:
        norms, update_norms = ((Phase.WATCH,), (Phase.WATCH_UPDATE,)) if watched else ((), ())
        gradient = self._calls_of(batch, *self._setup.phases, *norms)
        return gradient, self._calls_of(batch, Phase.RUNNING, Phase.UPDATE, *update_norms)

    def _calls_of(self, batch: Batch, *phases: Phase) -> list[Bound]:
        if (batch, phases) not in self._bound:
            self._bound[batch, phases] = batch.calls(*phases)
        return self._bound[batch, phases]
