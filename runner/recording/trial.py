"""Stage one of a correction: the changed statement run alone on the variables that it had."""

from __future__ import annotations

import ast
import builtins
import copy
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from runner.recording.colours import TRUE, Colour, Colours, Finding
from runner.recording.projections import real, signature
from runner.recording.scoping import environment
from runner.recording.tape import Snapshot

_LARGEST = 20_000_000  # bytes of a result that broadcasting may make


@dataclass(frozen=True)
class Result:
    """What a statement makes: one value, or the parts of a tuple, list or dict."""

    parts: tuple[Any, ...]


class Trial:
    """One statement with the variables before some of its executions.

    `wanted` is the index of the parameter's leaf whose gradient the statement makes, where it makes that alone; where
    it is None, the result has to be a true derivative of anything. `ratio` is by what the result is too large where it
    is a true derivative but for a factor: then it has to be the same derivative with the right factor.
    """

    def __init__(
        self,
        colours: Colours,
        snapshots: Sequence[Snapshot],
        wanted: int | None = None,
        ratio: float | None = None,
    ) -> None:
        self._colours = colours
        self._names = [environment(snapshot) for snapshot in snapshots]
        self._wanted, self._ratio = wanted, ratio

    def passes(self, statement: ast.stmt, original: ast.stmt) -> bool:
        """Whether the changed statement makes true derivatives of all that it makes, in every execution.

        The original makes at least one value that is none. A statement that can't be run alone, or whose result is a
        helper that is no derivative itself, does not pass; it may be right all the same.
        """
        if not self._names:
            return False
        return all(self._passes(statement, original, names) for names in self._names)

    def _passes(self, statement: ast.stmt, original: ast.stmt, names: dict[str, Any]) -> bool:
        now = made(statement, names)
        before = made(original, names)
        if now is None or before is None or len(now.parts) != len(before.parts):
            return False
        changed = [place for place, (a, b) in enumerate(zip(now.parts, before.parts, strict=True)) if not _same(a, b)]
        return bool(changed) and all(self._true(now.parts[place], before.parts[place]) for place in changed)

    def _true(self, value: Any, before: Any) -> bool:
        found = self._found(value)
        if found is None or found.colour not in TRUE:
            return False
        if self._ratio is not None:
            was = self._found(before)
            return was is not None and _divided(found, was, self._ratio)
        if self._wanted is None or found.colour is not Colour.ADJOINT:
            return True
        return any(match.reference.index == self._wanted for match in found.matches)

    def _found(self, value: Any) -> Finding | None:
        array = real(value)
        if array is None or array.nbytes > _LARGEST:
            return None
        known = signature(array)
        return self._colours.known(known) if known.norm else None


def _divided(now: Finding, was: Finding, ratio: float) -> bool:
    """Whether a value is the same derivative as before, divided by the ratio."""
    factors = {match.reference.index: match.factor for match in was.matches}
    return any(
        abs(match.factor * ratio - factors[match.reference.index]) <= 1e-6 * abs(factors[match.reference.index])
        for match in now.matches
        if match.reference.index in factors
    )


def _same(one: Any, other: Any) -> bool:
    try:
        return one is other or bool(np.array_equal(one, other))
    except Exception:
        return False


def made(statement: ast.stmt, names: Mapping[str, Any]) -> Result | None:
    """What a statement assigns, adds up to or returns, its targets left alone; None where it can't be told."""
    value = _value(statement)
    if value is None:
        return None
    code = _compiled(value)
    if code is None:
        return None
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = eval(code, {"__builtins__": builtins, **names})
    except Exception:
        return None
    return Result(tuple(_parts(result)))


def _compiled(value: ast.expr) -> Any:
    tree = ast.fix_missing_locations(ast.Expression(value))
    try:
        return compile(tree, "<trial>", "eval")
    except (SyntaxError, ValueError):
        return None


def _value(statement: ast.stmt) -> ast.expr | None:
    if isinstance(statement, ast.AugAssign):
        target = copy.deepcopy(statement.target)
        target.ctx = ast.Load()
        return ast.BinOp(target, statement.op, statement.value)
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Return):
        return statement.value
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        # What is appended or inserted is what is made.
        called = statement.value
        name = called.func.attr if isinstance(called.func, ast.Attribute) else ""
        if name in ("append", "insert", "appendleft") and called.args:
            return called.args[-1]
    return None


def _parts(result: Any) -> Iterator[Any]:
    if isinstance(result, tuple | list):
        for item in result:
            yield from _parts(item)
    elif isinstance(result, dict):
        for item in result.values():
            yield from _parts(item)
    else:
        yield result
