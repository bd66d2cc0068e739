"""Which line of the subject's file computes what is wrong, as far as a watched call tells."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner.diagnosis.gradients.arrays import ParameterArray
from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.naming import Cause
from runner.diagnosis.subjects.black_box import SubjectError
from runner.diagnosis.subjects.points import Point
from runner.diagnosis.subjects.proxy import Subject
from runner.network.faults.catalogue import FAULTS

# Mistakes that are not on the line of the delta though W and b of the layer are both wrong.
_OF_THE_GRADIENT = (
    "sign_flipped",
    "gradient_not_averaged",
    "gradient_averaged_loss_summed",
    "gradient_averaged_twice",
    "factor_two",
    "output_reduction_mismatch",
    "constant_scale",
    "layer_not_updated",
    "parameters_as_gradient",
    "batch_size_assumed",
)


def with_lines(
    subject: Subject,
    causes: Sequence[Cause],
    parts: Sequence[ParameterArray],
    checks: Sequence[ArrayCheck],
    point: Point,
) -> list[Cause]:
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

    def line_of(self, cause: Cause) -> int | None:
        """The line of the delta of its layer, or of the array that is wrong."""
        last = max(part.layer for part in self._parts)
        layer = cause.layer or max((part.layer for part in self._parts if part.name in self._wrong), default=last)
        suspects = [part for part in self._parts if part.layer == layer and part.name in self._wrong]
        if not suspects:
            return None
        fault = FAULTS.get(cause.name)
        of_delta = cause.name not in _OF_THE_GRADIENT and fault is not None and fault.family in ("backward", "loss")
        both = len(suspects) == len([part for part in self._parts if part.layer == layer])
        if of_delta and both and (line := self._delta_line(suspects[0])) is not None:
            return line
        line = self._lines[suspects[0].name]["computed"]
        return int(line) if line is not None else None

    def _delta_line(self, part: ParameterArray) -> int | None:
        """The last line that changed the delta that the line of an array reads."""
        found = self._lines[part.name]
        statement = self._statements.get(found["computed"]) if found["computed"] is not None else None
        if statement is None:
            return None
        names = {ast.unparse(node) for node in ast.walk(statement) if isinstance(node, ast.Name | ast.Attribute)}
        candidates: list[tuple[bool, bool, int, int]] = []
        for name in names & set(found["operands"]):
            line, shapes = found["operands"][name]
            widths = {side for shape in shapes for side in _beside(shape, self._samples)}
            marked = name.removeprefix("self.").lower().lstrip("_").startswith(("d", "e", "g"))
            own = str(part.layer) in name
            if widths & set(part.entries.shape):
                candidates.append((marked, own, len(candidates), int(line)))
        return max(candidates)[-1] if candidates and max(candidates)[0] else None


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
