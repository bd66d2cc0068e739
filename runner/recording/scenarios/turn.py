"""The step of a network that trains itself: one turn of a training loop, or one call of what updates.

The program is run from its beginning each time, and cut when the step is over. Before the step its parameters are set
where they are kept, and afterwards they are looked up anew, since many a step assigns new ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.loading.hooks import Key
from runner.recording.scenario import Outcome, Point, Recorded, StepFailed, Supplied
from runner.recording.scenarios.changes import Change, changes, descends
from runner.recording.scenarios.held import Held
from runner.recording.scenarios.losses.found import FoundLoss
from runner.recording.scenarios.points import moved, numbers
from runner.recording.scenarios.step import Run, Step
from runner.recording.taping.node import Node, Statement

Array = NDArray[np.float64]


class Turn:
    """A `Scenario` of a step of training."""

    def __init__(
        self,
        step: Step,
        names: Sequence[str],
        loss: FoundLoss,
        initial: Sequence[Array],
        sizes: Sequence[float] = (),
    ) -> None:
        self._step, self._loss, self._initial, self.sizes = step, loss, list(initial), tuple(sizes)
        self._variants: dict[str, Callable[[], Turn]] = {}
        self.held: Held | None = None
        self._signs: dict[str, float] | None = None
        self.names = tuple(names)
        self.text = step.text
        self.files: Mapping[Path, str] = {file: source.text for file, source in step.program.sources.items()}
        self.points: Sequence[Point] = (
            Point("the file's parameters, moved at random", 1),
            Point("moved elsewhere", 2),
        )

    @property
    def key(self) -> Key | None:
        """The loop whose turn is the step; None for a call."""
        return self._step.key

    @property
    def cut(self) -> tuple[int, int] | None:
        """How many samples there were, and how many are left of them where all take too long."""
        return self._step.counted

    @property
    def found_loss(self) -> FoundLoss:
        """Where its loss is found."""
        return self._loss

    def first(self) -> Recorded:
        """The first step as it is, with the parameters that the file makes."""
        return self._recorded({}, None)

    def data(self) -> dict[str, NDArray[Any]]:
        """Every array that is there before the first step, by name."""
        return self._step.run().arrays

    def at(self, values: Mapping[str, Array]) -> Recorded:
        """A step that starts at these parameters, by name; others stay as the file makes them."""
        return self._recorded(values, None)

    def first_changes(self) -> dict[str, Change | None]:
        """How the first step changes each parameter, by name."""
        run = self._step.run(recorded=True)
        assert run.tape is not None
        found = {change.name: change for change in changes(run.tape, run.before, run.after, self.names)}
        return {name: found.get(name) for name in self.names}

    def same_shapes(self, other: Turn) -> bool:
        """Whether the parameters have the shapes of another one's: a gradient of a wrong shape spreads them."""
        return [one.shape for one in self._initial] == [one.shape for one in other._initial]

    def add(self, point: Point, variant: Turn) -> None:
        """Have the same step on other samples, or with other layer sizes, stand for it at a point."""
        self._variants[point.name] = lambda: variant
        self.points = (*self.points, point)

    def record(self, point: Point, snapshot: Callable[[Statement], bool] | None = None) -> Recorded:
        """One step on a tape."""
        if point.name in self._variants:
            return self._variants[point.name]().record(replace(point, name=""), snapshot)
        arrays = moved(self._initial, point, self.sizes)
        return self._recorded(dict(zip(self.names, arrays, strict=True)), snapshot)

    def recorded_at(self, point: Point, values: Sequence[Array]) -> Recorded:
        """A step that starts at `values`."""
        if point.name in self._variants:
            return self._variants[point.name]().recorded_at(replace(point, name=""), values)
        return self._recorded(dict(zip(self.names, values, strict=True)), None)

    def run(self, point: Point) -> Outcome:
        """One step; it is recorded, too, since its loss is seen on the tape alone."""
        return self.record(point).outcome

    def loss(self, point: Point, values: Sequence[Array]) -> float:
        """The loss of a step that starts at `values`."""
        return self.recorded_at(point, values).outcome.loss

    def twice(self, point: Point) -> tuple[Outcome, Outcome]:
        """The same turn two times: nothing else ever runs it."""
        return self.run(point), self.run(point)

    def deeper(self) -> None:
        """A program that trains itself has the layers that it has."""
        return

    def holding(self, held: Held) -> Turn:
        """The same step with the target of its loss held constant."""
        changed = object.__new__(Turn)
        changed.__dict__.update(self.__dict__)
        changed.held = held
        changed._variants = self._changed(lambda turn: turn.holding(held))
        return changed

    def patched(self, texts: Mapping[Path, str]) -> Turn:
        """The same step of the changed program."""
        changed = object.__new__(Turn)
        changed.__dict__.update(self.__dict__)
        changed._step = self._step.with_texts(texts)
        changed._signs = None
        changed._variants = self._changed(lambda turn: turn.patched(texts))
        return changed

    def _changed(self, change: Callable[[Turn], Turn]) -> dict[str, Callable[[], Turn]]:
        """The variants, each changed when it is first asked for: most changed programs are run at one point alone."""
        return {name: _later(made, change) for name, made in self._variants.items()}

    def _recorded(self, values: Mapping[str, Array], snapshot: Callable[[Statement], bool] | None) -> Recorded:
        run = self._step.run(
            values, recorded=True, at_start=self._loss.at_start, at_end=self._loss.at_end, snapshot=snapshot
        )
        assert run.tape is not None
        by_name = {change.name: change for change in changes(run.tape, run.before, run.after, self.names)}
        leaves = tuple(
            by_name[name].before if name in by_name else run.tape.leaf_of(run.before[name][0]) for name in self.names
        )
        try:
            loss, assumed = self._loss.node(run)
        except LookupError as error:
            raise StepFailed(str(error)) from None
        supplied = tuple(self._supplied(by_name.get(name), run, name) for name in self.names)
        initial = tuple(run.before[name][1] for name in self.names)
        value = _number(loss) - _added_before(loss, leaves)
        after = tuple(array for name in self.names if (array := numbers(run.after.get(name))) is not None)
        outcome = Outcome(value, tuple(one.array for one in supplied), after)
        recorded = Recorded(run.tape, loss, leaves, supplied, initial, outcome, assumed)
        return recorded if self.held is None else self.held.hold(recorded)

    def _sign(self, name: str) -> float:
        """In which direction a state-keeping step of a later turn goes, by the parameters that belong to the state."""
        if self._signs is None:
            run = self._step.run(recorded=True)
            assert run.tape is not None
            self._signs = {}
            for change in changes(run.tape, run.before, run.after, self.names):
                before, now = run.before[change.name][1], numbers(run.after.get(change.name))
                if change.gradient is not None and now is not None:
                    gradient = np.asarray(change.gradient.value, dtype=np.float64)
                    self._signs[change.name] = descends(before - now, gradient)
        return self._signs.get(name, 1.0)

    def _supplied(self, change: Change | None, run: Run, name: str) -> Supplied:
        scale = self._loss.scale
        before, now = run.before[name][1], numbers(run.after.get(name))
        if change is None or now is None:
            return Supplied(None, 1.0, None)
        if change.gradient is not None and math.isfinite(change.factor):
            gradient = np.asarray(change.gradient.value, dtype=np.float64)
            factor = change.factor * scale
            if change.stateful:
                factor = scale * (self._sign(name) if self._step.later else descends(before - now, gradient))
            return Supplied(change.gradient, factor, gradient * factor)
        if np.array_equal(before, now):
            return Supplied(None, 1.0, None)
        return Supplied(change.assigned, 1.0, (before - now) / (change.rate or 1.0) * scale)


def _number(node: Node) -> float:
    return float(np.asarray(node.value).reshape(-1)[0])


def _added_before(loss: Node, parameters: Sequence[Node | None]) -> float:
    """The sum of earlier steps to which a step adds its loss, as in `total += loss`; 0 where there is none.

    At a later turn it depends on how the earlier ones have changed the parameters.
    """
    if loss.op.rpartition(".")[2] not in ("add", "iadd") or any(np.size(one.value) != 1 for one in loss.operands):
        return 0.0
    own = {parameter.index for parameter in parameters if parameter is not None}
    return sum(_number(one) for one in loss.operands if one.kind == "leaf" and one.index not in own)


def _later(made: Callable[[], Turn], change: Callable[[Turn], Turn]) -> Callable[[], Turn]:
    return cache(lambda: change(made()))
