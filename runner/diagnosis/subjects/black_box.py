"""What is known of a network of which nothing is known: its arrays, and what it answers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class SubjectError(ValueError):
    """A call that the subject did not carry out: it raised, hung, ended its process or gave what can't be used.

    Its text is a sentence. A `ValueError`, since the usual reason is data or parameters that it doesn't take.
    """


class BlackBox(Protocol):
    """Loss, gradients and predictions of a network as functions of its parameters and samples.

    X is (n, features) and Y (n, outputs), both float64, whatever the network itself wants. Parameters are set before
    each call and put back after it; what else the network remembers from call to call stays. Each method raises
    `SubjectError` where the network does not carry out the call.
    """

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each array of parameters."""

    @property
    def names(self) -> tuple[str, ...]:
        """What each is called: "parameters[0]", "W1"."""

    def loss(self, arrays: list[Array], X: Array, Y: Array) -> float:
        """The loss."""

    def gradients(self, arrays: list[Array], X: Array, Y: Array) -> list[Array]:
        """Its gradient, an array for each of the parameters."""

    def predict(self, arrays: list[Array], X: Array) -> Array | None:
        """The outputs (n, outputs); None where it gives none, or nothing but labels."""
