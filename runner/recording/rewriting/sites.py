"""The places of a source at which something is recorded, numbered while it is rewritten."""

from __future__ import annotations

import ast
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.recording.taping.node import Place, Statement


@dataclass(slots=True, eq=False)
class Site:
    """An expression or statement that reports to the recorder when it runs.

    `function` does what the expression does (None for calls, whose function is known only when they run), `op` is its
    name. `parts` are the places of its operands in their order, `keywords` those of the keyword arguments, `receiver`
    that of the object whose method is called, `literals` the operands that are written as numbers. `name` is an
    attribute's, `shape` the nesting of the names that an iteration or assignment unpacks into.
    """

    place: Place
    statement: Statement
    op: str = ""
    function: Callable[..., Any] | None = None
    parts: tuple[Place | None, ...] = ()
    keywords: Mapping[str, Place] = field(default_factory=dict)
    receiver: Place | None = None
    literals: frozenset[int | str] = frozenset()
    name: str = ""
    shape: tuple[Any, ...] | None = None


SITES: list[Site] = []
"""Every site of everything rewritten in this process; the rewritten code names them by number."""

FILES: set[str] = set()
"""The files of everything rewritten, as their code objects name them: a function of one of these records itself."""


def added(site: Site) -> int:
    """The number under which the rewritten code names `site`."""
    SITES.append(site)
    return len(SITES) - 1


class Places:
    """The places of syntax nodes in one source text."""

    def __init__(self, source: str, file: Path) -> None:
        self.file = file
        self._lines = list(io.StringIO(source, newline=None))
        self._plain = source.isascii()

    def of(self, node: ast.expr | ast.stmt) -> Place:
        """The place of a syntax node."""
        return self.between(node, node)

    def between(self, first: ast.expr | ast.stmt, last: ast.expr | ast.stmt) -> Place:
        """The place from the start of one node to the end of another."""
        end_line, end_offset = last.end_lineno or last.lineno, last.end_col_offset or last.col_offset
        return self._cut(first.lineno, first.col_offset, end_line, end_offset)

    def line_of(self, node: ast.stmt) -> Place:
        """The place from the start of a node to the end of its first line."""
        text = self._line(node.lineno).rstrip("\n")
        return self._cut(node.lineno, node.col_offset, node.lineno, len(text.encode()))

    def lines_of(self, node: ast.stmt) -> Place:
        """The whole lines that a statement stands on, with its decorators."""
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        last = node.end_lineno or node.lineno
        text = "".join(self._lines[first - 1 : last])
        return Place(self.file, first, node.col_offset, last, node.end_col_offset or 0, text)

    def _cut(self, line: int, offset: int, end_line: int, end_offset: int) -> Place:
        column, end_column = self._column(line, offset), self._column(end_line, end_offset)
        if line == end_line:
            text = self._line(line)[column:end_column]
        else:
            middle = [self._line(number) for number in range(line + 1, end_line)]
            text = "".join([self._line(line)[column:], *middle, self._line(end_line)[:end_column]])
        return Place(self.file, line, column, end_line, end_column, text)

    def _line(self, number: int) -> str:
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def _column(self, line: int, offset: int) -> int:
        if self._plain:
            return offset
        # ast counts bytes, people and editors count characters
        return len(self._line(line).encode()[:offset].decode(errors="ignore"))
