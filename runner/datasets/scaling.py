"""Scaling: what is taken from each column and what it is divided by, there and back.

Not scikit-learn's `StandardScaler`: importing it takes as long as the whole start-up may, and a run must be
able to carry the four arrays in an `.npz` without any pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from runner.datasets.base import FloatArray, ScalingKind, Standardize


@dataclass(frozen=True)
class Scaling:
    """What each column is divided by after its `mean`, or its lowest value, is taken from it.

    All float64: (features,) for the inputs, (outputs,) for the targets.
    """

    input_mean: FloatArray
    input_scale: FloatArray
    target_mean: FloatArray
    target_scale: FloatArray

    @classmethod
    def fit(cls, X: FloatArray, Y: FloatArray, standardize: Standardize, scaling: ScalingKind = "standard") -> Self:
        """The scaling of the training samples `X` (n, features), `Y` (n, outputs)."""
        measure = {"standard": moments, "minmax": limits}[scaling]
        inputs = measure(X) if standardize != "none" else identity(X)
        targets = measure(Y) if standardize == "both" else identity(Y)
        return cls(*inputs, *targets)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.floating]]) -> Self:
        """The scaling that `arrays` described; keys other than the four are left alone."""
        return cls(*(np.asarray(arrays[field.name], dtype=np.float64) for field in fields(cls)))

    def arrays(self) -> dict[str, FloatArray]:
        """The four arrays by name, for an `.npz`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def inputs(self, X: NDArray[np.floating]) -> FloatArray:
        """Raw inputs (n, features) in the units that the network was trained on."""
        return standardise(X, self.input_mean, self.input_scale)

    def targets(self, Y: NDArray[np.floating]) -> FloatArray:
        """Raw targets (n, outputs) in the units that the network was trained on."""
        return standardise(Y, self.target_mean, self.target_scale)

    def outputs(self, A: NDArray[np.floating]) -> FloatArray:
        """The outputs of the network (n, outputs), back in the units of the data."""
        return np.asarray(A * self.target_scale + self.target_mean, dtype=np.float64)


def standardise(values: NDArray[np.floating], mean: FloatArray, scale: FloatArray) -> FloatArray:
    """(values - mean) / scale; halved on the way, since the difference of two finite numbers can overflow."""
    with np.errstate(under="ignore"):
        return np.asarray((values * 0.5 - mean * 0.5) / (scale * 0.5), dtype=np.float64)


def identity(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean and scale that change nothing."""
    columns = values.shape[1]
    return np.zeros(columns), np.ones(columns)


def moments(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of each column; scale 1 where a column is constant.

    Columns are brought to magnitude 1 by a power of two first, which is exact: sums and squares of numbers
    near the ends of the range of float64 then neither overflow nor vanish.
    """
    low, high = values.min(axis=0), values.max(axis=0)
    _, exponent = np.frexp(np.maximum(np.abs(low), np.abs(high)))
    with np.errstate(under="ignore"):
        unit = np.ldexp(values, -exponent)
        mean = np.ldexp(unit.mean(axis=0), exponent)
        scale = np.ldexp(unit.std(axis=0), exponent)
    # Equal values have a standard deviation of rounding errors, so compare the values themselves.
    constant = (low == high) | (scale == 0.0)
    return np.where(low == high, low, mean), np.where(constant, 1.0, scale)


def limits(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The lowest value and the range of each column, which bring it to 0..1; range 1 where a column is constant."""
    low, high = values.min(axis=0), values.max(axis=0)
    # A range that is too large for float64 leaves the values within 0..1 all the same, if not up to 1.
    extent = np.minimum(high * 0.5 - low * 0.5, np.finfo(np.float64).max / 2) * 2.0
    return low, np.where(extent == 0.0, 1.0, extent)
