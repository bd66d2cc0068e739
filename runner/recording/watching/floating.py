"""What NumPy warns about while a script runs, with the line, the expression and its numbers.

NumPy calls us in place of warning; the warning is then given as it would have been, so that what the script prints
stays the same. This costs nothing until it happens, and needs no copy of the script.
"""

from __future__ import annotations

import ast
import linecache
import math
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from runner.files.event_details import Operand, SourceValue

_KINDS = {"divide by zero": "inf", "overflow": "overflow", "invalid value": "nan"}
# So many are looked at closely in a step, and of one place in a run.
_IN_A_STEP, _OF_A_PLACE = 12, 200


@dataclass(frozen=True)
class Trouble:
    """One warning: `kind` as events have it, the line and text of the expression, its operands, what it gave.

    `count` of the `size` numbers that it gave are not finite, the first at `position`; None where the expression
    could not be looked at again. `inherited` says that an operand was not finite itself. `origin` are the values that
    led there, the operand first, then what it was computed from.
    """

    kind: str
    file: str
    line: int
    column: int
    text: str
    target: str
    function: str
    operands: Mapping[str, Operand]
    count: int | None = None
    size: int | None = None
    position: tuple[int, ...] | None = None
    shape: tuple[int, ...] = ()
    inherited: bool = False
    origin: tuple[SourceValue, ...] = ()


class Listener:
    """Gets NumPy's messages; `troubles` are those since `clear`, `heard` is called at each."""

    def __init__(self, is_theirs: Callable[[str], bool], heard: Callable[[], None]) -> None:
        self.troubles: list[Trouble] = []
        self.active = True
        self._is_theirs, self._heard = is_theirs, heard
        self._seen: dict[tuple[str, int], int] = {}

    def clear(self) -> None:
        """A step begins."""
        if self.troubles:
            self.troubles = []

    def write(self, message: str) -> None:
        """What NumPy calls: "Warning: divide by zero encountered in log"."""
        text = message.strip().removeprefix("Warning: ")
        if self.active:
            self._look(text, sys._getframe(1))
        warnings.warn(text, RuntimeWarning, stacklevel=2)

    def _look(self, text: str, frame: FrameType | None) -> None:
        while frame is not None and not self._is_theirs(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is None:
            return
        place = frame.f_code.co_filename, frame.f_lasti
        self._seen[place] = self._seen.get(place, 0) + 1
        if self._seen[place] <= _OF_A_PLACE or "overflow" not in text:
            self._heard()
            if len(self.troubles) < _IN_A_STEP:
                self.troubles.append(trouble_at(text, frame))


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have NumPy report to the listener what it would warn about; what it ignores or raises stays as it is."""
    before = np.geterr()
    held = np.seterrcall(listener)
    changed: dict[str, Any] = {key: "log" for key in ("divide", "over", "invalid") if before[key] == "warn"}
    np.seterr(**changed)
    try:
        yield
    finally:
        np.seterr(**before)
        np.seterrcall(held)


def trouble_at(message: str, frame: FrameType) -> Trouble:
    """A warning with what can be seen of its expression in the frame."""
    kind = next((one for start, one in _KINDS.items() if message.startswith(start)), "nan")
    line, column, text = _expression(frame)
    function = frame.f_code.co_name
    operands: dict[str, Operand] = {}
    seen: dict[str, Any] = {}
    tree = _parsed(text)
    target = _target(frame, line)
    with np.errstate(all="ignore"):
        if tree is not None:
            values = {ast.unparse(one): _value(one, frame) for one in _operands_of(tree)}
            result = _value(tree, frame)
            bad = _bad(result)
            if bad is not None and bad.any():
                position = tuple(int(k) for k in np.argwhere(bad)[0])
                seen = {"count": int(bad.sum()), "size": int(bad.size), "position": position, "shape": bad.shape}
            operands = {
                name: _operand(value, seen.get("position"), seen.get("shape", ()))
                for name, value in values.items()
                if _is_numeric(value)
            }
            seen["origin"] = tuple(_origin(_operands_of(tree), frame, seen))
            seen["inherited"] = any((there := _bad(value)) is not None and there.any() for value in values.values())
    return Trouble(kind, frame.f_code.co_filename, line, column, text, target, function, operands, **seen)


def _origin(operands: list[ast.expr], frame: FrameType, seen: Mapping[str, Any]) -> Iterator[SourceValue]:
    """The value of the operand that made it, if there is one operand, and those of the names in it."""
    if len(operands) != 1 or "position" not in seen:
        return
    (operand,) = operands
    names = [one for one in ast.walk(operand) if isinstance(one, ast.Name | ast.Attribute | ast.Subscript)]
    for tree in [operand, *(one for one in names if one is not operand)]:
        value = _value(tree, frame)
        if not _is_numeric(value) or (np.size(value) > 1 and np.shape(value) != seen["shape"]):
            continue
        there = float(np.broadcast_to(np.asarray(value, dtype=np.float64), seen["shape"])[seen["position"]])
        if math.isfinite(there):
            yield SourceValue(ast.unparse(tree), there)


def _expression(frame: FrameType) -> tuple[int, int, str]:
    """The line, column and text of the expression that a frame is at."""
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    first, last, start, end = positions
    if first is None or last is None or start is None or end is None:
        return frame.f_lineno, 0, linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
    lines = [linecache.getline(frame.f_code.co_filename, line).rstrip("\n") for line in range(first, last + 1)]
    cut = [line.encode() for line in lines]
    cut[-1] = cut[-1][:end]
    cut[0] = cut[0][start:]
    return first, start, " ".join(part.decode(errors="ignore").strip() for part in cut)


def _target(frame: FrameType, line: int) -> str:
    """What the line assigns to, empty where it assigns nothing."""
    text = linecache.getline(frame.f_code.co_filename, line).strip()
    try:
        (statement,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return ""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    return ast.unparse(statement.target) if isinstance(statement, ast.AugAssign) else ""


def _parsed(text: str) -> ast.expr | None:
    try:
        (statement,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        return ast.BinOp(ast.Name(statement.target.id, ast.Load()), statement.op, statement.value)
    return statement.value if isinstance(statement, ast.Expr) else None


def _operands_of(tree: ast.expr) -> list[ast.expr]:
    match tree:
        case ast.BinOp():
            return [tree.left, tree.right]
        case ast.UnaryOp():
            return [tree.operand]
        case ast.Call(func=ast.Attribute(value=owner)) if not _is_module(owner):
            return [owner, *tree.args]
        case ast.Call():
            return list(tree.args)
    return []


def _is_module(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Name) and tree.id in ("np", "numpy", "math")


_PURE = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Slice, ast.Tuple,
    ast.operator, ast.unaryop, ast.cmpop, ast.expr_context,
)  # fmt: skip
# Methods of arrays that only look.
_LOOKING = {"sum", "mean", "max", "min", "dot", "reshape", "transpose", "ravel", "flatten", "copy", "astype"}


def _is_pure(tree: ast.expr) -> bool:
    """Whether an expression can be computed again without doing anything: names, arithmetic, functions of NumPy."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if not isinstance(function, ast.Attribute):
                return False
            if not (_is_module(function.value) or function.attr in _LOOKING):
                return False
        elif not isinstance(node, _PURE) and not isinstance(node, ast.keyword):
            return False
    return True


def _value(tree: ast.expr, frame: FrameType) -> Any:
    if not _is_pure(tree):
        return None
    try:
        code = compile(ast.fix_missing_locations(ast.Expression(tree)), "<watched>", "eval")
        return eval(code, frame.f_globals, dict(frame.f_locals))
    except Exception:  # it is only looked at: whatever can't be computed again stays unknown
        return None


def _is_numeric(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.ndarray) and np.asarray(value).dtype.kind in "iufb"


def _bad(value: Any) -> Any:
    if not _is_numeric(value):
        return None
    return ~np.isfinite(np.asarray(value, dtype=np.float64))


def _operand(value: Any, position: tuple[int, ...] | None, shape: tuple[int, ...]) -> Operand:
    array = np.asarray(value, dtype=np.float64)
    finite = bool(np.isfinite(array).all()) and array.size > 0
    low, high = (float(array.min()), float(array.max())) if finite else (None, None)
    if position is None:
        return Operand(low, high)
    try:
        there = float(np.broadcast_to(array, shape)[position])
    except ValueError:
        return Operand(low, high)
    return Operand(low, high, there, position)
