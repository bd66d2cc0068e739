"""Numbers that an edit brings in or takes out and that may agree with the right one at this size alone."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from runner.recording.edits.edit import Candidate
from runner.recording.edits.scope import Kind, Scope
from runner.recording.edits.statement import Statement

_OF_DATA = re.compile(r"len\((?P<of>.+)\)|(?P<array>.+)\.shape\[(?P<axis>\d)\]")
_INDICES = (ast.Subscript, ast.keyword, ast.Slice)
_HALVES = ("0.5", "1 / 2", ") / 2", "/ 2.0", ".5 *")


@dataclass(frozen=True)
class Sizes:
    """The sizes of a step whose batch is always the same.

    `widths` are the sides of the parameters, `others` those of the other arrays that are read; `loss` is the text of
    the statements that make the loss of the network's output, `forward` that of those before it that are no update.
    """

    widths: frozenset[int]
    others: frozenset[int]
    loss: str
    forward: str = ""

    def guessed(self, statement: Statement, scope: Scope, candidate: Candidate, value: Callable[[str], Any]) -> bool:
        """Whether an edit brings in or takes out a size that another one may stand for.

        `value` gives the value of an expression there. A count that no side of a parameter agrees with is no guess, nor
        one that the loss has too, nor the number of samples of the data.
        """
        if isinstance(statement.node, ast.For):
            return False
        before = _numbers(statement.node)
        with candidate.statement() as changed:
            after = before if changed is None else _numbers(changed)
        brought, gone = after - before, before - after
        if any(self._is_guess(text, scope, value(text), brought=True) for text in brought):
            return True
        if any(_is_of_data(text, scope) for text in brought):  # the number of samples, in the place of another count
            return False
        return any(self._is_guess(text, scope, value(text), brought=False) for text in gone)

    def by_chance(self, statement: Statement, candidate: Candidate, value: Callable[[str], Any]) -> bool:
        """Whether an edit brings in a count of 2 that the loss has not: most often the 2 of a square was left out.

        No other number of samples tells the two apart.
        """
        before = _numbers(statement.node)
        with candidate.statement() as changed:
            after = before if changed is None else _numbers(changed)
        counts = [text for text in after - before if not _is_literal(text) and not self._has(text)]
        return any(2 in self.widths and _whole(value(text)) == 2 for text in counts)

    def _is_guess(self, text: str, scope: Scope, value: Any, *, brought: bool) -> bool:
        number = _whole(value)
        if number is None or number < 2:
            return False
        if _is_literal(text):
            return number in self.widths | self.others and not self._decides(text, number, brought=brought)
        if number not in self.widths or not isinstance(value, int):
            return False
        return not (_is_of_data(text, scope) or (brought and self._has(text)))

    def _decides(self, text: str, number: int, *, brought: bool) -> bool:
        """Whether the loss has a literal where it comes in, or lacks it where it goes."""
        if brought and re.search(rf"(?<![\w.]){re.escape(text)}(?![\w.])", self.forward):
            return True
        if number == 2:
            squared = "** 2" in self.loss or "**2" in self.loss or "square(" in self.loss
            doubled = squared and not any(half in self.loss for half in _HALVES)
            return doubled == brought
        return self._has(text) == brought

    def _has(self, text: str) -> bool:
        return re.search(rf"(?<![\w.]){re.escape(text)}(?![\w.])", self.loss) is not None


def _is_of_data(text: str, scope: Scope) -> bool:
    """Whether an expression counts the one side of the data or targets that is no width of theirs."""
    found = _OF_DATA.fullmatch(text)
    known = None if found is None else scope.known(found["of"] or found["array"])
    if found is None or known is None or known.kind not in (Kind.DATA, Kind.TARGET):
        return False
    axis = int(found["axis"] or 0)
    if axis >= len(known.shape) or known.shape.count(known.shape[axis]) != 1:
        return False
    # Every array of samples has that side; one that has it alone may have it for another reason.
    others = [one.shape for one in scope.of(Kind.DATA, Kind.TARGET) if len(one.shape) > 1]
    return all(known.shape[axis] in shape for shape in others)


def _numbers(node: ast.AST) -> Counter[str]:
    return Counter(_texts(node))


def _texts(node: ast.AST) -> Iterator[str]:
    """What may be a single number in a statement, as written; what is an index, an axis or an exponent is none."""
    if isinstance(node, ast.expr) and _may_count(node):
        yield ast.unparse(node)
        return
    if isinstance(node, _INDICES):
        return
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and child is node.right):
            yield from _texts(child)


def _may_count(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "len"
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)


def _is_literal(text: str) -> bool:
    return text[:1].isdigit() or text.startswith(".")


def _whole(value: Any) -> int | None:
    """A number as the whole number that it is, or one divided by it is; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < abs(value) < 1e9:
        return None
    large = abs(value) if abs(value) >= 1 else 1 / abs(value)
    return round(large) if abs(large - round(large)) < 1e-9 else None
