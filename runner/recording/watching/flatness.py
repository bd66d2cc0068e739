"""Units of an activation that can't learn: 0 for every sample, or where the activation is flat for every sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.events import DEAD, SATURATED

# A derivative below this share of the steepest is flat.
FLAT = 0.01

# For each kind of activation what its units can be, and where its values A are so.
FLAT_KINDS: dict[str, tuple[str, Callable[[NDArray[Any]], NDArray[np.bool_]]]] = {
    "relu": (DEAD, lambda A: A == 0),
    "tanh": (SATURATED, lambda A: 1 - A**2 < FLAT),
    "sigmoid": (SATURATED, lambda A: 4 * A * (1 - A) < FLAT),
}


def share_of(kind: str) -> str:
    """What a column calls the share of units of an activation that are lost: `dead`, `saturated`."""
    return FLAT_KINDS[kind][0].removesuffix("_units")
