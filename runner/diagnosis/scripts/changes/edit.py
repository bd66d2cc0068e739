"""A change of somebody's script: pieces of text replaced, lines put in; applied to a copy, shown as a diff."""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Piece:
    """Text in the place of what stands between two places (line from 1, column from 0 in characters)."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Edit:
    """Pieces that are changed together, none of which overlap; with `changes_loss` losses have another scale then.

    The changed script makes `times` as many steps. `companion` is the part that is there so that the rest can work.
    """

    pieces: tuple[Piece, ...]
    changes_loss: bool = False
    times: int = 1
    companion: Edit | None = None

    def __add__(self, other: Edit) -> Edit:
        pieces = (*self.pieces, *other.pieces)
        return Edit(pieces, self.changes_loss or other.changes_loss, self.times * other.times)

    @property
    def line(self) -> int:
        """The first line that is changed."""
        return min(piece.start[0] for piece in self.pieces)


class Source:
    """The text of a script, with its syntax tree and what is asked of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    def piece(self, node: ast.expr | ast.stmt, text: str) -> Piece:
        """What replaces a node."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Piece(
            (node.lineno, self._characters(node.lineno, node.col_offset)),
            (node.end_lineno, self._characters(node.end_lineno, node.end_col_offset)),
            text,
        )

    def after(self, statement: ast.stmt, text: str) -> Piece:
        """A line behind a statement, with its indentation."""
        assert statement.end_lineno is not None
        at = (statement.end_lineno, len(self.lines[statement.end_lineno - 1]))
        first = self.lines[statement.lineno - 1]
        return Piece(at, at, f"\n{first[: len(first) - len(first.lstrip())]}{text}")

    def of(self, node: ast.AST) -> str:
        """The text of a node."""
        return ast.get_source_segment(self.text, node) or ast.unparse(node)

    def between(self, span: tuple[int, int, int, int]) -> str:
        """The text from a line and column to another."""
        first, start, last, end = span
        lines = self.lines[first - 1 : last]
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
        return "\n".join(lines)

    def in_one_function(self, line: int, other: int) -> bool:
        """Whether two lines stand in the same function, or both outside of any."""
        return self._function_at(line) == self._function_at(other)

    def _function_at(self, line: int) -> int:
        """The first line of the innermost function around a line; 0 for none."""
        functions = (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        return max((f.lineno for f in functions if f.lineno <= line <= (f.end_lineno or 0)), default=0)

    def applied(self, edit: Edit) -> str | None:
        """The changed text; None where it is no Python, or the pieces overlap."""
        lines = list(self.lines)
        before = (len(lines) + 1, 0)
        for piece in sorted(edit.pieces, key=lambda one: one.start, reverse=True):
            if piece.end > before:
                return None
            before = piece.start
            (first, start), (last, end) = piece.start, piece.end
            merged = lines[first - 1][:start] + piece.text + lines[last - 1][end:]
            lines[first - 1 : last] = merged.split("\n")
        text = "\n".join(lines)
        try:
            ast.parse(text)
        except SyntaxError:
            return None
        return text

    def changed(self, edit: Edit) -> tuple[str, ...]:
        """The changed lines as a diff shows them, each with its number: "- 24  lr = 1.2", "+ 24  lr = 0.12"."""
        after = (self.applied(edit) or self.text).split("\n")
        found = []
        matcher = difflib.SequenceMatcher(None, self.lines, after, autojunk=False)
        for kind, a, b, c, d in matcher.get_opcodes():
            if kind != "equal":
                found += [f"- {a + k + 1:<4} {line.strip()}" for k, line in enumerate(self.lines[a:b])]
                found += [f"+ {a + k + 1:<4} {line.strip()}" for k, line in enumerate(after[c:d])]
        return tuple(found)

    def patch(self, edit: Edit, file: Path) -> str:
        """A unified diff."""
        after = self.applied(edit) or self.text
        name = file.name
        return "".join(
            difflib.unified_diff(
                self.text.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
            )
        )

    def _characters(self, line: int, offset: int) -> int:
        return len(self.lines[line - 1].encode()[:offset].decode(errors="ignore"))


def tidy(value: float) -> str:
    """A number with two digits as somebody would write it: 0.12, 1.5, 2e-05."""
    return f"{value:.2g}" if abs(value) < 1e4 else f"{value:.2g}".replace("e+0", "e").replace("e+", "e")
