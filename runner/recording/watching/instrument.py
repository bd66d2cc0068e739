"""A script compiled so that its training loop says when a step begins, and a few expressions say what they gave.

Nothing else of it is changed: it computes what it computes without us, and tracebacks show its own lines.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from runner.recording.watching.step import Spot, WatchedStep
from runner.recording.watching.ways import Span

NAMES = TURN, LEFT, GAVE = "__whynan_turn__", "__whynan_left__", "__whynan_gave__"


@dataclass(frozen=True)
class Hooks:
    """What the code calls: at the beginning of each turn, behind the loop, and with the number and value of a spot."""

    turn: Callable[[], None]
    left: Callable[[], None]
    gave: Callable[[int, Any], Any]

    def names(self) -> Mapping[str, Callable[..., Any]]:
        """By the names that the code calls them."""
        return {TURN: self.turn, LEFT: self.left, GAVE: self.gave}


def spots_of(step: WatchedStep) -> list[Spot]:
    """The expressions whose values are watched, each place once; the loss comes first where it is computed."""
    wanted = [step.loss, *(one.gradient for one in step.parameters), *(one.spot for one in step.activations)]
    return list({(spot.file, spot.span): spot for spot in wanted if spot is not None}.values())


def instrumented(text: str, file: str, step: WatchedStep | None) -> CodeType:
    """The code of a file, with its part of the hooks. `SyntaxError` as from `compile`."""
    tree = ast.parse(text, file)
    return compile(tree, file, "exec", dont_inherit=True) if step is None else instrumented_tree(tree, text, file, step)


def instrumented_tree(tree: ast.Module, text: str, file: str, step: WatchedStep) -> CodeType:
    """The same for a syntax tree of the text, which is changed."""
    numbers = {spot.span: number for number, spot in enumerate(spots_of(step)) if spot.file == file}
    changed = _Changer(text, numbers, step.line if step.file == file else 0).visit(tree)
    return compile(ast.fix_missing_locations(changed), file, "exec", dont_inherit=True)


class _Changer(ast.NodeTransformer):
    """Puts the calls in."""

    def __init__(self, text: str, numbers: Mapping[Span, int], line: int) -> None:
        self._lines, self._numbers, self._line = text.split("\n"), dict(numbers), line

    def visit(self, node: ast.AST) -> Any:
        """Any node; expressions of the spots are given to the hook."""
        at = self._span(node) if isinstance(node, ast.expr | ast.AugAssign) else None
        number = self._numbers.pop(at, None) if at is not None else None
        visited = super().visit(node)
        if number is None:
            return visited
        if isinstance(node, ast.AugAssign):
            # What is added up: the loss of one sample.
            node.value = self._gave(number, node.value)
            return visited
        return self._gave(number, visited)

    def visit_For(self, node: ast.For) -> Any:
        """A loop over something."""
        return self._loop(node)

    def visit_While(self, node: ast.While) -> Any:
        """A loop on a condition."""
        return self._loop(node)

    def _loop(self, node: ast.For | ast.While) -> Any:
        self.generic_visit(node)
        if node.lineno != self._line:
            return node
        node.body.insert(0, _call(TURN, node))
        return [node, _call(LEFT, node)]

    def _gave(self, number: int, value: ast.expr) -> ast.expr:
        call = ast.Call(ast.Name(GAVE, ast.Load()), [ast.Constant(number), value], [])
        return ast.copy_location(call, value)

    def _span(self, node: ast.expr | ast.AugAssign) -> Span | None:
        """The span in characters: the parser counts bytes."""
        if node.end_lineno is None or node.end_col_offset is None:
            return None
        return (
            node.lineno,
            self._characters(node.lineno, node.col_offset),
            node.end_lineno,
            self._characters(node.end_lineno, node.end_col_offset),
        )

    def _characters(self, line: int, offset: int) -> int:
        text = self._lines[line - 1]
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


def _call(name: str, near: ast.stmt) -> ast.stmt:
    return ast.copy_location(ast.Expr(ast.Call(ast.Name(name, ast.Load()), [], [])), near)


def watched_files(step: WatchedStep | None) -> Sequence[str]:
    """The files that have to be compiled with hooks."""
    return [] if step is None else list({step.file, *(spot.file for spot in spots_of(step))})
