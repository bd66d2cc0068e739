"""Losses that a loop reports behind its update: the lines that compute one, to be run before the step."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.recording.loading.compiling import parsed, recordable
from runner.recording.scenarios.losses.written import names_loss
from runner.recording.scenarios.updates import loops

_RESULT = "loss_that_is_reported"


def reported_losses(
    source: str, file: Path, line: int, changed: Collection[str]
) -> Iterator[tuple[str, Callable[[Mapping[str, Any]], Any]]]:
    """Each loss that the loop at a line computes, as text and as what computes it from the variables before the step.

    Of the block in which it stands the lines before that make its arguments are run as well, other than those that give
    one of the parameters `changed` its value.
    """
    for loop in loops(parsed(source, file)):
        for block in _blocks(loop) if loop.lineno == line else ():
            for place, statement in enumerate(block):
                for value in _losses(statement):
                    lines = [*_made_of(block[:place], value, changed), _kept(value)]
                    yield ast.unparse(value), _run(lines, source, file)


def _blocks(loop: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(loop):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


def _losses(statement: ast.stmt) -> Iterator[ast.expr]:
    """What is called a loss when it is assigned, and calls of what is called one."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name) and names_loss(target.id):
            yield statement.value
            return
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
        yield from (
            node for node in ast.walk(statement) if isinstance(node, ast.Call) and names_loss(ast.unparse(node.func))
        )


def _made_of(before: Sequence[ast.stmt], value: ast.expr, changed: Collection[str]) -> list[ast.stmt]:
    """The assignments of a block that make what an expression reads, in their order."""
    needed = _names(value, ast.Load)
    found: list[ast.stmt] = []
    for statement in reversed(before):
        made = _names(statement, ast.Store)
        if isinstance(statement, ast.Assign) and made & needed and not made & set(changed):
            needed |= _names(statement, ast.Load)
            found.append(statement)
    return found[::-1]


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, context)}


def _kept(value: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Assign([ast.copy_location(ast.Name(_RESULT, ast.Store()), value)], value), value)


def _run(lines: Sequence[ast.stmt], source: str, file: Path) -> Callable[[Mapping[str, Any]], Any]:
    code = recordable(ast.Module(copy.deepcopy(list(lines)), []), source, file)

    def computed(scope: Mapping[str, Any]) -> Any:
        names = dict(scope)
        exec(code, names)
        return names[_RESULT]

    return computed
