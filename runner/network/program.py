"""A network compiled: a flat list of named NumPy calls, still without arrays.

One definition of the computation serves everything: training runs the calls, a trace looks at each result, `describe`
prints them as mathematics, and whoever wants another computation (an optimiser, the watch, a mistake made on purpose)
edits the list. Rejected: methods `forward` and `backward` on a class of layers, where each of these uses would need
its own copy of the mathematics, and a graph, which needs an order that the list already is.

Names follow the mathematics: `A0` inputs (features, n), `W1` (fan_out, fan_in), `b1` (fan_out, 1), `Z1` pre-activation,
`A1` activation, `F1` = f'(Z1), `dZ1` = dLoss/dZ1, `Y` targets (outputs, n), `theta` and `g` all parameters and all
gradients as flat vectors. `[W1 b1]` is the block matrix and `[A0;1]` the inputs with a row of ones below, so that
Z1 = W1 A0 + b1 is one product and dW1 and db1 come from one, too. A name followed by ᵀ is its transpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from numpy.typing import DTypeLike

from runner.network.notation import formula
from runner.network.ops import Op

SAMPLES = "n"
Shape = tuple[int | str, ...]


class Phase(Enum):
    """When a call runs; within a phase the order of the list holds."""

    BATCH = "what depends on the targets alone"
    MASK = "masks, from uniform numbers R that are drawn for each step"
    FORWARD = "forward"
    OUTPUT = "output"
    LOSS = "loss"
    BACKWARD = "backward"
    WATCH = "norms"
    RUNNING = "running statistics"
    UPDATE = "update"
    WATCH_UPDATE = "norms of the update"


Column = tuple[tuple[float], ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that may depend on the number of samples n and on the type of the arrays, or a column of numbers."""

    text: str
    value: Callable[[int, DTypeLike], float | Column]

    def __str__(self) -> str:
        return self.text


def number(value: float) -> Constant:
    """A constant that is the same everywhere."""
    return Constant(f"{value:g}", lambda n, dtype: value)


def column(text: str, values: Sequence[float]) -> Constant:
    """A constant (units, 1) that is the same everywhere: a number for each unit."""
    numbers: Column = tuple((float(value),) for value in values)
    return Constant(text, lambda n, dtype: numbers)


ZERO, ONE = number(0.0), number(1.0)


@dataclass(frozen=True, slots=True)
class Constants:
    """The same constant of several programs that are run as one: a number for each of them."""

    each: tuple[Constant, ...]

    def __str__(self) -> str:
        return str(self.each[0])


Operand = str | Constant | Constants


@dataclass(frozen=True, slots=True)
class Call:
    """One NumPy call: `result` = op(operands).

    `out` names the array that is written where it is larger than what has a meaning (a product that carries the bias
    row along); `layer` is 0 where no layer is meant; `text` prints the call; `note` names the mistake where it is one
    made on purpose.
    """

    phase: Phase
    layer: int
    result: str
    op: Op
    operands: tuple[Operand, ...]
    text: str
    out: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.text}  # {self.note}" if self.note else self.text


@dataclass(frozen=True)
class Program:
    """The calls in their order, and the shape of every array they name.

    `shapes` has the arrays to be made (`n` stands for the number of samples, () for a scalar); `rows` names arrays that
    are the top rows of another, e.g. {"A1": ("[A1;1]", 4)}, `slices` parts of flat vectors, e.g. {"g[1]": ("g",
    slice(0, 12))}, `columns` columns of matrices without samples, e.g. {"W1": ("[W1 b1]", slice(0, 2))}. `filled` are
    the arrays that start as ones.
    """

    calls: tuple[Call, ...]
    shapes: Mapping[str, Shape]
    rows: Mapping[str, tuple[str, int]]
    slices: Mapping[str, tuple[str, slice]]
    filled: frozenset[str]
    columns: Mapping[str, tuple[str, slice]] = field(default_factory=dict)

    def of(self, *phases: Phase) -> tuple[Call, ...]:
        """The calls of some phases, in the order of the list."""
        return tuple(call for call in self.calls if call.phase in phases)

    def position(self, call: Call) -> int:
        """The index of one of its calls in the list, which may hold equal ones."""
        return next(position for position, other in enumerate(self.calls) if other is call)

    def describe(self) -> list[str]:
        """The program as mathematics, a line a call, with a heading a phase."""
        lines: list[str] = []
        for phase in Phase:
            calls = self.of(phase)
            if calls:
                lines += ["", f"# {phase.value}"] if lines else [f"# {phase.value}"]
                lines += [str(call) for call in calls]
        return lines


class Emitter:
    """Writes calls one after the other; the phase and layer that are set hold for the calls that follow."""

    def __init__(self, program: Program | None = None) -> None:
        """Begin an empty program, or go on at the end of one."""
        self.calls: list[Call] = list(program.calls) if program else []
        self.shapes: dict[str, Shape] = dict(program.shapes) if program else {}
        self.rows: dict[str, tuple[str, int]] = dict(program.rows) if program else {}
        self.slices: dict[str, tuple[str, slice]] = dict(program.slices) if program else {}
        self.filled: set[str] = set(program.filled) if program else set()
        self.columns: dict[str, tuple[str, slice]] = dict(program.columns) if program else {}
        self.phase = Phase.FORWARD
        self.layer = 0
        self.note = ""

    def __call__(
        self,
        result: str,
        op: Op,
        *operands: Operand,
        text: str | None = None,
        shape: Shape | None = None,
        out: str | None = None,
    ) -> str:
        """Append `result` = op(operands) and return `result`.

        Without `shape` a new result has the shape of its first operand that is an array; without `text` the op prints
        itself: as `L = log(p)`, or as `log(p)` alone where that is the name of the result.
        """
        target = out or result
        if not self.knows(target):
            self.shapes[target] = self._shape_of(operands) if shape is None else shape
        if text is None:
            computed = formula(op.text, *map(str, operands))
            text = computed if computed == result else f"{result} = {computed}"
        self.calls.append(Call(self.phase, self.layer, result, op, operands, text, target, self.note))
        return result

    @contextmanager
    def during(self, phase: Phase) -> Iterator[None]:
        """Set the phase for a while."""
        before, self.phase = self.phase, phase
        yield
        self.phase = before

    def top_rows(self, name: str, whole: str, rows: int) -> None:
        """Let `name` stand for the first `rows` rows of the array `whole`."""
        self.rows[name] = (whole, rows)

    def slice(self, name: str, whole: str, part: slice) -> None:
        """Let `name` stand for a part of the flat vector `whole`."""
        self.slices[name] = (whole, part)

    def program(self) -> Program:
        """What has been written."""
        return Program(
            tuple(self.calls),
            dict(self.shapes),
            dict(self.rows),
            dict(self.slices),
            frozenset(self.filled),
            dict(self.columns),
        )

    def knows(self, name: str) -> bool:
        """Whether something has been written under this name."""
        return name in self.shapes or name in self.rows or name in self.columns

    def shape(self, name: str) -> Shape:
        """The shape of a named array."""
        if name in self.rows:
            whole, rows = self.rows[name]
            return (rows, *self.shapes[whole][1:])
        if name in self.slices:
            part = self.slices[name][1]
            return (part.stop - part.start,)
        if name in self.columns:
            whole, part = self.columns[name]
            return (*self.shapes[whole][:-1], part.stop - part.start)
        return self.shapes[name]

    def _shape_of(self, operands: tuple[Operand, ...]) -> Shape:
        shapes = (self.shape(operand) for operand in operands if isinstance(operand, str))
        return next((shape for shape in shapes if shape != ()), ())
