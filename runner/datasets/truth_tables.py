"""Functions of bits, with every row of their truth table as a sample."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from runner.datasets.base import DatasetSettings, FloatArray, RawData, numbered
from runner.rng import Draws

# The value for the inputs 00, 01, 10, 11.
TRUTH_TABLES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}


class TruthTable(DatasetSettings):
    """A function of two bits: four samples, in the order 00, 01, 10, 11. Draws nothing."""

    name: Literal["and", "or", "nand", "xor"]

    def generate(self, draws: Draws) -> RawData:
        """X (4, 2) and Y (4, 1) of zeros and ones."""
        Y = np.array(TRUTH_TABLES[self.name], dtype=np.float64).reshape(4, 1)
        return RawData(all_rows(2), Y, "binary", ("a", "b"), (f"a {self.name} b",))


class Parity(DatasetSettings):
    """Whether the number of ones is odd: all 2^bits rows, counting upwards. Draws nothing."""

    name: Literal["parity"] = "parity"
    bits: Annotated[int, Field(ge=1, le=16)] = 4

    def generate(self, draws: Draws) -> RawData:
        """X (2^bits, bits) and Y (2^bits, 1) of zeros and ones."""
        X = all_rows(self.bits)
        return RawData(X, X.sum(axis=1, keepdims=True) % 2, "binary", numbered("x", self.bits), ("odd",))


def all_rows(bits: int) -> FloatArray:
    """The binary numbers 0..2^bits - 1, most significant bit first; (2^bits, bits)."""
    return (np.arange(2**bits)[:, None] >> np.arange(bits)[::-1] & 1).astype(np.float64)
