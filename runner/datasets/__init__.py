"""The data sets: `FAMILIES` has the class of each name, `load` turns its settings into arrays."""

from __future__ import annotations

from typing import get_args

from runner.datasets.base import DatasetSettings, RawData, Task
from runner.datasets.clouds import Blobs, Circles, Planar, RandomIntegers
from runner.datasets.functions import Formula, Sign, Sine, XPlusOne
from runner.datasets.images import Digits, Mnist
from runner.datasets.inline import Inline
from runner.datasets.loading import Dataset, Split, load
from runner.datasets.scaling import Scaling
from runner.datasets.table import TableSettings
from runner.datasets.truth_tables import Parity, TruthTable

__all__ = ["FAMILIES", "Dataset", "DatasetSettings", "RawData", "Scaling", "Split", "Task", "load"]

_CLASSES: tuple[type[DatasetSettings], ...] = (
    XPlusOne,
    TruthTable,
    Parity,
    Sign,
    Sine,
    Formula,
    Planar,
    Circles,
    Blobs,
    RandomIntegers,
    Mnist,
    Digits,
    TableSettings,
    Inline,
)

# A class serves each name in the Literal of its `name`.
FAMILIES: dict[str, type[DatasetSettings]] = {
    name: family for family in _CLASSES for name in get_args(family.model_fields["name"].annotation)
}
