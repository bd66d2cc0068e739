"""Somebody's own network on a rung: built in the rung's sizes, the formulas of its neuron found out from its loss."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.sides import check_by_calls, is_float32
from runner.diagnosis.ladder.neuron_formulas import NeuronFormulas, formulas_of
from runner.diagnosis.ladder.rung_network import Array, Formulas
from runner.diagnosis.ladder.tables import IN_DOUBLE, STARTS, STEP, STEP_IN_SINGLE, TOLERANCE
from runner.diagnosis.subjects.check import check_subject
from runner.network.arrays import Entries
from runner.settings.diagnosis import SubjectSettings
from runner.subjects.layers import arrays_of
from runner.subjects.process.proxy import Subject
from runner.subjects.samples import Samples

# What rounding explains, in the two types.
_DOUBLE, _SINGLE = 1e-7, 1e-4


class SubjectRung:
    """A subject on a rung; a `RungNetwork`.

    Its flat parameters are its arrays in its own order. `answers` says whether what it predicts can be compared with
    the targets; where that isn't known, its loss alone tells whether it has learnt.
    """

    most_steps = 1000
    # Of hidden layers it is not known what they compute.
    hidden: Sequence[str] | None = None

    def __init__(self, subject: Subject, settings: SubjectSettings, sizes: Sequence[int], *, answers: bool) -> None:
        self.X, self.Y = subject.X, subject.Y
        self.notes: list[str] = []
        self.answers = answers
        self._subject, self._settings, self._sizes = subject, settings, tuple(sizes)
        self._parts = arrays_of(subject.names, subject.shapes, self.X.shape[1], self.Y.shape[1])
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
        return max(part.layer for part in self._parts)

    @property
    def is_one_layer(self) -> bool:
        """Whether it is one layer of as many neurons as there are targets, with biases or without."""
        k, numbers = self.Y.shape[1], int(self._ends[-1])
        return self.layers == 1 and numbers in (2 * k, 3 * k)

    def has_units(self, units: int) -> bool:
        """Whether its shapes are those of one hidden layer of so many units."""
        return self.layers == 2 and len(self._rows) == units

    @cached_property
    def neuron(self) -> NeuronFormulas | None:
        """What one layer of neurons computes, as far as its loss tells."""
        if not self.is_one_layer:
            return None
        stated = self._settings.stated.said
        return formulas_of(self.loss, self._parts, self.X, self.Y, stated, self.precision)

    @cached_property
    def precision(self) -> float:
        """That of its numbers."""
        theta = self.starts()[1]
        return _SINGLE if is_float32(np.array([self.loss(theta), *self.gradient(theta)])) else _DOUBLE

    @property
    def formulas(self) -> Formulas | None:
        """Those of its neurons; None where they are unknown."""
        return None if self.neuron is None else self.neuron.formulas

    @property
    def has_bias(self) -> bool:
        """Whether there are biases among its arrays."""
        within = len(self._rows) > 0 and len(self._rows[0]) > 2
        return any(part.is_bias for part in self._parts) or within or (self.layers == 1 and self._ends[-1] % 3 == 0)

    def without_decay(self) -> SubjectRung:
        """Itself: its penalty is its own."""
        return self

    def starts(self) -> Sequence[Array]:
        """As it starts by itself, and random ones."""
        return [_flat(self._subject.initial), *(self._random(np.random.default_rng(seed)) for seed in range(1, STARTS))]

    def names(self) -> Sequence[str]:
        """w1, w2, b of one neuron; else NAME[0, 1] of its arrays."""
        if self.neuron is not None and len(self.neuron.entries) == 1:
            ours = dict(zip(self.neuron.entries[0].tolist(), ("w1", "w2", "b"), strict=False))
            return [ours[entry] for entry in sorted(ours)]
        return [
            f"{part.name}[{', '.join(map(str, index))}]"
            for part in self._parts
            for index in np.ndindex(part.entries.shape)
        ]

    def moved(self, theta: Array, seed: int, share: float = 0.3) -> Array:
        """Moved by a share of what random parameters are."""
        rng = np.random.default_rng(seed)
        return np.asarray(theta + share * self._random(rng))

    def neurons(self, weights: Array, biases: Array) -> Array:
        """As its own arrays."""
        assert self.neuron is not None
        theta = np.zeros(int(self._ends[-1]))
        theta[self.neuron.entries[:, :2]] = weights
        if self.neuron.formulas.bias:
            theta[self.neuron.entries[:, 2]] = biases
        return theta

    def layer_rows(self, theta: Array) -> list[Array]:
        """The parameters of each hidden unit, where the shapes tell which they are."""
        return [theta[row] for row in self._rows]

    @cached_property
    def _rows(self) -> list[Entries]:
        """Where the parameters of each unit of the first layer stand, where it is a hidden one; else nothing."""
        first = [part.entries for part in self._parts if part.layer == 1]
        if self.layers < 2 or not first:
            return []
        W = max(first, key=np.size)
        if W.ndim != 2 or (W.shape[0] in (2, 3)) == (W.shape[1] in (2, 3)):
            return []
        rows = W.T if W.shape[0] in (2, 3) else W
        others = [one.reshape(len(rows), 1) for one in first if one is not W and one.size == len(rows)]
        return list(np.hstack([rows, *others]))

    def loss(self, theta: Array) -> float:
        """The loss that it reports."""
        return self._subject.loss(self._arrays(theta), self.X, self.Y)

    def gradient(self, theta: Array) -> Array:
        """The gradient that it gives."""
        return _flat(self._subject.gradients(self._arrays(theta), self.X, self.Y))

    def slopes(self, theta: Array) -> Array:
        """Central differences, all of them asked for at once."""
        step = STEP if self.precision < IN_DOUBLE else STEP_IN_SINGLE
        entries = np.tile(np.arange(len(theta)), 2)
        above, below = np.split(self._losses(theta, entries, np.concatenate([theta + step, theta - step])), 2)
        return np.asarray((above - below) / (2 * step))

    def _losses(self, theta: Array, entries: Entries, values: Array) -> Array:
        """The losses with one entry replaced at a time."""
        which = np.searchsorted(self._ends, entries, side="right")
        within = entries - np.concatenate([[0], self._ends])[which]
        return self._subject.losses(self._arrays(theta), self.X, self.Y, which, within, values)

    def outputs(self, theta: Array) -> Array | None:
        """What it predicts, where that can be compared with the targets."""
        return self._subject.predict(self._arrays(theta), self.X) if self.answers else None

    def overflows(self, theta: Array) -> bool:
        """Not seen from outside."""
        return False

    def is_finite(self, theta: Array) -> bool:
        """Whether parameters and loss are finite."""
        return bool(np.isfinite(theta).all() and np.isfinite(self.loss(theta)))

    def checks(self, theta: Array, point: str) -> list[ArrayCheck]:
        """Against extrapolated differences, with what its precision allows."""

        def losses(entries: Entries, values: Array) -> Array:
            return self._losses(theta, entries, values)

        return check_by_calls(self._parts, theta, self.gradient(theta), self.loss(theta), losses, point, TOLERANCE)

    def causes(self) -> list[GradientMistake]:
        """What the whole check of a subject finds, with the lines of its file."""
        return list(check_subject(self._settings, Samples(self.X, self.Y), self._sizes).causes)

    def _random(self, rng: np.random.Generator) -> Array:
        """Parameters at which no unit is flat: W of variance about 1/fan_in."""
        theta = rng.normal(size=int(self._ends[-1]))
        for part in self._parts:
            fan = sum(part.entries.shape) / max(part.entries.ndim, 1)
            theta[part.entries] *= 0.5 if part.is_bias else 1.0 / np.sqrt(fan or 1.0)
        return theta

    def _arrays(self, theta: Array) -> list[Array]:
        parts = np.split(theta, self._ends[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self._subject.shapes, strict=True)]


def _flat(arrays: Sequence[Array]) -> Array:
    return np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])
