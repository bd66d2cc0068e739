"""What can be written at a statement: the variables that a snapshot holds, and what each of them is on the tape."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from runner.recording.edits.scope import Function, Kind, Scope, Variable
from runner.recording.edits.statement import Source, Statement
from runner.recording.repairing.kinds import Kinds
from runner.recording.repairing.looking import evaluated, is_plain, readable
from runner.recording.repairing.state import restored
from runner.recording.scenarios.naming import is_rate
from runner.recording.taping.node import Namespace, Node, Snapshot

_NUMBERS = 8
_WAYS = 3
_NUMBERS_KEPT = (np.ndarray, np.generic, int, float)


def environment(snapshot: Snapshot) -> Namespace:
    """All names that the statement sees, those of its function before those of the module."""
    return {**snapshot.globals_, **snapshot.variables}


def _made_again(kinds: Kinds, names: Mapping[str, Any], known: Sequence[Variable]) -> Iterator[Variable]:
    """Products of the forward pass that can be written here again: `S @ X`, where no variable has the result."""
    held = [(one.text, np.asarray(evaluated(one.text, names))) for one in known if len(one.shape) > 1]

    def written(value: Any) -> str | None:
        return next((text for text, one in held if np.array_equal(one, value)), None)

    for node in kinds.products():
        if written(node.value) is None and len(node.operands) == 2:
            one, other = (written(operand.value) for operand in node.operands)
            if one is not None and other is not None:
                yield Variable(f"({one} @ {other})", Kind.ACTIVATION, node.shape, id(node))


def _seen_by(statement: Statement, snapshot: Snapshot) -> Namespace:
    """The names of a correction: in a function, of the module's numbers and arrays only those that functions read.

    What a module computes for itself, as `n` under `if __name__ == "__main__"`, is no business of its functions.
    """
    if statement.function is None:
        return environment(snapshot)
    functions = [n for n in ast.walk(statement.source.tree) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    read = {n.id for one in functions for n in ast.walk(one) if isinstance(n, ast.Name)}
    shared = {name: v for name, v in snapshot.globals_.items() if name in read or not isinstance(v, _NUMBERS_KEPT)}
    return {**shared, **snapshot.variables}


def scope(statement: Statement, snapshot: Snapshot, kinds: Kinds, ratio: float | None = None) -> Scope:
    """The scope of a statement just before it ran."""
    names = _seen_by(statement, snapshot)
    variables: list[Variable] = []
    lists: list[Variable] = []
    seen: set[str] = set()
    for text, value in readable(statement, names):
        if text in seen:
            continue
        seen.add(text)
        if isinstance(value, list | tuple) and value and isinstance(value[0], np.ndarray):
            lists.append(Variable(text, kinds.of(value[0]), (len(value),), id(value)))
            continue
        kind = Kind.SCALAR if is_rate(text) and shape_of(value) == () else kinds.of(value)
        if kind is not Kind.OTHER:
            variables.append(Variable(text, kind, shape_of(value) or (), id(value)))
    whole = {one.text for one in variables if one.kind is Kind.PARAMETER}
    variables = [replace(one, kind=Kind.PARAMETER) if _picked_from(one.text) in whole else one for one in variables]
    variables += _made_again(kinds, names, variables)
    return Scope(
        variables=tuple(variables),
        lists=tuple(lists),
        functions=tuple(_functions(statement.source, names, variables)),
        counts=tuple(_few_of_each(_counts(variables), names)),
        numbers=tuple(_numbers(statement.source)),
        ratio=ratio,
        result_shape=_result_shape(statement, names),
        numpy=next((n for n, v in names.items() if v is np), "np"),
        unread=_unread(statement),
        matrices=any(isinstance(value, np.matrix) for value in names.values()),
    )


def _picked_from(text: str) -> str:
    """The array of which an element or row is written: `w` for `w[i, j]`."""
    return text.rpartition("[")[0] if text.endswith("]") else ""


def _unread(statement: Statement) -> frozenset[str]:
    """The names that the function around a statement gives and never reads: something was to be made of them."""
    own = statement.function if statement.function is not None else statement.source.tree
    names = [node for node in ast.walk(own) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return frozenset(node.id for node in names if isinstance(node.ctx, ast.Store)) - read


def lambda_scope(statement: Statement, node: Node) -> Scope:
    """The scope of the lambdas in a statement that ran before anything was recorded: their arguments alone."""
    names = dict.fromkeys(
        argument.arg for one in statement.expressions if isinstance(one, ast.Lambda) for argument in one.args.args
    )
    return Scope(
        variables=tuple(Variable(name, Kind.PREACTIVATION, node.shape, n) for n, name in enumerate(names)),
        numbers=tuple(_numbers(statement.source)),
        result_shape=node.shape,
    )


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of an array or a number, () for a number; None for anything else."""
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array.shape if array.dtype.kind in "fiub" else None


def _counts(variables: list[Variable]) -> Iterator[str]:
    """The whole numbers above 1 that are known there, and the sizes of the data, targets and what comes back."""
    yield from (v.text for v in variables if v.kind is Kind.COUNT)
    arrays = [v for kind in (Kind.DATA, Kind.TARGET, Kind.DELTA) for v in variables if v.kind is kind and v.shape]
    for one in arrays[:4]:
        yield f"len({one.text})"
        yield from (f"{one.text}.shape[{axis}]" for axis in range(min(len(one.shape), 2)))
    # A mean over outputs, too, divides by all of these; the size of the inputs only agrees where both are as wide.
    yield from (f"{one.text}.size" for one in [v for v in arrays if v.kind is not Kind.DATA][:1])


def _few_of_each(counts: Iterable[str], names: Mapping[str, Any]) -> Iterator[str]:
    """The first few ways to write each number; other sizes distinguish numbers that merely agree here."""
    written: dict[Any, int] = {}
    for text in counts:
        value = evaluated(text, names)
        written[value] = written.get(value, 0) + 1
        if written[value] <= _WAYS:
            yield text


def _numbers(source: Source) -> list[float]:
    numbers = (n.value for n in ast.walk(source.tree) if isinstance(n, ast.Constant))
    found = {float(v) for v in numbers if isinstance(v, int | float) and 0 < v < 100 and v not in (1, 2)}
    return sorted(found, key=lambda v: (v >= 1, v))[:_NUMBERS]


def _result_shape(statement: Statement, names: Mapping[str, Any]) -> tuple[int, ...] | None:
    if statement.value is None:
        return None
    value = evaluated(statement.segment(statement.value), names)
    return None if isinstance(value, tuple | list | dict) else shape_of(value)


def _functions(source: Source, names: Mapping[str, Any], variables: list[Variable]) -> Iterator[Function]:
    """Their own functions of one array that are called somewhere, and how they are asked for the derivative."""
    sample = next((v for v in variables if v.kind in (Kind.ACTIVATION, Kind.PREACTIVATION) and v.shape), None)
    if sample is None:
        return
    seen: set[str] = set()
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not 1 <= len(node.args) + len(node.keywords) <= 2 or not node.args:
            continue
        if not is_plain(node.func) or isinstance(node.args[0], ast.Starred):
            continue
        called = source.segment(node.func)
        options = [source.segment(a) for a in (*node.args[1:], *node.keywords)]
        form = f"{called}({', '.join(['%s', *options])})"
        if form in seen or "%" in called or not _is_function(evaluated(called, names)):
            continue
        seen.add(form)
        with restored(names):
            result = evaluated(form % sample.text, names)
        if shape_of(result) == sample.shape:
            yield Function(form)
    yield from _defined(source, names, sample, seen)


def _is_function(value: Any) -> bool:
    """Whether a value is a function or method of theirs, or an activation of a library."""
    library = isinstance(value, np.ufunc) and value.__name__ in ("expit", "tanh")
    return library or isinstance(getattr(value, "__func__", value), FunctionType)


def _defined(source: Source, names: Mapping[str, Any], sample: Variable, seen: set[str]) -> Iterator[Function]:
    """Functions of one argument at the top of the file, called or not."""
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and len(node.args.args) - len(node.args.defaults) == 1:
            form = f"{node.name}(%s)"
            if form in seen or not isinstance(names.get(node.name), FunctionType):
                continue
            with restored(names):
                result = evaluated(form % sample.text, names)
            if shape_of(result) == sample.shape:
                yield Function(form)
