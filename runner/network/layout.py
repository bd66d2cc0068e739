"""How the parameters of a network lie in one flat vector, whatever the network is.

Workspace and watch need no more of a network than this: a compiled one lays out its layers, somebody's own its arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

Vector = NDArray[Any]


@dataclass(frozen=True)
class Block:
    """Parameters side by side in the flat vector whose norms are measured together.

    `index` is counted from 1, `label` is the end of its columns (`grad_norm/layer_1`), `parameters` and `gradient` are
    its names in a program, `segment` and `shape` its place and its form.
    """

    index: int
    label: str
    parameters: str
    gradient: str
    segment: slice
    shape: tuple[int, ...]


class Layout(Protocol):
    """The parts of one flat vector of parameters."""

    @property
    def blocks(self) -> Sequence[Block]:
        """The blocks, in the order of the vector, which they fill."""

    @property
    def parameter_count(self) -> int:
        """The length of the vector."""

    @property
    def inputs(self) -> str:
        """The name of the inputs in a program: (features, n), with a row of ones below where biases are read there."""

    @property
    def bias(self) -> bool:
        """Whether the inputs have that row of ones."""

    @property
    def units(self) -> Mapping[int, int]:
        """How many units each hidden layer has that is watched, by its index; none where layers are not known."""

    @property
    def statistics(self) -> Mapping[str, str]:
        """What is kept beside the parameters: for each name in weights.npz the array of a program."""

    def fill_weights(self, mask: Vector) -> None:
        """Set the entries of a vector of ones (parameters,) that are biases to 0."""

    def arrays(self, theta: Vector) -> Iterator[tuple[Block, str, Vector]]:
        """Each array of parameters as a view of the vector, with its block and its name: W1, b1, ..."""

    def saved(self, theta: Vector) -> dict[str, Vector]:
        """Copies of the parameters of a vector as weights.npz holds them."""

    def to_dict(self) -> Mapping[str, Any]:
        """What run.json says of it."""
