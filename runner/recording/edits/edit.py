"""A replacement of one span of bytes of a file."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from runner.recording.edits.statement import Statement

_HOLE = "_the_place_of_the_edit"


@dataclass(frozen=True)
class Edit:
    """Bytes `start` to `end` of a file's UTF-8 source become `after`; everything else stays.

    `rule` is the kind of edit, `size` how far it goes (1: one name or number), `detail` what the rule did, in words
    that `naming` understands.
    """

    file: str
    line: int
    start: int
    end: int
    before: str
    after: str
    rule: str
    size: float
    detail: tuple[str, ...] = ()

    def apply(self, text: str) -> str:
        """The text of the file with the edit made."""
        return applied(text, [self])

    def shown(self, text: str) -> tuple[str, str]:
        """The lines that the edit touches, before and after, without their common indentation's trailing newline."""
        data = text.encode()
        first = data.rfind(b"\n", 0, self.start) + 1
        last = data.find(b"\n", self.end)
        last = len(data) if last < 0 else last
        was = data[first:last].decode()
        now = (data[first : self.start] + self.after.encode() + data[self.end : last]).decode()
        return was.rstrip("\r"), now.rstrip("\r")


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with several edits made; they must not overlap."""
    data = text.encode()
    for edit in sorted(edits, key=lambda e: e.start, reverse=True):
        data = data[: edit.start] + edit.after.encode() + data[edit.end :]
    return data.decode()


@dataclass(frozen=True)
class Proposal:
    """What a rule proposes: a node of the statement, and the expression to stand there instead."""

    node: ast.AST
    text: str
    size: float
    detail: tuple[str, ...] = ()
    within: tuple[int, int] | None = field(default=None)

    def bigger(self, by: float) -> Proposal:
        """The same proposal, tried later."""
        return replace(self, size=self.size + by)


class Writer:
    """Writes proposals for one statement as edits, with parentheses where the meaning needs them."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.source = statement.source
        self._start, self._end = self.source.span(statement.node)
        self._dumps: dict[ast.expr, str] = {}
        self._frames: dict[ast.expr, tuple[str, str]] = {}

    def changed(self, edit: Edit) -> bytes:
        """The file from the statement on to its end, or the end of the edit, with the edit made."""
        start, end = min(self._start, edit.start), max(self._end, edit.end)
        data = self.source.data
        return data[start : edit.start] + edit.after.encode() + data[edit.end : end]

    def written(self, proposal: Proposal, rule: str) -> tuple[Edit, ast.stmt] | None:
        """The edit for an expression, and the statement with it.

        None where it can't stand there or changes nothing.
        """
        node = proposal.node
        assert isinstance(node, ast.expr)
        try:
            wanted = ast.parse(proposal.text, mode="eval").body
        except SyntaxError:
            return None
        if hasattr(node, "ctx") and hasattr(wanted, "ctx"):
            wanted.ctx = node.ctx
        before, after = self._around(node)
        new = ast.dump(wanted)
        if new == self._inside(node):
            return None
        expected = f"{before}{new}{after}"
        for text in (proposal.text, f"({proposal.text})"):
            edit = self._edit(self.source.span(node), text, rule, proposal)
            statement = self._reparsed(edit)
            if statement is not None and ast.dump(statement) == expected:
                return edit, statement
        return None

    def raw(self, proposal: Proposal, rule: str) -> Edit | None:
        """The edit of a span `within`, whose result needs only to parse."""
        assert proposal.within is not None
        edit = self._edit(proposal.within, proposal.text, rule, proposal)
        try:
            tree = ast.parse(edit.apply(self.source.text))
        except SyntaxError:
            return None
        return None if ast.dump(tree) == ast.dump(self.source.tree) else edit

    def _edit(self, span: tuple[int, int], text: str, rule: str, proposal: Proposal) -> Edit:
        start, end = span
        before = self.source.data[start:end].decode()
        line = self.source.line_of(start)
        return Edit(self.source.file, line, start, end, before, text, rule, proposal.size, proposal.detail)

    def _inside(self, node: ast.expr) -> str:
        if node not in self._dumps:
            self._dumps[node] = ast.dump(node)
        return self._dumps[node]

    def _around(self, node: ast.expr) -> tuple[str, str]:
        """What `ast.dump` says of the statement before and after a node."""
        if node not in self._frames:
            parent = self.source.parents[node]
            hole = ast.Name(_HOLE, ast.Load())
            _exchange(parent, node, hole)
            try:
                before, _, after = ast.dump(self.statement.node).partition(ast.dump(hole))
            finally:
                _exchange(parent, hole, node)
            self._frames[node] = before, after
        return self._frames[node]

    def _reparsed(self, edit: Edit) -> ast.stmt | None:
        data = self.changed(edit)
        # Lines after the first keep their indentation; a block around them makes it right for any statement.
        try:
            tree = ast.parse(b"async def _():\n for _ in _:\n  " + data.replace(b"\n", b"\n  "))
        except SyntaxError:
            return None
        function = tree.body[0]
        assert isinstance(function, ast.AsyncFunctionDef)
        loop = function.body[0]
        assert isinstance(loop, ast.For)
        return loop.body[0]


def _exchange(parent: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for name, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, name, new)
            return
        if isinstance(value, list):
            for index, item in enumerate(value):
                if item is old:
                    value[index] = new
                    return


def sources(edits: Iterable[Edit], texts: dict[str, str]) -> dict[str, str]:
    """The texts of the files with the edits made; files without an edit are left out."""
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.file, []).append(edit)
    return {file: applied(texts[file], those) for file, those in by_file.items()}
