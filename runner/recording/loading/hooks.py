"""Loops that say when a turn begins and when they are left, and a run that is cut after the turns that matter."""

from __future__ import annotations

import ast
import builtins
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Key = tuple[str, int]  # file and line of a loop

_TURN, _LEFT = "__whynan_turn__", "__whynan_left__"


class Cut(BaseException):
    """Enough has been seen: the rest of the program is not run."""


class Hooked(ast.NodeTransformer):
    """Puts a call at the beginning of each turn of each loop, and one behind each loop."""

    def __init__(self, file: str) -> None:
        self._file = file

    def visit_For(self, node: ast.For) -> Any:
        """A loop over something."""
        return self._hooked(node)

    def visit_While(self, node: ast.While) -> Any:
        """A loop on a condition."""
        return self._hooked(node)

    def _hooked(self, node: ast.For | ast.While) -> list[ast.stmt]:
        self.generic_visit(node)
        if self._is_turn(node.body[0]):
            return [node]  # it stands in a statement that was hooked as a whole
        node.body.insert(0, self._call(_TURN, node))
        return [node, self._call(_LEFT, node)]

    def _is_turn(self, first: ast.stmt) -> bool:
        called = first.value.func if isinstance(first, ast.Expr) and isinstance(first.value, ast.Call) else None
        return isinstance(called, ast.Name) and called.id == _TURN

    def _call(self, name: str, node: ast.stmt) -> ast.stmt:
        arguments: list[ast.expr] = [ast.Constant(self._file), ast.Constant(node.lineno)]
        call = ast.Expr(ast.Call(ast.Name(name, ast.Load()), arguments, []))
        return ast.fix_missing_locations(ast.copy_location(call, node))


Turn = Callable[[Key, types.FrameType], None]


def hooked(statement: ast.stmt, file: Path) -> Sequence[ast.stmt]:
    """A statement whose loops say when a turn begins, to nobody until `listen` is called."""
    if not hasattr(builtins, _TURN):
        listen(None, None)
    changed: ast.stmt | list[ast.stmt] = Hooked(str(file)).visit(statement)
    return changed if isinstance(changed, list) else [changed]


def listen(turn: Turn | None, left: Turn | None) -> None:
    """Have these called at the beginning of each turn, and after each loop; None: nobody listens."""

    def on_turn(file: str, line: int) -> None:
        if turn is not None:
            turn((file, line), _frame_in(file))

    def on_left(file: str, line: int) -> None:
        if left is not None:
            left((file, line), _frame_in(file))

    setattr(builtins, _TURN, on_turn)
    setattr(builtins, _LEFT, on_left)


def _frame_in(file: str) -> types.FrameType:
    """The innermost frame of a file: calls go through what records them."""
    frame = sys._getframe(2)
    while frame.f_code.co_filename != file and frame.f_back is not None:
        frame = frame.f_back
    return frame
