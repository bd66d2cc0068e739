"""Clouds of points: the two-class flower, rings, blobs, and noise without any rule behind it."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from runner.datasets.base import (
    DatasetSettings,
    FloatArray,
    Listed,
    NonNegative,
    RawData,
    SampleCount,
    Standardize,
    below_high,
    mistake,
    numbered,
    one_hot,
)
from runner.rng import Draws

PairCount = Annotated[SampleCount, Field(ge=2)]
ColumnCount = Annotated[int, Field(ge=1, le=10_000)]
ClassCount = Annotated[int, Field(ge=2, le=1_000)]


class Planar(DatasetSettings):
    """A flower in the plane whose two halves are the classes; the exercise of a well-known course.

    Class j has the angles t from 3.12 j to 3.12 (j + 1), evenly, plus noise, at the distances r = radius
    sin(petals t) plus noise. Draws, for class 0 and then for class 1: standard normals for the angles, then
    for the distances.
    """

    name: Literal["planar"] = "planar"
    samples: PairCount = 400
    petals: Annotated[int, Field(ge=1, le=1_000)] = 4
    radius: Annotated[float, Field(gt=0.0, le=1e100)] = 4.0
    noise: NonNegative = 0.2

    def generate(self, draws: Draws) -> RawData:
        """X (samples, 2), Y (samples, 1): first all of class 0, then all of class 1."""
        half_turn = 3.12  # not pi: the course's own number, which posts about it repeat
        points = []
        for j, count in enumerate(halves(self.samples)):
            angle = np.linspace(j * half_turn, (j + 1) * half_turn, count) + draws.normal(count) * self.noise
            distance = self.radius * np.sin(self.petals * angle) + draws.normal(count) * self.noise
            points.append(np.column_stack((distance * np.sin(angle), distance * np.cos(angle))))
        return RawData(np.vstack(points), second_half(self.samples), "binary", ("x1", "x2"), ("class",))


class Circles(DatasetSettings):
    """A ring of radius 1 (class 0) around a ring of radius `factor` (class 1).

    Angles are evenly spaced. Draws: standard normals (samples, 2) for the noise.
    """

    name: Literal["circles"] = "circles"
    samples: PairCount = 400
    factor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    noise: NonNegative = 0.1

    def generate(self, draws: Draws) -> RawData:
        """X (samples, 2), Y (samples, 1): first the outer ring, then the inner one."""
        rings = []
        for radius, count in zip((1.0, self.factor), halves(self.samples), strict=True):
            angle = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
            rings.append(radius * np.column_stack((np.cos(angle), np.sin(angle))))
        X = np.vstack(rings) + self.noise * draws.normal((self.samples, 2))
        return RawData(X, second_half(self.samples), "binary", ("x1", "x2"), ("inner",))


class Blobs(DatasetSettings):
    """Round clouds, one for each class: of equal size, or with these shares of the samples.

    Draws: uniform numbers (classes, features) for the centres in -box..box, then standard normals (samples,
    features).
    """

    name: Literal["blobs"] = "blobs"
    standardize: Standardize = "inputs"
    samples: PairCount = 300
    classes: ClassCount = 3
    features: ColumnCount = 2
    spread: NonNegative = 1.0
    box: NonNegative = 10.0
    shares: Annotated[tuple[Annotated[float, Field(gt=0.0, lt=1.0)], ...], Listed] | None = None

    @field_validator("shares")
    @classmethod
    def _one_for_each_class(cls, shares: tuple[float, ...] | None, info: ValidationInfo) -> tuple[float, ...] | None:
        classes = info.data.get("classes")
        if shares is not None and classes is not None and len(shares) != classes:
            raise mistake(f"has {len(shares)} numbers, but there are {classes} classes")
        if shares is not None and abs(sum(shares) - 1.0) > 1e-6:
            raise mistake(f"must sum to 1, not to {sum(shares):.6g}")
        return shares

    def generate(self, draws: Draws) -> RawData:
        """X (samples, features), Y (samples, classes) one-hot: class after class."""
        centres = self.box * (2.0 * draws.uniform((self.classes, self.features)) - 1.0)
        labels = np.arange(self.samples) * self.classes // self.samples
        if self.shares is not None:
            ends = np.rint(np.cumsum(self.shares) * self.samples)
            labels = np.minimum(np.searchsorted(ends, np.arange(self.samples), side="right"), self.classes - 1)
        X = centres[labels] + self.spread * draws.normal((self.samples, self.features))
        classes = tuple(f"blob {label}" for label in range(self.classes))
        return RawData(X, one_hot(labels, self.classes), "classes", numbered("x", self.features), classes)


class RandomIntegers(DatasetSettings):
    """Integers as inputs, and labels that have nothing to do with them: there is nothing to learn.

    Draws: integers (samples, features) in low..high-1, then (samples, outputs) labels of 0 or 1, or where
    `classes` is set one class for each sample.
    """

    name: Literal["random_integers"] = "random_integers"
    samples: SampleCount = 100
    features: ColumnCount = 3
    low: Annotated[int, Field(ge=-(2**53), le=2**53)] = 0
    high: Annotated[int, Field(ge=-(2**53), le=2**53)] = 21
    outputs: ColumnCount = 2
    classes: ClassCount | None = None

    _range = field_validator("high")(below_high)

    def generate(self, draws: Draws) -> RawData:
        """X (samples, features); Y (samples, outputs) of 0 and 1, or (samples, classes) one-hot."""
        X = draws.integers(self.low, self.high, (self.samples, self.features)).astype(np.float64)
        features = numbered("x", self.features)
        if self.classes is not None:
            labels = draws.integers(0, self.classes, self.samples)
            names = tuple(f"class {label}" for label in range(self.classes))
            return RawData(X, one_hot(labels, self.classes), "classes", features, names)
        Y = draws.integers(0, 2, (self.samples, self.outputs)).astype(np.float64)
        return RawData(X, Y, "multilabel", features, numbered("y", self.outputs))


def halves(samples: int) -> tuple[int, int]:
    """The sizes of two classes; the second has one sample more where the number is odd."""
    return samples // 2, samples - samples // 2


def second_half(samples: int) -> FloatArray:
    """Labels (samples, 1): zeros for the first half, ones for the second."""
    return np.repeat([0.0, 1.0], halves(samples)).reshape(-1, 1)
