"""Their source compiled so that it can be recorded: the same code with each operation reported to the recorder.

An expression `a + b` becomes `__whynan__.binary(7, a, b)`, where 7 is the number of its site. Order of evaluation and
results stay as they are, and so do line numbers. A subclass of ndarray, or another module in the place of NumPy, was
tried first: both lose track at `np.zeros` followed by assignments to elements, at `.tolist()`, `np.matrix` and lists.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

from runner.recording.rewriting.assignments import AssignmentRewriter
from runner.recording.rewriting.sites import FILES
from runner.recording.rewriting.syntax import (
    RUNTIME_NAME,
    compiles,
    completed,
    head_of,
    located,
    statement_of,
)
from runner.recording.taping.node import Place, Statement

_MOST_KEPT = 5000
_REWRITTEN: dict[Hashable, list[ast.stmt]] = {}
_QUIET = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass, ast.Break, ast.Continue, ast.ClassDef)


Prepare = Callable[[ast.stmt, Path], Sequence[ast.stmt]]


def as_it_is(statement: ast.stmt, file: Path) -> Sequence[ast.stmt]:
    """A statement to be rewritten as it stands in its file."""
    return [statement]


def compile_recorded(source: str, file: Path) -> CodeType:
    """The module `source` compiled for `exec` in a namespace of its own.

    Lines and columns are those of `source`; `file` is what tracebacks and places say. `SyntaxError` as from `compile`.
    """
    return compile_tree(ast.parse(source, str(file)), source, file)


def compile_tree(tree: ast.Module, source: str, file: Path, prepared: Prepare = as_it_is) -> CodeType:
    """The same for a syntax tree made of parts of that of `source`: one function of it, the body of a loop.

    `prepared` gives the statements to be rewritten in the place of one. The tree itself is changed.
    """
    FILES.add(str(file))
    return compile(Rewriter(source, file, prepared).module(tree), str(file), "exec", dont_inherit=True)


def say_as_written(tree: ast.Module) -> None:
    """Say of a tree that what stands in it follows from its text: no number was replaced, and nothing put in."""
    tree.as_written = True  # type: ignore[attr-defined]


class Rewriter(AssignmentRewriter):
    """Rewrites the syntax tree of one file in place."""

    def __init__(self, source: str, file: Path, prepared: Prepare = as_it_is) -> None:
        super().__init__(source, file)
        self._prepared = prepared
        self._scopes: list[str] = []
        self._in_class_body = False
        self._loops: tuple[Place, ...] = ()
        self._as_written = False

    def module(self, tree: ast.Module) -> ast.Module:
        """The module with every function and class of it rewritten, and the recorder imported on top."""
        self._as_written = getattr(tree, "as_written", False)
        head = head_of(tree.body)
        entry = ast.ImportFrom("runner.recording.taping.runtime", [ast.alias("RUNTIME", RUNTIME_NAME)], 0)
        if head < len(tree.body):
            ast.copy_location(entry, tree.body[head])
        tree.body = [*tree.body[:head], ast.fix_missing_locations(entry), *self._remembered(tree.body[head:])]
        return tree

    # -- statements

    def _body(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        return [new for statement in body for new in self._rewritten(statement)]

    def _remembered(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The statements rewritten; what stood in the same lines of the file before with the same text is taken again.

        A search for a correction compiles a file some hundred times, each time with one other line.
        """
        found: list[ast.stmt] = []
        for statement in body:
            # A loop and what is said when it has been left stand on the same lines, with the same numbers.
            key = (
                type(statement),
                self._prepared,
                self._places.lines_of(statement),
                (*self._scopes,),
                self._numbers(statement),
            )
            if key not in _REWRITTEN:
                if len(_REWRITTEN) >= _MOST_KEPT:
                    _REWRITTEN.clear()
                new = [one for part in self._prepared(statement, self._places.file) for one in self._rewritten(part)]
                _REWRITTEN[key] = [completed(one) for one in new]
            found += _REWRITTEN[key]
        return found

    def _numbers(self, statement: ast.stmt) -> Hashable:
        """The constants of a statement, where these may be others than its text has."""
        if self._as_written:
            return None
        return tuple(n.value for n in ast.walk(statement) if isinstance(n, ast.Constant))

    def _rewritten(self, node: ast.stmt) -> list[ast.stmt]:
        outer, self._statement = self._statement, self._described(node)
        try:
            special = getattr(self, f"_on_{type(node).__name__.lower()}", None)
            new = special(node) if special is not None else [self._inside(node)]
            if not isinstance(node, _QUIET) and not self._in_class_body:
                new = [statement_of(self._report("at", node, [])), *new]
            for each in new:
                located(each, node)
            return new
        finally:
            self._statement = outer

    def _described(self, node: ast.stmt) -> Statement:
        place = self._places
        match node:
            case ast.For() | ast.AsyncFor():
                where = place.between(node.target, node.iter)
            case ast.While() | ast.If():
                where = place.of(node.test)
            case ast.With() | ast.AsyncWith():
                last = node.items[-1]
                where = place.between(node.items[0].context_expr, last.optional_vars or last.context_expr)
            case ast.Match():
                where = place.of(node.subject)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Try() | ast.TryStar():
                where = place.line_of(node)
            case _:
                where = place.of(node)
        return Statement(where, type(node).__name__, ".".join(self._scopes) or "<module>", self._loops)

    def _on_functiondef(self, node: Any) -> list[ast.stmt]:
        node.decorator_list = [each for each in node.decorator_list if not compiles(each)]
        node.args = self._inside(node.args)
        head = 1 if ast.get_docstring(node, clean=False) is not None else 0
        with self._scope(node.name):
            enter = located(statement_of(self._report("enter", node, [])), node)
            node.body = [*node.body[:head], enter, *self._remembered(node.body[head:])]
        return [node]

    _on_asyncfunctiondef = _on_functiondef

    def _on_classdef(self, node: ast.ClassDef) -> list[ast.stmt]:
        node.bases = [self._expr(base) for base in node.bases]
        with self._scope(node.name, of_class=True):
            node.body = self._remembered(node.body)
        return [node]

    def _on_for(self, node: Any) -> list[ast.stmt]:
        if isinstance(node, ast.For):
            node.iter = self._iterated(node.iter, node.target)
        else:
            node.iter = self._expr(node.iter)
        self._loop_body(node)
        return [node]

    _on_asyncfor = _on_for

    def _on_while(self, node: ast.While) -> list[ast.stmt]:
        node.test = self._expr(node.test)
        self._loop_body(node)
        return [node]

    def _loop_body(self, node: Any) -> None:
        assert self._statement is not None
        turn = located(statement_of(self._report("turn", node, [])), node.body[0])
        outer, self._loops = self._loops, (*self._loops, self._statement.place)
        node.body = [turn, *self._body(node.body)]
        self._loops = outer
        node.orelse = self._body(node.orelse)

    def _on_return(self, node: Any) -> list[ast.stmt]:
        if node.value is not None:
            node.value = self._kept(node.value)
        return [node]

    def _on_delete(self, node: ast.Delete) -> list[ast.stmt]:
        return [node]

    def _on_match(self, node: ast.Match) -> list[ast.stmt]:
        node.subject = self._expr(node.subject)
        for case in node.cases:
            case.guard = None if case.guard is None else self._expr(case.guard)
            case.body = self._body(case.body)
        return [node]

    # -- scopes

    @contextmanager
    def _scope(self, name: str, of_class: bool = False) -> Iterator[None]:
        before = self._class, self._in_class_body, self._loops
        self._scopes.append(name)
        self._class, self._in_class_body, self._loops = (name if of_class else self._class), of_class, ()
        try:
            yield
        finally:
            self._scopes.pop()
            self._class, self._in_class_body, self._loops = before
