"""The step of a network that gives its gradients when it is asked: `loss(X, Y)`, then `gradients(X, Y)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.loading.program import Program
from runner.recording.scenario import Outcome, Point, Recorded, StepFailed, Supplied
from runner.recording.scenarios.changes import Change
from runner.recording.scenarios.losses.assumed import NO_LOSS, Assumed, assume
from runner.recording.scenarios.points import moved, numbers, points_for
from runner.recording.taping.node import Node, Statement
from runner.recording.taping.record import record
from runner.recording.taping.tape import Tape
from runner.subjects.calling.answers import as_gradients
from runner.subjects.calling.bench import Bench, Built
from runner.subjects.calling.recipe import Recipe
from runner.subjects.complaint import Complaint
from runner.subjects.loading import Builder

Array = NDArray[np.float64]


class Calls:
    """A `Scenario` of a recipe: its loss and its gradients are called, at parameters set before."""

    def __init__(self, recipe: Recipe, program: Program, name: str) -> None:
        self._recipe, self._program, self._name = recipe, program, name
        self._assumed: Assumed | None = None
        self.text = recipe.gradients.text
        bench = recipe.bench
        built = bench.at(recipe.data.X, recipe.data.Y)
        self.names = tuple(one.name for one in built.parameters)
        self.files: Mapping[Path, str] = {file: source.text for file, source in program.sources.items()}
        widths = bench.sizes if "sizes" in bench.builder.text else ()
        any_number = self._takes(max(1, len(recipe.data.X) // 2))
        self.points: Sequence[Point] = points_for(
            len(recipe.data.X), widths, takes_any_number=any_number, takes_any_width=bool(widths)
        )

    def record(self, point: Point, snapshot: Callable[[Statement], bool] | None = None) -> Recorded:
        """Loss and gradients on one tape."""
        return self._recorded(point, None, snapshot)

    def recorded_at(self, point: Point, values: Sequence[Array]) -> Recorded:
        """The same with these parameters."""
        return self._recorded(point, values, None)

    def _recorded(
        self, point: Point, values: Sequence[Array] | None, snapshot: Callable[[Statement], bool] | None
    ) -> Recorded:
        bench, arrays, X, Y = self._at(point)
        arrays = arrays if values is None else list(values)
        with _complaints_as_failures():
            built = bench.set_to(arrays, X, Y)
            leaves = [one.value for one in built.parameters]
            recording = record(lambda: self._both(bench, built, X, Y), snapshot=snapshot)
            if recording.error is not None:
                raise recording.error
            loss, gradients = recording.result
            tape = recording.tape
            supplied = self._supplied(tape, gradients, built)
            parameters = tuple(tape.leaf_of(leaf) for leaf in leaves)
            bench.put_back(built, arrays)
        assumed, node = None, _node_of_number(tape, loss)
        if self._recipe.written is None:
            node, assumed = self._assumed_on(tape, parameters, supplied)
        elif node is None:
            raise StepFailed(f"what {self._recipe.loss.text} returns can't be followed to where it is made")
        assert node is not None
        outcome = Outcome(float(np.asarray(node.value).reshape(-1)[0]), tuple(one.array for one in supplied))
        return Recorded(tape, node, parameters, supplied, tuple(arrays), outcome, assumed)

    def run(self, point: Point) -> Outcome:
        """Loss and gradients by the same calls, unrecorded."""
        bench, arrays, X, Y = self._at(point)
        return self._run(bench, arrays, X, Y)

    def loss(self, point: Point, values: Sequence[Array]) -> float:
        """The loss alone."""
        if self._recipe.written is None:
            return self.recorded_at(point, values).outcome.loss
        bench, _, X, Y = self._at(point)
        with _complaints_as_failures():
            return bench.loss(self._recipe.loss, values, X, Y)

    def twice(self, point: Point) -> tuple[Outcome, Outcome]:
        """By a new object, and by one that has been called with other samples."""
        bench, arrays, X, Y = self._at(point)
        bench.fresh()
        first = self._run(bench, arrays, X, Y)
        rng = np.random.default_rng(11)
        order = rng.permutation(len(X))
        self._run(bench, [one + 0.1 for one in arrays], X[order] + 0.1 * rng.normal(size=X.shape), Y[order])
        return first, self._run(bench, arrays, X, Y)

    def patched(self, texts: Mapping[Path, str]) -> Calls:
        """The same calls of the changed program."""
        program = self._program.with_texts(texts)
        try:
            module = program.load()
        except BaseException as error:
            raise StepFailed(str(error)) from None
        old = self._recipe.bench
        once = old.builder.once
        if once is not None:
            once = module if self._name == "" else getattr(module, self._name, None)
        bench = Bench(
            old.file,
            Builder(old.builder.text, module, once, old.builder.given),
            old.form,
            old.parameters,
            old.sizes,
            old.before,
        )
        changed = object.__new__(Calls)
        changed.__dict__.update(self.__dict__)
        changed._recipe, changed._program = replace(self._recipe, bench=bench), program
        return changed

    def deeper(self) -> Calls | None:
        """The same calls of a network with one more hidden layer; None where it has no list of layers, or can't."""
        recipe = self._recipe
        sizes = recipe.bench.sizes
        if "sizes" not in recipe.bench.builder.text or not sizes:
            return None
        try:
            deep = replace(recipe, bench=recipe.bench.with_sizes((*sizes, sizes[-1] + 1)))
            found = Calls(deep, self._program, self._name)
        except (StepFailed, Complaint):
            return None
        return found if len(found.names) > len(self.names) else None

    def _both(self, bench: Bench, built: Built, X: Array, Y: Array) -> tuple[Any, Any]:
        written = self._recipe.written
        loss = bench.evaluate(written, built, X, Y) if written is not None else None
        return loss, bench.evaluate(self._recipe.gradients, built, X, Y)

    def _run(self, bench: Bench, arrays: Sequence[Array], X: Array, Y: Array) -> Outcome:
        recipe = self._recipe
        with _complaints_as_failures():
            loss = bench.loss(recipe.written, arrays, X, Y) if recipe.written is not None else 0.0
            return Outcome(loss, tuple(bench.gradients(recipe.gradients, arrays, X, Y)))

    def _assumed_on(
        self, tape: Tape, parameters: Sequence[Node | None], supplied: Sequence[Supplied]
    ) -> tuple[Node, str]:
        """The loss that fits, where none is written: found once, and put on every tape."""
        if self._assumed is None:
            pairs = [(leaf, one) for leaf, one in zip(parameters, supplied, strict=True) if leaf is not None]
            changes = [Change("", leaf, one.node, 1.0, 1.0, False) for leaf, one in pairs]
            self._assumed, _ = assume(tape, changes, [one.array for _, one in pairs])
        if self._assumed is None:
            raise StepFailed(NO_LOSS)
        try:
            return self._assumed.on(tape)
        except LookupError as error:
            raise StepFailed(str(error)) from None

    def _supplied(self, tape: Tape, raw: Any, built: Built) -> tuple[Supplied, ...]:
        """Each gradient with the node that it is, where what was returned can be distinguished."""
        fitted = as_gradients(raw, built.parameters, self._recipe.gradients.text)
        candidates = [(value, array) for value in _leaves(raw) if (array := numbers(value)) is not None]
        found = []
        for gradient in fitted:
            value, array = _taken(candidates, gradient)
            found.append(Supplied(None if value is None else tape.node_of(value), 1.0, array))
        return tuple(found)

    def _at(self, point: Point) -> tuple[Bench, list[Array], Array, Array]:
        recipe = self._recipe
        bench = recipe.bench
        if point.sizes is not None:
            bench = bench.with_sizes(point.sizes)
        X, Y = self.samples_at(point)
        with _complaints_as_failures():
            initial = bench.at(X, Y).initial
        scale = float(np.sqrt(np.mean(np.square(X)))) or 1.0
        return bench, moved(initial, point, scale), X, Y

    def samples_at(self, point: Point) -> tuple[Array, Array]:
        """X (n, features) and Y (n, outputs) of a point."""
        X, Y = self._recipe.data.X, self._recipe.data.Y
        if point.samples is None or point.samples >= len(X):
            return X, Y
        chosen = np.sort(np.random.default_rng(0).permutation(len(X))[: point.samples])
        return X[chosen], Y[chosen]

    def _takes(self, samples: int) -> bool:
        point = Point("", 0, samples)
        try:
            self.run(point)
        except StepFailed:
            return False
        return True


@contextmanager
def _complaints_as_failures() -> Iterator[None]:
    """What the program raises, as `StepFailed`."""
    try:
        yield
    except Complaint as complaint:
        raise StepFailed(complaint.message) from None


def _node_of_number(tape: Tape, raw: Any) -> Node | None:
    """The node of a loss as it was returned: a number, an array of one, or the first of a tuple."""
    if isinstance(raw, tuple) and raw:
        raw = raw[0]
    return tape.node_of(raw)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        if isinstance(value, list):
            yield value
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _taken(candidates: list[tuple[Any, Array]], gradient: Array) -> tuple[Any, Array]:
    """Of what was returned the value that became this gradient; it is taken out of the candidates."""
    for shapes in (True, False):
        for place, (value, array) in enumerate(candidates):
            if shapes and array.shape != gradient.shape:
                continue
            try:
                same = np.array_equal(np.broadcast_to(array, gradient.shape), gradient, equal_nan=True)
            except ValueError:
                same = array.size == gradient.size and np.array_equal(array.ravel(), gradient.ravel(), equal_nan=True)
            if same:
                del candidates[place]
                return value, array
    return None, gradient
