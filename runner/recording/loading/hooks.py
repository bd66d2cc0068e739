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
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp

_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<genexpr>")
_TURN, _LEFT = "__whynan_turn__", "__whynan_left__"


class Cut(BaseException):
    """Enough has been seen: the rest of the program is not run."""


class Hooked(ast.NodeTransformer):
    """Puts a call at the beginning of each turn of each loop, and one behind each loop.

    A comprehension that calls something is a loop, too, as in `losses = [model.step(x) for x in batches]`.
    """

    def __init__(self, file: str) -> None:
        self._file = file

    def visit_For(self, node: ast.For) -> Any:
        """A loop over something."""
        return self._hooked(node)

    def visit_While(self, node: ast.While) -> Any:
        """A loop on a condition."""
        return self._hooked(node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        """What a comprehension gives, kept."""
        return self._comprehended(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """The same, added up."""
        return self._comprehended(node)

    def visit_Expr(self, node: ast.Expr) -> Any:
        """The same, thrown away or printed."""
        return self._comprehended(node)

    def _comprehended(self, node: ast.Assign | ast.AugAssign | ast.Expr) -> ast.stmt | list[ast.stmt]:
        calling = [one for one in ast.walk(node.value) if isinstance(one, Comprehension) and calls(one)]
        if not calling or any(_is_turn(one) for each in calling for one in each.generators[-1].ifs):
            return node
        for one in calling:
            asked = ast.UnaryOp(ast.Not(), self._call(_TURN, one))  # it gives None
            one.generators[-1].ifs.append(ast.fix_missing_locations(ast.copy_location(asked, one)))
        return [node, *(_alone(self._call(_LEFT, one)) for one in calling)]

    def _hooked(self, node: ast.For | ast.While) -> list[ast.stmt]:
        node.body = [new for one in node.body for new in _listed(self.visit(one))]
        node.orelse = [new for one in node.orelse for new in _listed(self.visit(one))]
        first = node.body[0]
        if isinstance(first, ast.Expr) and _is_turn(first.value):
            return [node]  # it stands in a statement that was hooked as a whole
        node.body.insert(0, _alone(self._call(_TURN, node)))
        return [node, _alone(self._call(_LEFT, node))]

    def _call(self, name: str, node: ast.stmt | ast.expr) -> ast.Call:
        arguments: list[ast.expr] = [ast.Constant(self._file), ast.Constant(node.lineno)]
        call = ast.Call(ast.Name(name, ast.Load()), arguments, [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


def calls(node: Comprehension) -> bool:
    """Whether a comprehension calls something in each turn, other than to go through its values."""
    return any(isinstance(one, ast.Call) for one in ast.walk(node.elt))


def _is_turn(node: ast.expr) -> bool:
    called = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(called, ast.Call) and isinstance(called.func, ast.Name) and called.func.id == _TURN


def _alone(call: ast.Call) -> ast.stmt:
    return ast.copy_location(ast.Expr(call), call)


def _listed(new: ast.stmt | list[ast.stmt]) -> list[ast.stmt]:
    return new if isinstance(new, list) else [new]


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
    """The innermost frame of a file: calls go through what records them, comprehensions stand in what is around."""
    frame = sys._getframe(2)
    while (frame.f_code.co_filename != file or frame.f_code.co_name in _COMPREHENSIONS) and frame.f_back is not None:
        frame = frame.f_back
    return frame
