"""One statement of a file: its syntax tree, and the exact bytes of the source that each part stands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

# What is run only where a condition holds, or decides how often: an edit there could neutralise a condition.
_HEADERS: dict[type[ast.stmt], tuple[str, ...]] = {
    ast.For: ("iter",),
    ast.While: (),
    ast.If: (),
    ast.With: (),
    ast.Try: (),
    ast.FunctionDef: (),
    ast.ClassDef: (),
    ast.Assert: (),
    ast.Import: (),
    ast.ImportFrom: (),
}


class Source:
    """The text of one file as UTF-8 bytes, the unit in which `ast` counts columns."""

    def __init__(self, text: str, file: str = "") -> None:
        self.text = text
        self.file = file
        self.data = text.encode()
        self.tree = ast.parse(self.data)
        self._starts = [0]
        for line in self.data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """The first byte of a node and the one after its last, without the parentheses around it."""
        assert isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.arg)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def segment(self, node: ast.AST) -> str:
        """The text of a node as it is written."""
        start, end = self.span(node)
        return self.data[start:end].decode()

    def line_of(self, offset: int) -> int:
        """The line, counted from 1, of a byte."""
        low, high = 0, len(self._starts) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._starts[middle] <= offset else (low, middle)
        return low + 1

    def line(self, number: int) -> str:
        """A line without its end."""
        return self.data[self._starts[number - 1] : self._starts[number]].decode().rstrip("\r\n")

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Each node's parent."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def statements(self) -> Iterator[Statement]:
        """Every statement of the file, those inside others too, in their order."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.stmt):
                yield Statement(self, node)

    def statement_at(self, line: int) -> Statement | None:
        """The innermost statement that stands on a line; of several on the line the first."""
        found = [s for s in self.statements() if s.node.lineno <= line <= (s.node.end_lineno or 0)]
        return max(found, key=lambda s: (s.node.lineno, -(s.node.end_lineno or 0), -s.node.col_offset), default=None)


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement and where it stands."""

    source: Source
    node: ast.stmt

    @property
    def line(self) -> int:
        """Its first line, counted from 1."""
        return self.node.lineno

    @property
    def text(self) -> str:
        """The statement as it is written."""
        return self.source.segment(self.node)

    @cached_property
    def expressions(self) -> tuple[ast.expr, ...]:
        """Every expression of it that may be edited, outer ones before inner ones."""
        headers = _HEADERS.get(type(self.node))
        roots = (
            [value for name in headers if isinstance(value := getattr(self.node, name), ast.AST)]
            if headers is not None
            else list(ast.iter_child_nodes(self.node))
        )
        return tuple(self._below(roots))

    def _below(self, nodes: list[ast.AST]) -> Iterator[ast.expr]:
        for node in nodes:
            if isinstance(node, ast.expr):
                yield node
            skipped = {node.test} if isinstance(node, ast.IfExp) else set()
            yield from self._below([child for child in ast.iter_child_nodes(node) if child not in skipped])

    @cached_property
    def value(self) -> ast.expr | None:
        """What is assigned, added or returned; None where there is no such thing."""
        if isinstance(self.node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Return | ast.Expr):
            return self.node.value
        return None

    def parent(self, node: ast.AST) -> ast.AST:
        """The node that a node stands in."""
        return self.source.parents[node]

    def segment(self, node: ast.AST) -> str:
        """The text of one of its nodes."""
        return self.source.segment(node)

    @cached_property
    def block(self) -> list[ast.stmt]:
        """The statements among which it stands, itself one of them."""
        parent = self.source.parents[self.node]
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and self.node in block:
                return block
        return [self.node]

    @cached_property
    def function(self) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function whose body it is in; None at module level."""
        node: ast.AST | None = self.node
        while node is not None:
            node = self.source.parents.get(node)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                return node
        return None
