"""What a statement lacks, found by its numbers: a factor, a term, a number, or another factor for one that is there.

What the statement has to make is known, a true derivative; so what is missing is the quotient or the difference, and
is looked up among all that could be written there. Trying each expression in turn would be the same, more slowly.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.edits.edit import Proposal
from runner.recording.edits.scope import Scope
from runner.recording.edits.statement import Statement
from runner.recording.locating.projections import real
from runner.recording.repairing.looking import evaluated
from runner.recording.repairing.vocabulary import Term, Vocabulary

Array = NDArray[np.float64]

RULE = "missing"
_SAME = 1e-7
_ENOUGH = 2  # elements, so that a match is no chance
_PARTS = 16
_WAYS = 3  # to write one factor


@dataclass(frozen=True)
class _Part:
    """A part of a result, its value, and the value that it should have."""

    node: ast.expr
    value: Array
    wanted: Array


def lacking(
    statement: Statement,
    scope: Scope,
    names: Mapping[str, Any],
    targets: Sequence[Array],
    known: dict[tuple[int, ...], Vocabulary] | None = None,
) -> Iterator[Proposal]:
    """Edits after which the statement makes one of `targets`, arrays of the shape of what it makes now.

    `names` are the variables before it runs, `known` keeps what can be written there from call to call.
    The result of an addition in place is what stands there afterwards.
    """
    value = statement.value
    result = None if value is None else real(evaluated(statement.segment(value), names))
    if value is None or result is None or result.size < _ENOUGH:
        return
    before = _held(statement, names, result)
    known = {} if known is None else known
    for target in targets:
        if target.shape != result.shape or _is_near(target, before + result):
            continue
        for part in _parts(statement, names, _Part(value, result, target - before)):
            words = known.setdefault(part.value.shape, Vocabulary(scope, names, part.value.shape))
            if part.node is not value:
                yield from _numbered(statement, part, words)
                yield from _exchanged(statement, part, words)
            yield from _scaled(statement, part, words)
            yield from _added(statement, part, words)


def _is_near(one: Array, other: Array) -> bool:
    return bool(np.abs(one - other).max() <= _SAME * np.abs(one).max())


def _held(statement: Statement, names: Mapping[str, Any], result: Array) -> Array:
    """What an addition in place finds there already; zeros for anything else."""
    node = statement.node
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        held = real(evaluated(statement.segment(node.target), names))
        if held is not None and held.shape == result.shape:
            return held
    return np.zeros(result.shape)


def _parts(statement: Statement, names: Mapping[str, Any], whole: _Part) -> Iterator[_Part]:
    """The whole result, and what each of its terms and factors should be if all the others are right."""
    waiting = [whole]
    for _ in range(_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        node = part.node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            waiting.append(_Part(node.operand, -part.value, -part.wanted))
        if not isinstance(node, ast.BinOp):
            continue
        for inner, other in ((node.left, node.right), (node.right, node.left)):
            value, beside = (real(evaluated(statement.segment(one), names)) for one in (inner, other))
            if value is None or beside is None or value.shape != part.value.shape:
                continue
            wanted = _wanted_of(node, inner is node.right, part.wanted, beside)
            if wanted is not None and wanted.shape == value.shape and np.isfinite(wanted).all() and wanted.any():
                waiting.append(_Part(inner, value, wanted))


def _wanted_of(node: ast.BinOp, right: bool, wanted: Array, beside: Array) -> Array | None:
    """What one operand should be so that an operation has a value, where the other operand is right."""
    match node.op:
        case ast.Add():
            return np.asarray(wanted - beside)
        case ast.Sub():
            return np.asarray(beside - wanted if right else wanted + beside)
        case ast.Mult() if np.all(beside):
            return np.asarray(wanted / beside)
        case ast.Div() if not right:
            return np.asarray(wanted * beside)
    return None


def _numbered(statement: Statement, part: _Part, words: Vocabulary) -> Iterator[Proposal]:
    """The part times a number."""
    factor = _ratio(part.wanted, part.value)
    for before, behind in _written(factor, words.numbers[1:]) if factor is not None else ():
        text = f"{before}{_product_text(statement, part.node)}{behind}"
        named = any(letter.isalpha() for letter in f"{before}{behind}")
        yield Proposal(part.node, text, 1.5 if named else 1.8, ("missing number", before or behind))


def _scaled(statement: Statement, part: _Part, words: Vocabulary) -> Iterator[Proposal]:
    """The part times an array, and times a number as well."""
    text = _product_text(statement, part.node)
    for one in words.factors:
        factor = _ratio(part.wanted, part.value * one.value)
        for before, behind in _written(factor, words.numbers) if factor is not None else ():
            size = 1.9 + one.size + (0.3 if before or behind else 0.0)
            yield Proposal(part.node, f"{before}{one.times(text)}{behind}", size, ("missing factor", one.text))


def _exchanged(statement: Statement, part: _Part, words: Vocabulary) -> Iterator[Proposal]:
    """Another expression in the place of the part."""
    if isinstance(part.node, ast.Constant):
        return
    for one in words.factors:
        factor = _ratio(part.wanted, np.broadcast_to(one.value, part.wanted.shape))
        for before, behind in _written(factor, words.numbers[:1]) if factor is not None else ():
            yield Proposal(part.node, f"{before}{one.text}{behind}", 1.8 + one.size, ("other factor", one.text))


def _added(statement: Statement, part: _Part, words: Vocabulary) -> Iterator[Proposal]:
    """The part plus or minus a term."""
    text = _sum_text(statement, part.node)
    for one, factor in words.terms_like(part.wanted - part.value):
        sign = "+" if factor > 0 else "-"
        for before, behind in _written(abs(factor), words.numbers):
            size = 2.0 + one.size + (0.2 if before or behind else 0.0)
            yield Proposal(part.node, f"{text} {sign} {_term(one, before, behind)}", size, ("missing term", one.text))


def _term(one: Term, before: str, behind: str) -> str:
    return f"{before}{one.text}{behind}"


def _ratio(wanted: Array, made: Array) -> float | None:
    """The number by which an array is to be multiplied to be what is wanted; None where there is none."""
    square = float(np.vdot(made, made))
    if not square or not np.isfinite(square):
        return None
    factor = float(np.vdot(made, wanted)) / square
    largest = float(np.abs(wanted).max())
    if not factor or not largest or np.abs(wanted - factor * made).max() > _SAME * largest:
        return None
    return factor


def _written(factor: float, numbers: Sequence[tuple[float, str, str]]) -> Iterator[tuple[str, str]]:
    """The ways to write a factor, before and behind what it multiplies."""
    found = [(before, behind) for number, before, behind in numbers if abs(factor / number - 1) < _SAME]
    yield from found[:1] if found[:1] == [("", "")] else found[:_WAYS]


def _product_text(statement: Statement, node: ast.expr) -> str:
    text = statement.segment(node)
    tight = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.MatMult | ast.Div)
    alone = not isinstance(node, ast.BinOp | ast.UnaryOp | ast.IfExp | ast.Compare | ast.BoolOp | ast.Lambda)
    return text if tight or alone else f"({text})"


def _sum_text(statement: Statement, node: ast.expr) -> str:
    text = statement.segment(node)
    return f"({text})" if isinstance(node, ast.IfExp | ast.Compare | ast.BoolOp | ast.Lambda) else text
