"""What every data set has in common: the keys it takes and the arrays it gives.

A data set is one class: a pydantic model of its keys with, beside them, the method that makes its samples. A
new one is a class and an entry in `runner.datasets.FAMILIES`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from runner.rng import Draws

Task = Literal["regression", "binary", "classes", "multilabel"]
Standardize = Literal["none", "inputs", "both"]
ScalingKind = Literal["standard", "minmax"]
FloatArray = NDArray[np.float64]

# Ten million samples of one feature are 80 MB: more is a typo, not a data set for this runner.
SampleCount = Annotated[int, Field(ge=1, le=10_000_000)]
# Sums, products and powers of bounds up to this size stay within float64.
Bound = Annotated[float, Field(ge=-1e100, le=1e100)]
NonNegative = Annotated[float, Field(ge=0.0, le=1e100)]
Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
# YAML knows no tuples; the elements of the list are checked strictly all the same.
Listed = Field(strict=False)
# numpy.random.RandomState takes no more than 32 bits.
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


@dataclass(frozen=True)
class RawData:
    """The arrays of a data set before splitting and scaling, in float64.

    `X` is (n, features) and `Y` (n, outputs): real numbers for "regression", 0 or 1 for "binary" (one output)
    and "multilabel", one-hot rows for "classes". `features` names the columns of X, `targets` those of Y (for
    "classes" the classes). `X_test` and `Y_test` are samples that the data set itself holds out.
    """

    X: FloatArray
    Y: FloatArray
    task: Task
    features: tuple[str, ...]
    targets: tuple[str, ...]
    X_test: FloatArray | None = None
    Y_test: FloatArray | None = None


class DatasetSettings(BaseModel, ABC):
    """The keys of every data set.

    `standardize` says what is scaled and `scaling` how, by what the training split shows. `folds` parts the samples
    into so many and `fold` is the one to validate on: k-fold cross-validation, a run for each.
    """

    # Defaults are validated too: a `low` alone can empty the range up to the `high` that stands in the model.
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True, defer_build=True
    )

    name: str
    seed: Seed | None = None
    standardize: Standardize = "none"
    scaling: ScalingKind = "standard"
    valid_fraction: Fraction = 0.0
    test_fraction: Fraction = 0.0
    folds: Annotated[int, Field(ge=2)] | None = None
    fold: Annotated[int, Field(ge=0)] = 0

    @field_validator("test_fraction")
    @classmethod
    def _leave_samples_to_train_on(cls, test_fraction: float, info: ValidationInfo) -> float:
        valid_fraction = info.data.get("valid_fraction", 0.0)
        if valid_fraction + test_fraction >= 1.0:
            raise mistake(
                f"valid_fraction {valid_fraction:g} and test_fraction {test_fraction:g} must sum to less "
                "than 1: no sample is left to train on"
            )
        return test_fraction

    @field_validator("scaling")
    @classmethod
    def _something_to_scale(cls, scaling: str, info: ValidationInfo) -> str:
        if scaling != "standard" and info.data.get("standardize") == "none":
            raise mistake(f"{scaling} says how to scale: set dataset.standardize=inputs (or both) as well")
        return scaling

    @field_validator("folds")
    @classmethod
    def _one_way_to_validate(cls, folds: int | None, info: ValidationInfo) -> int | None:
        if folds is not None and info.data.get("valid_fraction", 0.0) > 0.0:
            raise mistake("a fold is the validation split: set dataset.valid_fraction=0 beside dataset.folds")
        return folds

    @field_validator("fold")
    @classmethod
    def _one_of_the_folds(cls, fold: int, info: ValidationInfo) -> int:
        folds = info.data.get("folds")
        if folds is None and fold > 0:
            raise mistake("needs dataset.folds, the number of folds")
        if folds is not None and fold >= folds:
            raise mistake(f"must be one of 0..{folds - 1}, since dataset.folds is {folds}")
        return fold

    @property
    def validates(self) -> bool:
        """Whether some samples are held out to validate on."""
        return self.valid_fraction > 0.0 or self.folds is not None

    @abstractmethod
    def generate(self, draws: Draws) -> RawData:
        """The samples; every random number comes from `draws`, in the order that the class's docstring gives.

        Raises `runner.errors.UserError` where the settings or the files that they name give no data.
        """


def mistake(message: str) -> PydanticCustomError:
    """The error that a validator raises, so that pydantic passes `message` on word for word."""
    return PydanticCustomError("dataset", "{message}", {"message": message})


def below_high(high: float, info: ValidationInfo) -> float:
    """Validator of a `high` that stands after a `low`: the range between them must not be empty."""
    low = info.data.get("low")
    if low is not None and not low < high:
        raise mistake(f"the range is empty: high is {high:g}, which is not above low, {low:g}")
    return high


def numbered(letter: str, count: int) -> tuple[str, ...]:
    """Names for columns: ("x",) for one, ("x1", "x2", ...) for several."""
    return (letter,) if count == 1 else tuple(f"{letter}{i}" for i in range(1, count + 1))


def one_hot(labels: NDArray[np.integer], classes: int) -> FloatArray:
    """Rows of zeros with a one at the label; `labels` (n,) in 0..classes-1, result (n, classes)."""
    encoded = np.zeros((len(labels), classes))
    encoded[np.arange(len(labels)), labels] = 1.0
    return encoded
