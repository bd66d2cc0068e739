"""What is known of the variables where a statement runs: what each one is, its shape, how it is written there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a variable holds."""

    PARAMETER = "parameter"
    GRADIENT = "gradient"  # of a parameter
    ACTIVATION = "activation"
    PREACTIVATION = "preactivation"
    DATA = "data"
    TARGET = "target"
    DELTA = "delta"  # the derivative by a value in between
    DERIVATIVE = "derivative"  # made from forward values only, in the backward part
    COUNT = "count"  # a whole number: of samples, features, layers
    SCALAR = "scalar"
    OTHER = "other"


SIGNALS = frozenset({Kind.ACTIVATION, Kind.PREACTIVATION, Kind.DATA})
_GROUPS = (
    SIGNALS,
    frozenset({Kind.PARAMETER, Kind.GRADIENT}),
    frozenset({Kind.DELTA, Kind.GRADIENT}),
    frozenset({Kind.DERIVATIVE}),
    frozenset({Kind.TARGET, Kind.DATA}),
    frozenset({Kind.ACTIVATION, Kind.TARGET}),
    frozenset({Kind.COUNT}),
    frozenset({Kind.SCALAR}),
)


def alike(one: Kind, other: Kind) -> bool:
    """Whether a variable of one kind may have been written where the other was meant."""
    return any(one in group and other in group for group in _GROUPS)


@dataclass(frozen=True)
class Variable:
    """A variable as it can be written at a statement: `A1`, `self.W2`, `cache["Z1"]`, `self.acts[k - 1]`.

    `shape` is () for a single number. `identity` is the same for two ways to write one object.
    """

    text: str
    kind: Kind
    shape: tuple[int, ...] = ()
    identity: int = 0


@dataclass(frozen=True)
class Function:
    """A function of one array that can be called at a statement, as it is written: `sigmoid_prime(%s)`."""

    form: str

    def call(self, argument: str) -> str:
        """The call with an argument."""
        return self.form % argument


@dataclass(frozen=True)
class Scope:
    """All of that for one statement. `lists` are lists and tuples of arrays, of the kind of their first.

    `counts` are the expressions of a number of samples or features that can be written there (`len(X)`, `m`),
    `numbers` the literals of the file, `ratio` by what its result is too large where that is one factor for the whole
    of it, `result_shape` the shape that its result has or should have, `unread` the names that its function
    gives and never reads. `matrices`: values are `np.matrix`, whose `*` is
    the matrix product.
    """

    variables: tuple[Variable, ...] = ()
    functions: tuple[Function, ...] = ()
    counts: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    ratio: float | None = None
    result_shape: tuple[int, ...] | None = None
    lists: tuple[Variable, ...] = ()
    numpy: str = "np"
    matrices: bool = False
    unread: frozenset[str] = frozenset()
    _by_text: dict[str, Variable] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._by_text.update({_normal(v.text): v for v in self.variables})

    def known(self, text: str) -> Variable | None:
        """The variable that is written so, if it is one."""
        return self._by_text.get(_normal(text))

    def of(self, *kinds: Kind) -> Iterator[Variable]:
        """The variables of some kinds."""
        return (v for v in self.variables if v.kind in kinds)

    @property
    def signals(self) -> tuple[Variable, ...]:
        """The arrays of the forward pass."""
        return tuple(self.of(*SIGNALS))


def _normal(text: str) -> str:
    return "".join(text.split()).replace('"', "'")
