"""A replacement of one span of bytes of a file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from runner.recording.edits.statement import Statement

# What may need parentheses, and where.
_LOOSE = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda)
_TIGHT = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Attribute, ast.Subscript, ast.Call, ast.Starred)


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


class Writer:
    """Writes proposals for one statement as edits, with parentheses where the meaning needs them."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.source = statement.source
        self._start, self._end = self.source.span(statement.node)

    def span(self, proposal: Proposal) -> tuple[int, int]:
        """What a proposal replaces."""
        return proposal.within or self.source.span(proposal.node)

    @contextmanager
    def exchanged(self, node: ast.expr, wanted: ast.expr) -> Iterator[ast.stmt]:
        """The statement with another expression in the place of one of its own, for as long as the context lasts."""
        parent = self.source.parents[node]
        _exchange(parent, node, wanted)
        try:
            yield self.statement.node
        finally:
            _exchange(parent, wanted, node)

    def written(self, proposal: Proposal, rule: str, wanted: ast.expr) -> Edit | None:
        """The edit for an expression that is `wanted`; None where it can't be written in that place."""
        node = proposal.node
        assert isinstance(node, ast.expr)
        plain = self._edit(proposal, proposal.text, rule)
        if not (isinstance(wanted, _LOOSE) and isinstance(self.source.parents[node], _TIGHT)):
            return self._bare(plain) if isinstance(self.source.parents[node], ast.BinOp) else plain
        with self.exchanged(node, wanted) as statement:
            expected = ast.dump(statement)
        for edit in (plain, self._edit(proposal, f"({proposal.text})", rule)):
            found = self.reparsed(edit)
            if found is not None and ast.dump(found) == expected:
                return edit
        return None

    def _bare(self, edit: Edit) -> Edit:
        """The edit without the parentheses that stood around what it replaces."""
        around = self.source.data[edit.start - 1 : edit.start], self.source.data[edit.end : edit.end + 1]
        if around != (b"(", b")"):
            return edit
        wider = replace(edit, start=edit.start - 1, end=edit.end + 1, before=f"({edit.before})")
        inside, outside = self.reparsed(edit), self.reparsed(wider)
        same = inside is not None and outside is not None and ast.dump(inside) == ast.dump(outside)
        return wider if same else edit

    def raw(self, proposal: Proposal, rule: str) -> Edit | None:
        """The edit of a span `within`, whose result needs only to parse."""
        edit = self._edit(proposal, proposal.text, rule)
        try:
            ast.parse(edit.apply(self.source.text))
        except SyntaxError:
            return None
        return edit

    def _edit(self, proposal: Proposal, text: str, rule: str) -> Edit:
        start, end = self.span(proposal)
        before = self.source.data[start:end].decode()
        line = self.source.line_of(start)
        return Edit(self.source.file, line, start, end, before, text, rule, proposal.size, proposal.detail)

    def reparsed(self, edit: Edit) -> ast.stmt | None:
        """The statement as it would be read with an edit in it; None for one that goes beyond it."""
        if edit.start < self._start or edit.end > self._end:
            return None
        data = self.source.data
        data = data[self._start : edit.start] + edit.after.encode() + data[edit.end : self._end]
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


class Candidate:
    """A proposal that can be tried: the statement as it would be, and the edit, written when it is asked for."""

    def __init__(self, writer: Writer, proposal: Proposal, rule: str) -> None:
        self._writer, self._proposal, self.rule = writer, proposal, rule
        self.size, self.detail = proposal.size, proposal.detail
        self._wanted = None if proposal.within else _parsed(proposal)

    @property
    def changes(self) -> bool:
        """Whether there is anything to try: text that is an expression, and another one than before."""
        if self._proposal.within:
            return True
        node = self._proposal.node
        return self._wanted is not None and ast.dump(self._wanted) != ast.dump(node)

    @cached_property
    def edit(self) -> Edit | None:
        """The edit; None where it can't be written there."""
        if self._proposal.within:
            return self._writer.raw(self._proposal, self.rule)
        return None if self._wanted is None else self._writer.written(self._proposal, self.rule, self._wanted)

    @contextmanager
    def statement(self) -> Iterator[ast.stmt | None]:
        """The statement as it would be, for as long as the context lasts; None where statements are moved."""
        if self._proposal.within:
            edit = self.edit
            yield None if edit is None else self._writer.reparsed(edit)
        else:
            assert isinstance(self._proposal.node, ast.expr)
            assert self._wanted is not None
            with self._writer.exchanged(self._proposal.node, self._wanted) as statement:
                yield statement


def _parsed(proposal: Proposal) -> ast.expr | None:
    try:
        wanted = ast.parse(proposal.text, mode="eval").body
    except SyntaxError:
        return None
    if hasattr(proposal.node, "ctx") and hasattr(wanted, "ctx"):
        wanted.ctx = proposal.node.ctx
    return wanted


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
