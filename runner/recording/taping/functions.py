"""What replays an operation that is no plain call: looking up, storing, changing an argument, one of several results.

Each is a function of the values of the operands, so that it can be run again and differentiated like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Chosen:
    """`array[index]`, or `array.flat[index]`."""

    flat: bool = False

    def __call__(self, array: Any, index: Any) -> Any:
        """The element, view or selection."""
        return array.flat[index] if self.flat else array[index]


@dataclass(frozen=True)
class Store:
    """What a place of `shape` holds after a value was stored into it.

    `last` says for a fancy index that names elements several times which of the numbers stored into an element is left.
    """

    shape: tuple[int, ...]
    last: NDArray[np.intp] | None = None

    def __call__(self, value: Any) -> Any:
        """The value spread over the place."""
        value = np.asarray(value)
        while value.ndim > len(self.shape):
            value = value[0]  # NumPy lets go of leading axes of length 1
        stored = np.broadcast_to(value, self.shape)
        return stored if self.last is None else stored.reshape(-1)[self.last]


@dataclass(frozen=True)
class Effect:
    """What argument number `position` (or the one of that name) holds after `function` has changed it in place."""

    function: Callable[..., Any]
    position: int | str

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """The argument as it is after the call, which changes a copy."""
        changed = np.array(keywords[self.position] if isinstance(self.position, str) else args[self.position])
        if isinstance(self.position, str):
            keywords = {**keywords, self.position: changed}
        else:
            args = (*args[: self.position], changed, *args[self.position + 1 :])
        self.function(*args, **keywords)
        return changed


@dataclass(frozen=True)
class Picked:
    """One of the numbers or arrays that `function` gives together, by its position in the nested lists or tuples."""

    function: Callable[..., Any]
    path: tuple[int, ...]

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """That one result."""
        result = self.function(*args, **keywords)
        for position in self.path:
            result = result[position]
        return result


@dataclass(frozen=True)
class Method:
    """A method called as a function of its object."""

    name: str

    def __call__(self, owner: Any, *args: Any, **keywords: Any) -> Any:
        """The result of the method."""
        return getattr(owner, self.name)(*args, **keywords)


def last_of(positions: NDArray[np.intp] | None) -> NDArray[np.intp] | None:
    """For each position the number of its last occurrence (positions counted flat); None where each occurs once."""
    if positions is None or positions.size < 2:
        return None
    flat = positions.ravel()
    order = np.arange(flat.size)
    last = np.zeros(int(flat.max()) + 1, np.intp)
    last[flat] = order
    found = last[flat].reshape(positions.shape)
    return None if np.array_equal(found.ravel(), order) else found
