"""A change of somebody's script: pieces of text replaced, lines put in; applied to a copy, shown as a diff."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
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
    """Pieces that are changed together, none of which overlap; with `changes_loss` losses have another scale then."""

    pieces: tuple[Piece, ...]
    changes_loss: bool = False

    def __add__(self, other: Edit) -> Edit:
        return Edit((*self.pieces, *other.pieces), self.changes_loss or other.changes_loss)

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


def joined(edits: Sequence[Edit]) -> Edit:
    """All of them together."""
    return Edit(tuple(piece for one in edits for piece in one.pieces), any(one.changes_loss for one in edits))


def tidy(value: float) -> str:
    """A number with two digits as somebody would write it: 0.12, 1.5, 2e-05."""
    return f"{value:.2g}" if abs(value) < 1e4 else f"{value:.2g}".replace("e+0", "e").replace("e+", "e")
