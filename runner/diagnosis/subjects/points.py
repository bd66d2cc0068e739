"""Where the gradient of a subject is looked at, and how closely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.gradient_check import MANY, MOST_BIASES, Demands
from runner.network.arrays import ParameterArray
from runner.subjects.complaint import SubjectError
from runner.subjects.process.proxy import Subject

Array = NDArray[np.float64]

# Of more parameters than these fewer are looked at, and of `MANY` on fewer samples.
_SOME = 1_000
_SAMPLES, _FEW_SAMPLES = 128, 32
_FEW_ENTRIES, _SOME_ENTRIES = 24, 64
_STEPS = 20
# How far a step of training goes, as a share of the size of the parameters.
_STRIDE = 0.02
# In float32 central differences are good to 2e-4 at best.
FLOAT32 = Demands(tolerance=1e-3, epsilon=float(np.finfo(np.float32).eps))


@dataclass(frozen=True)
class Point:
    """Parameters, samples X (n, features) and targets Y (n, outputs)."""

    name: str
    arrays: list[Array]
    X: Array
    Y: Array


def points_of(subject: Subject, parts: Sequence[ParameterArray]) -> Iterator[Point]:
    """The start, near it, on fewer samples, and after some steps of training."""
    rng = np.random.default_rng(0)
    X, Y = samples_of(subject)
    moved = [one + 0.3 * other for one, other in zip(subject.initial, random_arrays(parts, X, rng), strict=True)]
    if not is_large(subject):  # near it more is seen: biases of zero hide mistakes
        yield Point("the initial parameters", subject.initial, X, Y)
    yield Point("these moved at random", moved, X, Y)
    half = len(X) // 2 + 1
    if 1 < half < len(X) and not is_large(subject) and _takes(subject, X[:half], Y[:half]):
        yield Point("these moved, on half of the samples", moved, X[:half], Y[:half])
    trained = _trained(subject, X, Y)
    if trained is not None:
        yield Point(f"those after {_STEPS} steps", trained, X, Y)


def samples_of(subject: Subject) -> tuple[Array, Array]:
    """Samples to look at: no more than needed, or all where it takes no other number."""
    n, most = len(subject.X), _FEW_SAMPLES if is_large(subject) else _SAMPLES
    if n > most:
        chosen = np.sort(np.random.default_rng(0).permutation(n)[:most])
        X, Y = subject.X[chosen], subject.Y[chosen]
        if _takes(subject, X, Y):
            return X, Y
    return subject.X, subject.Y


def is_large(subject: Subject) -> bool:
    """Whether it has more parameters than can all be looked at."""
    return _count(subject) > MANY


def demands_of(subject: Subject, point: Point) -> Demands:
    """How closely is looked: at few entries of many, with less precision at what is computed in float32."""
    count = _count(subject)
    most = _FEW_ENTRIES if count > MANY else _SOME_ENTRIES if count > _SOME else MOST_BIASES
    loss = subject.loss(point.arrays, point.X, point.Y)
    gradients = np.concatenate([array.ravel() for array in subject.gradients(point.arrays, point.X, point.Y)])
    telling = gradients[np.isfinite(gradients) & (gradients != 0)]
    narrow = _is_float32(np.array([loss])) or (len(telling) > 2 and _is_float32(telling))
    return replace(FLOAT32 if narrow else Demands(), most_weights=most, most_biases=most)


def random_arrays(parts: Sequence[ParameterArray], X: Array, rng: np.random.Generator) -> list[Array]:
    """Parameters at which no unit is flat: W of variance about 1/fan_in for inputs of size 1."""
    size = float(np.sqrt(np.mean(np.square(X)))) or 1.0
    found = []
    for part in parts:
        array = rng.normal(size=part.entries.shape)
        if part.is_bias:
            array *= 0.5
        else:
            fan = sum(part.entries.shape) / max(part.entries.ndim, 1) or 1.0
            array /= np.sqrt(fan) * (size if part.layer == 1 else 1.0)
        found.append(np.asarray(array, dtype=np.float64))
    return found


def _count(subject: Subject) -> int:
    return sum(array.size for array in subject.initial)


def _is_float32(values: Array) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.isfinite(values).all() and (values.astype(np.float32) == values).all() and values.any())


def _takes(subject: Subject, X: Array, Y: Array) -> bool:
    try:
        subject.loss(subject.initial, X, Y)
        subject.gradients(subject.initial, X, Y)
    except SubjectError:
        return False
    return True


def _trained(subject: Subject, X: Array, Y: Array) -> list[Array] | None:
    """The parameters after some steps down the subject's own gradient, each a share of their size."""
    arrays = [array.copy() for array in subject.initial]
    for _ in range(_STEPS):
        try:
            gradients = subject.gradients(arrays, X, Y)
        except SubjectError:
            return None
        with np.errstate(all="ignore"):
            length, size = _norm(gradients), _norm(arrays) or 1.0
        if not 0.0 < length < np.inf:
            return None
        arrays = [one - _STRIDE * size / length * step for one, step in zip(arrays, gradients, strict=True)]
    return arrays


def _norm(arrays: Sequence[Array]) -> float:
    return float(np.linalg.norm(np.concatenate([array.ravel() for array in arrays])))
