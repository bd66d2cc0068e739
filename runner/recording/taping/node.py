"""What a recorded run consists of: each operation with its place in the source, its operands and its result.

A tape is a list of `Node`s in the order in which they happened. The operands of a node are earlier nodes, so that the
tape can be walked from any value back to what it was made of. Values are copies taken when the node was recorded;
what their code does to its arrays afterwards does not change them.

Arrays are tracked by memory: an array of their code belongs to the block of memory that it lies in, and a block knows
which node wrote each of its elements. A view therefore needs no rule of its own, and a value that is built up by
`x[i] += ...` is a "view" node whose operands are the writes. Python's and NumPy's numbers are tracked by identity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from runner.recording.taping.arguments import Arguments
from runner.recording.taping.region import Region

KINDS: Mapping[str, str] = {
    "leaf": "was there before the window, or came from where nothing is recorded: a parameter, the data, a constant",
    "source": "made by a call without recorded operands: np.zeros(3), rng.normal(size=4)",
    "call": "an operation with a result of its own: a + b, np.exp(x), x.sum(axis=0), a fancy index",
    "view": "the same memory looked at anew: x.T, x[0], or an array read after writes into parts of it",
    "same": "the same value under another name: y = x, return x, an argument list, what their own function returned",
    "write": "stored into a part of an array or all of it: x[i] = v, x += v, out=x, np.add.at",
    "unseen": "the memory was found changed, though no recorded operation had written there",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of their source: lines from 1, columns from 0, both in characters (not bytes), the end not included.

    `text` is the source between start and end as it stands in the file.
    """

    file: Path
    line: int
    column: int
    end_line: int
    end_column: int
    text: str

    @property
    def span(self) -> tuple[int, int, int, int]:
        """Line, column, last line, and the column after the last character."""
        return self.line, self.column, self.end_line, self.end_column

    def __hash__(self) -> int:
        return hash((self.line, self.column, self.end_line, self.end_column))

    def contains(self, other: Place) -> bool:
        """Whether `other` lies inside this piece (or is it)."""
        start, end = (self.line, self.column), (self.end_line, self.end_column)
        return (
            self.file == other.file
            and start <= (other.line, other.column)
            and (other.end_line, other.end_column) <= end
        )


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement of their source, one object for each however often it runs.

    `place` is the whole statement; of a compound one (`for`, `while`, `if`, `with`, ...) it is the expression in its
    header. `kind` is the name of its class in `ast`. `function` is the qualified name of the function it stands in,
    "<module>" outside of any; a lambda or comprehension belongs to the statement around it. `loops` are the `place`s of
    the loops around it in the same function, outermost first.
    """

    place: Place
    kind: str
    function: str
    loops: tuple[Place, ...] = ()


@dataclass(slots=True, eq=False)
class Invocation:
    """One run of one of their functions (or of a module's top level), a lambda or comprehension counted as one too.

    `number` counts from 0 in the order of the first recorded operation; `caller` is the invocation that called it and
    `call` the call expression there, both None where the caller is not their code. `turns` holds the turn (from 0) of
    each loop that was entered, by the loop's place, and changes as it runs.
    """

    number: int
    function: str
    caller: Invocation | None
    call: Place | None
    turns: dict[Place, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Execution:
    """One execution of one statement: in which invocation, and in which turns of the loops around it (outermost first).

    `number` counts the executions; all nodes made by the same execution share it. A statement that calls one of their
    functions goes on with the same execution afterwards.
    """

    number: int
    statement: Statement
    invocation: Invocation
    turns: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Node:
    """One recorded operation and its result.

    `index` is its position in the tape. `kind` is one of `KINDS`; `op` names the operation ("add", "matmul",
    "numpy.exp", "ndarray.sum", "math.exp", "getitem", ...). `value` is the result: an ndarray (read-only, for a write
    the elements that were written), or a number. `place` is the expression whose result it is, or the statement for a
    write; None for leaves. `operands` are the nodes it was made of, in the order of its arguments; `parts` are the
    places of these arguments in the source, one for each operand, None where an argument has none of its own (`*args`).

    `arguments` is what replays it (None where nothing can), `region` the part of `block` that a view or write concerns.
    """

    index: int
    kind: str
    op: str
    value: Any
    place: Place | None
    execution: Execution | None
    operands: tuple[Node, ...] = ()
    parts: tuple[Place | None, ...] = ()
    function: Callable[..., Any] | None = None
    arguments: Arguments | None = None
    region: Region | None = None
    block: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value, () for a number."""
        return np.shape(self.value)

    @property
    def statement(self) -> Statement | None:
        """The statement that the operation belongs to, None for leaves."""
        return None if self.execution is None else self.execution.statement

    @property
    def invocation(self) -> Invocation | None:
        """The run of the function in which it happened, None for leaves."""
        return None if self.execution is None else self.execution.invocation

    @property
    def turns(self) -> tuple[int, ...]:
        """The turns (from 0) of the loops around its statement, outermost first."""
        return () if self.execution is None else self.execution.turns

    @property
    def origin(self) -> Node:
        """This node, or where it only passes a value on ("same") the node that made the value."""
        node = self
        while node.kind == "same" and node.operands:
            node = node.operands[0]
        return node

    def __repr__(self) -> str:
        where = f" {self.place.file.name}:{self.place.line} {self.place.text!r}" if self.place is not None else ""
        operands = ", ".join(str(node.index) for node in self.operands)
        return f"<{self.index}: {self.kind} {self.op}({operands}) {self.shape}{where}>"


# Somebody's names with their values, which may be anything.
Namespace = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The variables just before one execution of a statement, copied deeply where that can be done.

    `variables` are the local ones (those of the module at its top level), `globals_` the module's for a statement
    inside a function; modules, functions and classes are not copied. Running the statement, or another in its place,
    on these changes nothing else.
    """

    execution: Execution
    variables: Namespace
    globals_: Namespace


@dataclass(slots=True)
class NodeList:
    """The recorded operations in the order they happened."""

    nodes: list[Node] = field(default_factory=list)

    def add(
        self,
        kind: str,
        op: str,
        value: Any,
        place: Place | None,
        execution: Execution | None,
        operands: tuple[Node, ...] = (),
    ) -> Node:
        """A new node at the end of the tape."""
        node = Node(len(self.nodes), kind, op, value, place, execution, operands)
        self.nodes.append(node)
        return node
