"""What is known of somebody's network: the shapes of its arrays, and functions of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class BlackBox(Protocol):
    """A network under suspicion, as functions of its parameters.

    Samples X are (n, features), targets Y (n, outputs). The parameters are given anew in every call and left as they
    were before it; anything else that the network remembers, it may remember. A call that fails raises `BlackBoxError`.
    """

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of its parameter arrays, in its order."""
        ...

    def loss(self, arrays: Sequence[Array], X: Array, Y: Array) -> float:
        """Its loss."""
        ...

    def gradients(self, arrays: Sequence[Array], X: Array, Y: Array) -> list[Array]:
        """Its gradients, one array for each of `shapes`."""
        ...

    def predict(self, arrays: Sequence[Array], X: Array) -> Array | None:
        """Its predictions, of any shape; None where it has none to tell."""
        ...
