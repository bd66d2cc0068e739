"""A scenario for tests: a source with `parameters`, `data`, `loss` and `gradients`, and nothing to be found out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from runner.recording.locating.locating import Located, located
from runner.recording.rewriting.rewrite import compile_recorded
from runner.recording.scenario import Array, Outcome, Point, Recorded, StepFailed, Supplied
from runner.recording.taping.node import Statement
from runner.recording.taping.record import record

FILE = Path("net.py")
POINTS = (
    Point("at random", 1, 12),
    Point("elsewhere", 2, 12),
    Point("few samples", 3, 5),
    Point("wider", 4, 12, (5, 6)),
)


class WrittenStep:
    """The step of a source that defines four functions.

    `parameters(g, sizes)` gives a dict of arrays, `data(g, n)` a pair, `loss(p, X, Y)` a number and
    `gradients(p, X, Y)` a dict with the names of the parameters. `sizes` is None or the widths of the hidden layers.
    """

    def __init__(self, text: str, points: Sequence[Point] = POINTS) -> None:
        self.files: Mapping[Path, str] = {FILE: text}
        self.points = points
        self.text = "gradients(p, X, Y)"
        self._module = self._loaded()
        self.names = tuple(self._module["parameters"](np.random.default_rng(0), None))

    def _loaded(self) -> dict[str, Any]:
        module: dict[str, Any] = {"__name__": "net"}
        try:
            exec(compile_recorded(self.files[FILE], FILE), module)
        except Exception as error:
            raise StepFailed(str(error)) from None
        return module

    def _at(self, point: Point) -> tuple[dict[str, Array], Array, Array]:
        g = np.random.default_rng(point.seed)
        p = self._module["parameters"](g, point.sizes)
        return p, *self._module["data"](g, point.samples)

    def _called(self, p: dict[str, Any], X: Array, Y: Array) -> tuple[Any, dict[str, Any]]:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return self._module["loss"](p, X, Y), self._module["gradients"](p, X, Y)
        except Exception as error:
            raise StepFailed(str(error)) from None

    def record(self, point: Point, snapshot: Callable[[Statement], bool] | None = None) -> Recorded:
        p, X, Y = self._at(point)
        return self._recorded(p, X, Y, snapshot)

    def recorded_at(self, point: Point, values: Sequence[Array]) -> Recorded:
        p, X, Y = self._at(point)
        return self._recorded({**p, **dict(zip(self.names, values, strict=True))}, X, Y, None)

    def _recorded(
        self, p: dict[str, Any], X: Array, Y: Array, snapshot: Callable[[Statement], bool] | None
    ) -> Recorded:
        held, before = dict(p), {name: np.array(value) for name, value in p.items()}
        recording = record(lambda: self._called(p, X, Y), snapshot=snapshot)
        if recording.error is not None:
            raise StepFailed(str(recording.error))
        loss, gradients = recording.result
        tape = recording.tape
        supplied = tuple(
            Supplied(None if name not in gradients else tape.node_of(gradients[name]), 1.0, _array(gradients.get(name)))
            for name in self.names
        )
        node = tape.node_of(loss)
        assert node is not None
        leaves = tuple(tape.leaf_of(held[name]) for name in self.names)
        outcome = Outcome(float(loss), tuple(each.array for each in supplied))
        return Recorded(tape, node, leaves, supplied, tuple(before[name] for name in self.names), outcome)

    def run(self, point: Point) -> Outcome:
        loss, gradients = self._called(*self._at(point))
        try:
            return Outcome(float(loss), tuple(_array(gradients.get(name)) for name in self.names))
        except (AttributeError, TypeError, ValueError) as error:
            raise StepFailed(str(error)) from None

    def loss(self, point: Point, values: Sequence[Array]) -> float:
        p, X, Y = self._at(point)
        return float(self._module["loss"]({**p, **dict(zip(self.names, values, strict=True))}, X, Y))

    def twice(self, point: Point) -> tuple[Outcome, Outcome]:
        self._module = self._loaded()
        first = self.run(point)
        p, X, Y = self._at(point)
        self._called(p, X[::-1] + 0.1, Y)
        return first, self.run(point)

    def deeper(self) -> None:
        """It has the layers that it has."""

    def patched(self, texts: Mapping[Path, str]) -> WrittenStep:
        return WrittenStep(texts.get(FILE, self.files[FILE]), self.points)


def _array(value: Any) -> Array | None:
    return None if value is None else np.array(value, dtype=np.float64)


def locate(scenario: WrittenStep, point: Point) -> Located:
    """What is located in the step at a point."""
    return located(scenario.record(point), scenario.names, files=scenario.files)
