"""The loss of a step: the scalar on its tape that depends on parameters and data, or what a loss function gives.

Where none is written, `assumed` takes the loss whose derivative the first arrays of the backward pass are.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from runner.recording.scenarios.places import is_own_object
from runner.recording.scenarios.steps import Change, ancestors, depending_on, passed
from runner.recording.taping.node import Node, Place
from runner.recording.taping.tape import Tape
from runner.subjects import naming_habits as habits
from runner.subjects.naming_habits import plain

Extra = Callable[[Mapping[str, Any]], Any]

_LOSS_NAME = re.compile(r"loss|cost|error|mse|entropy|nll|objective")
_NO_LOSS = re.compile(r"acc|correct|prev|old|best|history|hist|list")
_ABSOLUTE = {"numpy.abs", "numpy.absolute", "abs", "numpy.fabs"}
_SCALING = {"mean", "sum", "average", "mul", "truediv"}
_MOST, _MOST_PARTS = 12, 24
_HELD = ("data", "value", "val", "item")


class StepRun(Protocol):
    """What a run of a step left."""

    tape: Tape | None
    extra: Any
    before: dict[str, tuple[Any, NDArray[np.float64]]]
    after: dict[str, Any]
    scope: dict[str, Any]


class FoundLoss(Protocol):
    """Where the loss of a step is found again in any of its runs.

    `at_start` or `at_end` compute it within the recording where the step does not. `scale` is what supplied gradients
    are multiplied by, `rate` the learning rate where the step does not write one.
    """

    @property
    def at_start(self) -> Extra | None:
        """What computes it before the step."""

    @property
    def at_end(self) -> Extra | None:
        """What computes it after the step."""

    @property
    def scale(self) -> float:
        """What supplied gradients are multiplied by."""

    @property
    def rate(self) -> float | None:
        """The learning rate."""

    def node(self, run: StepRun) -> tuple[Node, str | None]:
        """The node of the loss, and how it is described where it is assumed; `LookupError` where it isn't there."""
        ...


@dataclass(frozen=True)
class At:
    """A node that is found again on another tape: by its place, and how many have this place before it."""

    place: Place
    op: str
    number: int

    @classmethod
    def of(cls, tape: Tape, node: Node) -> At:
        """Where a node is."""
        assert node.place is not None
        before = [one for one in tape.nodes[: node.index] if one.place == node.place and one.op == node.op]
        return cls(node.place, node.op, len(before))

    def on(self, tape: Tape) -> Node:
        """The node that is there on another tape."""
        same = self.all_on(tape)
        if self.number >= len(same):
            raise LookupError(f"line {self.place.line} is not reached")
        return same[self.number]

    def all_on(self, tape: Tape) -> list[Node]:
        """Every node of this place, by its line and text where the file was changed; `LookupError` if there is none."""
        same = [node for node in tape.nodes if node.place == self.place and node.op == self.op]
        same = same or [node for node in tape.nodes if self._is_near(node)]
        if not same:
            raise LookupError(f"line {self.place.line} is not reached")
        return same

    def _is_near(self, node: Node) -> bool:
        place = node.place
        if place is None or place.file != self.place.file or node.op != self.op:
            return False
        return place.line == self.place.line and (place.text == self.place.text or place.column == self.place.column)


@dataclass(frozen=True)
class Written:
    """A loss that the step computes itself."""

    at: At
    at_start: Extra | None = None
    at_end: Extra | None = None
    scale: float = 1.0
    rate: float | None = None

    def node(self, run: StepRun) -> tuple[Node, str | None]:
        """The scalar at its place."""
        assert run.tape is not None
        return self.at.on(run.tape), None


@dataclass(frozen=True)
class Called:
    """A loss that a function of the program gives, called before or after the step with variables of its names."""

    text: str
    at_start: Extra | None = None
    at_end: Extra | None = None
    scale: float = 1.0
    rate: float | None = None

    def node(self, run: StepRun) -> tuple[Node, str | None]:
        """What the call gave."""
        assert run.tape is not None
        raw = run.extra[0] if isinstance(run.extra, tuple) and run.extra else run.extra
        node = run.tape.node_of(raw)
        if node is None or np.size(node.value) != 1:
            raise LookupError(f"what {self.text} gives can't be followed")
        return node, None


def written_losses(tape: Tape, found: Sequence[Change], ends: Sequence[Node]) -> list[Node]:
    """The scalars of a tape that may be its loss, the likely ones first."""
    ranked = [(_rank(node), -node.index, node) for node in _scalars(tape, found, ends)]
    return [node for rank, _, node in sorted(ranked, key=lambda one: one[:2]) if rank < 3][:_MOST]


def part_losses(tape: Tape, found: Sequence[Change], ends: Sequence[Node]) -> list[Node]:
    """The scalars that are a part of some expression, as the mean in `total += mean * len(batch)`, late ones first."""
    return [node for node in reversed(_scalars(tape, found, ends)) if _rank(node) >= 3][:_MOST_PARTS]


def _scalars(tape: Tape, found: Sequence[Change], ends: Sequence[Node]) -> list[Node]:
    """What depends on the parameters as they are before the step, and is on the way to none of the gradients."""
    leaves = {change.before.index for change in found}
    depending = depending_on(tape, leaves)
    later = depending_on(tape, {passed(end).index for end in ends})
    going_back = {node.index for end in ends for node in ancestors(end)}
    return [
        node
        for node in tape.nodes
        if node.index in depending
        and node.index not in later
        and node.index not in going_back
        and node.kind == "call"
        and node.place is not None
        and _is_real_number(node)
    ]


def binds(tape: Tape, node: Node, found: Sequence[Change]) -> bool:
    """Whether a number is the loss by its name, or sums up arrays: of single numbers every one looks alike."""
    if adds_up(tape, node):
        return False
    if names_it(node):
        return True
    depending = depending_on(tape, {change.before.index for change in found})
    return any(np.size(one.value) > 1 for one in ancestors(node) if one.index in depending)


def under_roots(nodes: Sequence[Node]) -> list[Node]:
    """The numbers of which these are the square roots: who reports the root of a mean of squares descends the mean."""
    roots = [passed(node) for node in nodes]
    found = [passed(node.operands[0]) for node in roots if node.op.rpartition(".")[2] == "sqrt" and node.operands]
    return [node for node in found if node.kind == "call" and node.place is not None]


def names_it(node: Node) -> bool:
    """Whether the program calls a number its loss."""
    return _rank(node) == 0


def held_loss(run: StepRun) -> Called | None:
    """A loss that is an object of theirs, by the number that it holds: `loss.data`."""
    assert run.tape is not None
    for name, value in run.scope.items():
        if not _names_loss(name) or not is_own_object(value):
            continue
        for word in _HELD:
            number = getattr(value, word, None)
            if isinstance(number, float | np.floating | np.ndarray) and np.size(number) == 1:

                def at_end(scope: Mapping[str, Any], name: str = name, word: str = word) -> Any:
                    return getattr(scope[name], word)

                if run.tape.node_of(number) is not None:
                    return Called(f"{name}.{word}", at_end=at_end)
    return None


def adds_up(tape: Tape, node: Node) -> bool:
    """Whether a number is added to what stood in its variable before the step: the sum over many steps is no loss."""
    statement = node.statement
    if statement is None or statement.kind != "AugAssign" or not node.operands:
        return False
    target = statement.place.text.partition("=")[0].rstrip(" +-")
    parts = [part.text if part is not None else "" for part in node.parts]
    if target.strip() in parts:
        held = node.operands[parts.index(target.strip())]
        return held.kind in ("leaf", "source") or not held.operands
    return False


def frozen_loss(tape: Tape, found: Sequence[Change]) -> Node | None:
    """What is named like a loss and made of arrays, though not of any parameter: of outputs that were there before."""
    depending = depending_on(tape, {change.before.index for change in found})
    for node in tape.nodes:
        if node.index in depending or node.kind != "call" or node.place is None or not _is_real_number(node):
            continue
        if _rank(node) == 0 and any(np.size(one.value) > 1 for one in ancestors(node)):
            return node
    return None


def is_monitor(node: Node) -> bool:
    """Whether a number is a mean of absolute values, which is printed and hardly ever descended."""
    while node.operands and (node.kind in ("same", "view") or node.op.rpartition(".")[2] in _SCALING):
        node = max(node.operands, key=lambda one: np.size(one.value))
    return node.op in _ABSOLUTE


def loss_calls(scope: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[Mapping[str, Any]], Any]]]:
    """Calls of functions and methods that look like losses, as text and as what carries it out in a scope."""
    for name, arguments in _candidates(scope):
        text = f"{name}({', '.join(arguments)})"

        def call(at: Mapping[str, Any], name: str = name, arguments: Sequence[str] = tuple(arguments)) -> Any:
            holder, _, method = name.rpartition(".")
            function = getattr(at[holder], method) if holder else at[method]
            return function(*(at[one] for one in arguments))

        yield text, call


def _candidates(scope: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The names of loss functions and methods, with the variables to give them."""
    functions = [(name, one) for name, one in scope.items() if inspect.isfunction(one) and _names_loss(name)]
    for holder, value in scope.items():
        if is_own_object(value):
            named = (key for key in dir(type(value)) if _names_loss(key) and not key.startswith("__"))
            functions += [(f"{holder}.{key}", getattr(value, key)) for key in named if callable(getattr(value, key))]
    for name, function in functions:
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):
            continue
        needed = [one.name for one in parameters if one.default is one.empty]
        for arguments in _arguments(needed, scope):
            yield name, arguments


def _arguments(needed: Sequence[str], scope: Mapping[str, Any]) -> Iterator[list[str]]:
    """Variables for the arguments of these names: of the same name, or of the same role."""
    chosen = []
    for name in needed:
        if name in scope and not callable(scope[name]):
            chosen.append(name)
            continue
        roles = [habits.TARGETS] if plain(name) in habits.TARGETS else [habits.OUTPUTS, habits.INPUTS]
        same = [other for role in roles if plain(name) in role for other in scope if plain(other) in role]
        same = [other for other in same if isinstance(scope[other], np.ndarray | float)]
        if not same:
            return
        chosen.append(same[0])
    yield chosen


def _is_real_number(node: Node) -> bool:
    value = np.asarray(node.value)
    return value.size == 1 and value.dtype.kind == "f"


def _rank(node: Node) -> int:
    """0: assigned to or returned from what is named like a loss; 1: alone on its statement; 3: a part of something."""
    statement = node.statement
    if statement is None or node.place is None:
        return 3
    text = statement.place.text
    try:
        (tree,) = ast.parse(text.strip()).body
    except (SyntaxError, ValueError):
        return 3
    value = getattr(tree, "value", None)
    if not isinstance(value, ast.expr):
        return 3
    sums_up = isinstance(tree, ast.AugAssign)
    whole = node.place.text.strip() == text.strip() if sums_up else ast.unparse(value) == _normal(node.place.text)
    if isinstance(tree, ast.Assign | ast.AugAssign):
        target = ast.unparse(tree.targets[0] if isinstance(tree, ast.Assign) else tree.target)
        if whole:
            return 0 if _names_loss(target) else 1
    if isinstance(tree, ast.Return) and whole:
        return 0 if _names_loss(statement.function.rpartition(".")[2]) else 2
    if isinstance(tree, ast.Expr) and isinstance(value, ast.Call) and ast.unparse(value.func).endswith(".append"):
        named = _names_loss(ast.unparse(value.func).removesuffix(".append").removesuffix("s"), loose=True)
        inner = bool(value.args) and ast.unparse(value.args[0]) == _normal(node.place.text)
        return (0 if named else 1) if inner else 3
    return 3


def _normal(text: str) -> str:
    try:
        return ast.unparse(ast.parse(f"({text})", mode="eval"))
    except SyntaxError:
        return text


def _names_loss(name: str, *, loose: bool = False) -> bool:
    word = plain(name.rpartition(".")[2])
    return word in habits.LOSS or bool(_LOSS_NAME.search(word) and (loose or not _NO_LOSS.search(word)))
