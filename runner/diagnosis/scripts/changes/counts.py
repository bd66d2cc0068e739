"""How many turns a script's loop makes, where that is written as a number."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from runner.diagnosis.scripts.changes.edit import Edit, Source
from runner.diagnosis.scripts.changes.named_numbers import places_of

# Names that are followed: `range(epochs)` in a function that is called with `epochs=n_epochs`.
_FOLLOWED = 3


def longer_edit(source: Source, line: int, times: int) -> Edit | None:
    """The training loop of which a step is a turn, so many times as long; None where its length is no number.

    `line` is that of the loop of the steps; of loops within each other the outermost that counts is the longer one.
    """
    for loop in _loops(source, line):
        numbers = _numbers(source, loop.iter)
        if numbers:
            return Edit(tuple(source.piece(one, str(times * value)) for one, value in numbers), times=times)
    return None


def _loops(source: Source, line: int) -> Iterator[ast.For]:
    """The loop at a line and those around it, the outermost first."""
    found = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.For) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    yield from sorted(found, key=lambda node: node.lineno)


def _numbers(source: Source, iterated: ast.expr) -> list[tuple[ast.expr, int]]:
    """The numbers that say how often something like `range(epochs)` counts."""
    if isinstance(iterated, ast.Call) and ast.unparse(iterated.func) in ("tqdm", "trange", "tqdm.tqdm"):
        iterated = iterated.args[0] if iterated.args else iterated
    if not isinstance(iterated, ast.Call) or ast.unparse(iterated.func) not in ("range", "trange"):
        return []
    if len(iterated.args) > 2:
        return []
    end = iterated.args[-1]
    if isinstance(end, ast.BinOp) and isinstance(end.op, ast.Add) and isinstance(end.right, ast.Constant):
        end = end.left  # range(1, epochs + 1)
    return _values(source, end)


def _values(source: Source, end: ast.expr) -> list[tuple[ast.expr, int]]:
    """A number itself, or those that what has its name is given."""
    names: list[str] = []
    for _ in range(_FOLLOWED):
        if isinstance(end, ast.Constant):
            return list(_number(end))
        if not isinstance(end, ast.Name | ast.Attribute):
            return []
        name = ast.unparse(end).rpartition(".")[2]
        if name in names:
            return []
        names.append(name)
        given = list[ast.expr]()
        for places in places_of(source, partial(_is_last, name)):
            given += (held := list(places))
            if found := [pair for one in held for pair in _number(one)]:
                return found
        ahead = [one for one in given if isinstance(one, ast.Name | ast.Attribute)]
        ahead = [one for one in ahead if ast.unparse(one).rpartition(".")[2] not in names]
        if not ahead:
            return []
        end = ahead[0]
    return []


def _number(node: ast.expr) -> Iterator[tuple[ast.expr, int]]:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield node, node.value


def _is_last(name: str, text: str) -> bool:
    """Whether a name is the last word of `self.epochs`, `--epochs`, `epochs`."""
    return text.rpartition(".")[2].lstrip("-").replace("-", "_") == name
