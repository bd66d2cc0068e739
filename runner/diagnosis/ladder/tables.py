"""What the rungs learn: AND and XOR, whole truth tables, and how many starts are tried."""

from __future__ import annotations

from typing import Literal

import numpy as np

from runner.datasets.truth_tables import TRUTH_TABLES, all_rows
from runner.diagnosis.ladder.rung_network import Array

Table = Literal["and", "xor"]

# Units of the hidden layer on AND: as many as there are samples, so that what needs equal numbers runs, too.
AND_UNITS = 4
# With so many units nearly every start learns XOR, whatever the activation.
XOR_UNITS = 16
STARTS = 5
# A step of central differences that leaves about ten digits for losses and parameters of size 1; in float32 four.
STEP, STEP_IN_SINGLE = 1e-5, 1e-2
# The relative error up to which a gradient is right here: CS231n ("Gradient checks") calls 1e-4 fine where there are
# kinks, and ELU's, in its second derivative, aren't seen. Mistakes are off by far more; `check` looks closer.
TOLERANCE = 1e-4
# Numbers that agree better than this are computed in float64.
IN_DOUBLE = 1e-6


def samples(table: Table, *, one_hot: bool = False) -> tuple[Array, Array]:
    """X (4, 2), and Y (4, 1), or (4, 2) with a column for each answer."""
    Y = np.array(TRUTH_TABLES[table], dtype=np.float64).reshape(4, 1)
    return all_rows(2), np.hstack([1.0 - Y, Y]) if one_hot else Y
