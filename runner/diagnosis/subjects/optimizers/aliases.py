"""Where two states of an optimizer are made one array: `self.m = self.v = np.zeros(n)`, or `v = m`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.recording.edits.statement import Source, Statement


def aliases(source: Source, one: Statement, other: Statement) -> Iterator[Statement]:
    """The assignments that give one array to a name that one statement reads and to another that the other reads."""
    read, also = _read(one), _read(other)
    for statement in source.statements():
        names = {ast.unparse(name) for name in _given(statement.node)}
        own = names & read
        if own and (names & also) - own:
            yield statement


def _given(node: ast.stmt) -> list[ast.expr]:
    """The names to which an assignment gives one object, that from which it takes it included."""
    if not isinstance(node, ast.Assign):
        return []
    named: list[ast.expr] = [one for one in (*node.targets, node.value) if isinstance(one, ast.Name | ast.Attribute)]
    return named if len(named) > 1 else []


def _read(statement: Statement) -> set[str]:
    return {ast.unparse(one) for one in statement.expressions if isinstance(one, ast.Name | ast.Attribute)}
