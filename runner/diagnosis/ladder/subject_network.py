"""Somebody's own network on a rung: built in the rung's sizes, its formulas recognised from its loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from runner.diagnosis.gradients.gradient_check import ArrayCheck, check_gradient
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.ladder.rung_network import Array, Formulas
from runner.diagnosis.ladder.tables import IN_DOUBLE, STARTS, STEP, STEP_IN_SINGLE, TOLERANCE
from runner.diagnosis.recognition.layout import Layout, layouts
from runner.diagnosis.recognition.recognised import Recognised
from runner.diagnosis.subjects.checking import check_black_box
from runner.diagnosis.subjects.explaining import recognised_in, with_layers
from runner.diagnosis.subjects.points import Point, demands_of, random_arrays
from runner.diagnosis.subjects.sides import BothSides
from runner.network.arrays import ParameterArray
from runner.settings.diagnosis import SubjectSettings
from runner.subjects.layers import arrays_of
from runner.subjects.process.proxy import Subject
from runner.subjects.samples import Samples

# Seconds for finding out what it computes; what can be found out takes a fraction of one.
RECOGNISING = 1.5
# What hand arithmetic and a recognised loss may differ by, beyond the precision of the numbers themselves.
_ROUNDING = 100.0


class SubjectNetwork:
    """A subject on a rung; a `RungNetwork`.

    Its flat parameters are its arrays in its own order. `answers` says whether what it predicts can be compared with
    the targets; where that isn't known, its loss alone tells whether it has learnt. `recognising` is for how many
    seconds it may be found out what it computes.
    """

    most_steps = 1000

    def __init__(
        self,
        subject: Subject,
        settings: SubjectSettings,
        sizes: Sequence[int],
        budget: float,
        *,
        answers: bool,
        recognising: float = RECOGNISING,
    ) -> None:
        self._recognising = recognising
        self.X, self.Y = subject.X, subject.Y
        self.notes: list[str] = []
        self.answers = answers
        self._subject, self._settings, self._sizes, self._budget = subject, settings, tuple(sizes), budget
        self._named = arrays_of(subject.names, subject.shapes, self.X.shape[1], self.Y.shape[1])
        self._ends = np.cumsum([array.size for array in subject.initial])
        if subject.updates:
            subject.start_anew = True  # what updates may carry momentum along
            self.notes.append(f"it only updates: its gradient is (before - after) / lr, with lr = {subject.lr:g}")

    def __str__(self) -> str:
        return f"{self._subject.built}: {self._shapes}"

    @property
    def arrays(self) -> str:
        """How it was built, and which arrays it has then."""
        return f"built as {self._subject.built} it has {self._shapes}"

    @property
    def _shapes(self) -> str:
        pairs = zip(self._subject.names, self._subject.shapes, strict=True)
        return ", ".join(f"{name} {shape}" for name, shape in pairs)

    @property
    def layers(self) -> int:
        """How many layers its arrays make."""
        return max(part.layer for part in self._named)

    @property
    def is_one_layer(self) -> bool:
        """Whether it is one layer of as many neurons as there are targets, with biases or without."""
        k, numbers = self.Y.shape[1], int(self._ends[-1])
        return self.layers == 1 and numbers in (2 * k, 3 * k)

    def has_units(self, units: int) -> bool:
        """Whether its shapes are those of one hidden layer of so many units."""
        return self._layout is not None and self._layout.sizes == (2, units, self.Y.shape[1])

    @cached_property
    def recognised(self) -> Recognised | None:
        """What it computes, as far as its loss tells."""
        return recognised_in(self._subject, self.X, self.Y, self._recognising) if self._recognising else None

    @property
    def precision(self) -> float:
        """That of its numbers."""
        return _ROUNDING * (self.recognised.precision if self.recognised is not None else 1e-9)

    @property
    def formulas(self) -> Formulas | None:
        """Those that were recognised; None where there are none, or where the loss has a penalty of another kind."""
        found = self.recognised
        if found is None or found.penalty or self.layers > 1:
            return None
        context = found.context
        return Formulas(
            activation=context.output.choice,
            loss=context.loss,
            options=context.options,
            bias=found.layout.bias,
            weight_decay=context.weight_decay,
            scale=found.scale(len(self.X)),
        )

    @property
    def hidden(self) -> Sequence[str] | None:
        """The hidden activations that were recognised."""
        return (
            None if self.recognised is None else [c.name for c in self.recognised.context.architecture.activations[:-1]]
        )

    @property
    def has_bias(self) -> bool:
        """Whether there are biases among its arrays."""
        return self._layout is None or self._layout.bias

    def without_decay(self) -> SubjectNetwork:
        """Itself: its penalty is its own."""
        return self

    def starts(self) -> Sequence[Array]:
        """As it starts by itself, and random ones."""
        more = [_flat(random_arrays(self._parts, self.X, np.random.default_rng(seed))) for seed in range(1, STARTS)]
        return [_flat(self._subject.initial), *more]

    def names(self) -> Sequence[str]:
        """w1, w2, b of one neuron; else NAME[0, 1] of its arrays."""
        layout = self._layout
        if layout is not None and layout.sizes == (2, 1):
            ours = ["w1", "w2", "b"]
            return [ours[abs(int(entry)) - 1] for entry in _flat(layout.arrays(np.arange(1.0, 4.0)))]
        return [
            f"{part.name}[{', '.join(map(str, index))}]"
            for part in self._parts
            for index in np.ndindex(part.entries.shape)
        ]

    def moved(self, theta: Array, seed: int, share: float = 0.3) -> Array:
        """Moved by a share of what random parameters are."""
        rng = np.random.default_rng(seed)
        return np.asarray(theta + share * _flat(random_arrays(self._parts, self.X, rng)))

    def neurons(self, weights: Array, biases: Array) -> Array:
        """As its own arrays, by the layout that was recognised."""
        layout = self._layout
        assert layout is not None
        rows = np.hstack([weights, biases[:, None]]) if layout.bias else weights
        return _flat(layout.arrays(rows.ravel()))

    def layer_rows(self, theta: Array) -> list[Array]:
        """The parameters of each hidden unit, where the shapes tell which they are."""
        layout = self._layout
        if layout is None or len(layout.layers) < 2:
            return []
        first = layout.architecture.layers[0]
        return list(layout.theta(self._arrays(theta))[first.segment].reshape(first.fan_out, first.columns))

    def loss(self, theta: Array) -> float:
        """The loss that it reports."""
        return self._subject.loss(self._arrays(theta), self.X, self.Y)

    def gradient(self, theta: Array) -> Array:
        """The gradient that it gives."""
        return _flat(self._subject.gradients(self._arrays(theta), self.X, self.Y))

    def slopes(self, theta: Array) -> Array:
        """Central differences, all of them asked for at once."""
        which = np.concatenate([np.full(part.entries.size, index) for index, part in enumerate(self._parts)])
        entries = np.concatenate([np.arange(part.entries.size) for part in self._parts])
        step = STEP if self.precision < IN_DOUBLE else STEP_IN_SINGLE
        values = np.concatenate([theta + step, theta - step])
        losses = self._subject.losses(
            self._arrays(theta), self.X, self.Y, np.tile(which, 2), np.tile(entries, 2), values
        )
        above, below = np.split(losses, 2)
        return np.asarray((above - below) / (2 * step))

    def outputs(self, theta: Array) -> Array | None:
        """What it predicts, where that can be compared with the targets."""
        return self._subject.predict(self._arrays(theta), self.X) if self.answers else None

    def overflows(self, theta: Array) -> bool:
        """Not seen from outside."""
        return False

    def checks(self, theta: Array, point: str) -> list[ArrayCheck]:
        """Against extrapolated differences, with what its precision allows."""
        arrays = self._arrays(theta)
        demands = demands_of(self._subject, Point(point, arrays, self.X, self.Y))
        demands = replace(demands, tolerance=max(demands.tolerance, TOLERANCE))
        sides = BothSides(self._subject, arrays, self.X, self.Y, demands.epsilon)
        rng = np.random.default_rng(0)
        return check_gradient(self._parts, theta, self.gradient(theta), sides, point, rng, demands)

    def causes(self) -> list[GradientMistake]:
        """What the whole check of a subject finds, with the lines of its file."""
        samples = Samples(self.X, self.Y)
        return list(check_black_box(self._settings, samples, self._sizes, self._budget).causes)

    @cached_property
    def _parts(self) -> list[ParameterArray]:
        return self._named if self.recognised is None else with_layers(self._named, self.recognised)

    @cached_property
    def _layout(self) -> Layout | None:
        if self.recognised is not None:
            return self.recognised.layout
        return next(iter(layouts(self._subject.shapes, self.X.shape[1], (self.Y.shape[1],))), None)

    def _arrays(self, theta: Array) -> list[Array]:
        parts = np.split(theta, self._ends[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self._subject.shapes, strict=True)]


def _flat(arrays: Sequence[Array]) -> Array:
    return np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])
