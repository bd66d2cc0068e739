"""Which line of the subject's file computes what is wrong, as far as a watched call tells."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.subjects.points import Point
from runner.network.arrays import ParameterArray
from runner.network.faults.catalogue import FAULTS
from runner.subjects.complaint import SubjectError
from runner.subjects.process.proxy import Subject

_DELTA_NAMES = ("d", "e", "g", "back")


def with_lines(
    subject: Subject,
    causes: Sequence[GradientMistake],
    parts: Sequence[ParameterArray],
    checks: Sequence[ArrayCheck],
    point: Point,
) -> list[GradientMistake]:
    """The causes, each with file and line where these are known."""
    wrong = [check.name for check in checks if not check.passed]
    if not wrong or not causes:
        return list(causes)
    try:
        subject.fresh()
        lines = subject.lines(point.arrays, point.X, point.Y)
        statements = _statements(subject.file)
    except (SubjectError, OSError, SyntaxError, UnicodeDecodeError):
        return list(causes)
    finder = _Finder(parts, lines, statements, wrong, len(point.X))
    return [cause if cause.source else replace(cause, source=_told(subject, finder.line_of(cause))) for cause in causes]


def _told(subject: Subject, line: int | None) -> dict[str, Any] | None:
    return None if line is None else {"file": subject.file.name, "line": line}


class _Finder:
    def __init__(
        self,
        parts: Sequence[ParameterArray],
        lines: Sequence[Mapping[str, Any]],
        statements: Mapping[int, ast.stmt],
        wrong: Sequence[str],
        samples: int,
    ) -> None:
        self._lines = {part.name: line for part, line in zip(parts, lines, strict=True)}
        self._parts, self._statements, self._wrong, self._samples = parts, statements, wrong, samples

    def line_of(self, cause: GradientMistake) -> int | None:
        """The line of the delta of its layer, or of the array that is wrong."""
        last = max(part.layer for part in self._parts)
        layer = cause.layer or max((part.layer for part in self._parts if part.name in self._wrong), default=last)
        suspects = [part for part in self._parts if part.layer == layer and part.name in self._wrong]
        if not suspects:
            return None
        fault = FAULTS.get(cause.name)
        # These are on the way forward: the gradients are watched here, and the loss is not.
        if fault is not None and (fault.site == "loss" or fault.family == "forward"):
            return None
        site = fault.site if fault is not None else None
        of_delta = site in ("delta", "product", "calls")
        both = len(suspects) == len([part for part in self._parts if part.layer == layer])
        if of_delta and both and (line := self._delta_line(suspects[0], site == "product")) is not None:
            return line
        line = self._lines[suspects[0].name]["computed"]
        if line is not None and site == "gradient" and not self._scales(line):
            delta = self._delta_line(suspects[0], False)
            line = delta if delta is not None and self._scales(delta) else line
        return int(line) if line is not None else None

    def _scales(self, line: int) -> bool:
        """Whether something is multiplied by a number, or divided, on a line."""
        statement = self._statements.get(line)
        products = [node for node in (ast.walk(statement) if statement else ()) if isinstance(node, ast.BinOp)]
        return any(
            isinstance(node.op, ast.Div)
            or (isinstance(node.op, ast.Mult) and any(isinstance(one, ast.Constant) for one in (node.left, node.right)))
            for node in products
        )

    def _delta_line(self, part: ParameterArray, product: bool) -> int | None:
        """The last line that changed the delta that the line of an array reads; with `product` that of its product."""
        found = self._lines[part.name]
        read = self._read_by(found["computed"])
        changes = [(line, name) for line, name, shapes in found["before"] if self._is_delta(name, shapes, part)]
        candidates = [(line, name) for line, name in changes if name in read]
        if not candidates:
            return None
        own = [one for one in candidates if str(part.layer) in one[1]]
        line, name = (own or candidates)[-1]
        if product and not self._multiplies(line):
            reads = self._read_by(line) | {name}
            lines = [other for other, changed, _ in found["before"] if changed in reads and self._multiplies(other)]
            return int(lines[-1]) if lines else int(line)
        return int(line)

    def _is_delta(self, name: str, shapes: Sequence[Sequence[int]], part: ParameterArray) -> bool:
        """Whether a variable has a row for each sample, as wide as a side of the array, and the name of a delta."""
        widths = {side for shape in shapes for side in _beside(shape, self._samples)}
        marked = name.removeprefix("self.").lower().lstrip("_").startswith(_DELTA_NAMES)
        return marked and bool(widths & set(part.entries.shape))

    def _read_by(self, line: int | None) -> set[str]:
        statement = self._statements.get(line) if line is not None else None
        nodes = ast.walk(statement) if statement is not None else ()
        return {ast.unparse(node) for node in nodes if isinstance(node, ast.Name | ast.Attribute)}

    def _multiplies(self, line: int) -> bool:
        """Whether there is a matrix product on a line."""
        statement = self._statements.get(line)
        nodes = list(ast.walk(statement)) if statement is not None else []
        called = {ast.unparse(node.func).rpartition(".")[2] for node in nodes if isinstance(node, ast.Call)}
        return any(isinstance(node, ast.MatMult) for node in nodes) or bool(called & {"dot", "matmul", "einsum"})


def _beside(shape: Sequence[int], samples: int) -> list[int]:
    """The other side of an array with a row or column for each sample."""
    if len(shape) == 1 and shape[0] == samples:
        return [1]
    if len(shape) != 2 or samples not in shape:
        return []
    return [shape[1]] if shape[0] == samples else [shape[0]]


def _statements(file: Path) -> dict[int, ast.stmt]:
    """The statement that stands on each line."""
    found: dict[int, ast.stmt] = {}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            found.update(dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), node))
    return found
