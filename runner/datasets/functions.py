"""Functions of one number x, sampled on a range."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import ValidationInfo, field_validator

from runner.datasets.base import (
    Bound,
    DatasetSettings,
    FloatArray,
    Listed,
    NonNegative,
    RawData,
    SampleCount,
    Standardize,
    below_high,
    mistake,
)
from runner.datasets.expression import ExpressionError, parse
from runner.errors import Problem, UserError
from runner.rng import Draws


class FunctionOfX(DatasetSettings):
    """y = f(x) for numbers x from low to high, and with `test_range` for as many others to test on.

    Draws what a class says, for the samples and then, in the same way, for those to test on.
    """

    samples: SampleCount = 200
    low: Bound = -1.0
    high: Bound = 1.0
    test_range: Annotated[tuple[Bound, Bound], Listed] | None = None

    _range = field_validator("high")(below_high)

    @field_validator("test_range")
    @classmethod
    def _test_range_is_not_empty(cls, test_range: tuple[float, float] | None) -> tuple[float, float] | None:
        if test_range is not None and not test_range[0] < test_range[1]:
            raise mistake(f"the range is empty: its second number must be above {test_range[0]:g}")
        return test_range

    def generate(self, draws: Draws) -> RawData:
        """X (samples, 1), Y (samples, 1), and held out as many in `test_range`."""
        samples = self._between(self.low, self.high, draws)
        if self.test_range is None:
            return samples
        test = self._between(*self.test_range, draws)
        return replace(samples, X_test=test.X, Y_test=test.Y)

    @abstractmethod
    def _between(self, low: float, high: float, draws: Draws) -> RawData:
        """`samples` numbers between low and high and what the function makes of them."""


class XPlusOne(FunctionOfX):
    """y = x + 1 for x from low up to, not including, high. Draws: `samples` integers, or uniform numbers."""

    name: Literal["x_plus_one"] = "x_plus_one"
    standardize: Standardize = "both"
    samples: SampleCount = 1000
    low: Bound = 0.0
    high: Bound = 1000.0
    integers: bool = True

    @field_validator("integers")
    @classmethod
    def _bounds_are_integers(cls, integers: bool, info: ValidationInfo) -> bool:
        bounds = {name: info.data.get(name, 0.0) for name in ("low", "high")}
        bounds |= {f"test_range[{k}]": bound for k, bound in enumerate(info.data.get("test_range") or ())}
        for bound, value in bounds.items():
            if integers and not (value.is_integer() and abs(value) <= 2**53):
                raise mistake(
                    f"integers are drawn between integers of at most 2^53, but {bound} is {value:g}: "
                    "change it, or set integers=false"
                )
        return integers

    def _between(self, low: float, high: float, draws: Draws) -> RawData:
        if self.integers:
            x = draws.integers(int(low), int(high), self.samples).astype(np.float64)
        else:
            x = uniform(draws, low, high, self.samples)
        return function_of_x(x, x + 1.0)


class Sign(FunctionOfX):
    """Whether x is positive (1) or not (0), for x from low to high. Draws: `samples` uniform numbers."""

    name: Literal["sign"] = "sign"

    def _between(self, low: float, high: float, draws: Draws) -> RawData:
        x = uniform(draws, low, high, self.samples).reshape(-1, 1)
        return RawData(x, np.heaviside(x, 0.0), "binary", ("x",), ("positive",))


class Sine(FunctionOfX):
    """y = sin(x) plus noise, for x from low to high.

    Draws: `samples` uniform numbers for x, then as many standard normals for the noise.
    """

    name: Literal["sine"] = "sine"
    standardize: Standardize = "inputs"
    low: Bound = -3.141592653589793
    high: Bound = 3.141592653589793
    noise: NonNegative = 0.0

    def _between(self, low: float, high: float, draws: Draws) -> RawData:
        x = uniform(draws, low, high, self.samples)
        return function_of_x(x, np.sin(x) + self.noise * draws.normal(self.samples))


class Formula(FunctionOfX):
    """Any y = f(x) that `runner.datasets.expression` can read, plus noise, for x from low to high.

    Draws: `samples` uniform numbers for x, then as many standard normals for the noise.
    """

    name: Literal["formula"] = "formula"
    standardize: Standardize = "both"
    formula: str = "x**2"
    noise: NonNegative = 0.0

    @field_validator("formula", mode="before")
    @classmethod
    def _plain_number(cls, formula: object) -> object:
        # In YAML and on the command line `formula: 3` is a number, and a formula all the same.
        is_number = isinstance(formula, int | float) and not isinstance(formula, bool)
        return str(formula) if is_number else formula

    @field_validator("formula")
    @classmethod
    def _can_be_read(cls, formula: str) -> str:
        try:
            parse(formula)
        except ExpressionError as error:
            raise mistake(str(error)) from error
        return formula

    def _between(self, low: float, high: float, draws: Draws) -> RawData:
        x = uniform(draws, low, high, self.samples)
        y = parse(self.formula)(x)
        undefined = x[~np.isfinite(y)]
        if len(undefined):
            others = f", and for {len(undefined) - 1} more of {len(x)} samples" if len(undefined) > 1 else ""
            raise UserError(
                Problem(
                    "dataset.formula",
                    f"not a finite number at x = {undefined[0]:.6g}{others}: "
                    "change the formula, dataset.low or dataset.high",
                    given=self.formula,
                )
            )
        return function_of_x(x, y + self.noise * draws.normal(self.samples))


def uniform(draws: Draws, low: float, high: float, count: int) -> FloatArray:
    """Uniform numbers in low..high, (count,)."""
    return low + (high - low) * draws.uniform(count)


def function_of_x(x: FloatArray, y: FloatArray) -> RawData:
    """The samples of y = f(x), both (n,)."""
    return RawData(x.reshape(-1, 1), y.reshape(-1, 1), "regression", ("x",), ("y",))
