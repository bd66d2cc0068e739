"""What a black box answers at random parameters, on several numbers of samples, in calls one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import random_parameters
from runner.diagnosis.gradients.replays import Replays
from runner.diagnosis.recognition.black_box import BlackBox
from runner.diagnosis.recognition.probing import SINGLE, Samples, in_single
from runner.diagnosis.recognition.recognised import Recognised
from runner.subjects.black_box import BlackBoxError

Array = NDArray[np.float64]

# Samples of a call: enough to tell samples from units, and cheap.
_SAMPLES = 12


@dataclass(frozen=True)
class Answer:
    """What was asked, arrays and samples X (n, features), Y as the box takes it, and answered: loss, gradients.

    `targets` (n, outputs) are what its loss compares with.
    """

    arrays: list[Array]
    X: Array
    Y: Array
    targets: Array
    loss: float
    gradients: list[Array]


@dataclass(frozen=True)
class Recording:
    """The answers of a black box in their order, as the box that was `recognised` gave them.

    `samples` is how many its data has, `tolerance` the relative difference that rounding explains; `remembers` says
    that its gradients are others after a loss of other samples; `replays` are networks of ours in the same calls.
    """

    recognised: Recognised
    answers: tuple[Answer, ...]
    samples: int
    tolerance: float
    remembers: bool
    replays: Replays = field(default_factory=Replays)

    @property
    def gives_parameters(self) -> bool:
        """Whether the gradients are the parameters themselves, however the loss is scaled."""
        return all(
            np.array_equal(gradient, array)
            for answer in self.answers
            for gradient, array in zip(answer.gradients, answer.arrays, strict=True)
        )


def record(black_box: BlackBox, recognised: Recognised, X: Array, Y: Array, rng: np.random.Generator) -> Recording:
    """Loss and gradients in some calls; on as many samples as there are where the box takes no other number."""
    samples = Samples(in_single(X), np.asarray(Y, dtype=np.float64), recognised.classes)
    n = min(len(X), _SAMPLES)
    few = n // 2 + 1 if n > 2 else n + 1
    try:
        answers = [_answer(black_box, recognised, samples, size, rng) for size in (few, n, n + 3, few, n)]
    except BlackBoxError:
        answers = [_answer(black_box, recognised, samples, len(X), rng) for _ in range(5)]
    rounded = all(np.array_equal(g, in_single(g)) for answer in answers for g in answer.gradients)
    tolerance = max(recognised.precision, SINGLE if rounded else 0.0)
    remembers = _remembers(black_box, answers[0], answers[3], tolerance)
    return Recording(recognised, tuple(answers), len(X), tolerance, remembers)


def _remembers(black_box: BlackBox, first: Answer, other: Answer, tolerance: float) -> bool:
    """Whether the gradients of the first call come out differently after a loss on as many other samples."""
    try:
        black_box.loss(first.arrays, other.X, other.Y)
        again = black_box.gradients(first.arrays, first.X, first.Y)
    except BlackBoxError:
        return False
    return any(
        np.linalg.norm(g - h) > tolerance * np.linalg.norm(g) for g, h in zip(first.gradients, again, strict=True)
    )


def _answer(
    black_box: BlackBox, recognised: Recognised, samples: Samples, size: int, rng: np.random.Generator
) -> Answer:
    X, Y = samples.draw(size, rng)
    arrays = recognised.arrays(in_single(random_parameters(recognised.context.architecture, X, rng)))
    loss = black_box.loss(arrays, X, Y)
    gradients = [np.asarray(gradient, dtype=np.float64) for gradient in black_box.gradients(arrays, X, Y)]
    return Answer(arrays, X, Y, samples.targets(Y), loss, gradients)
