"""Stage one of a correction: the changed statement run alone on the variables that it had."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any

from runner.recording.edits.edit import Candidate
from runner.recording.edits.statement import Statement as Written
from runner.recording.judging import Judge
from runner.recording.running import Result, code_of, code_of_store, made, stores
from runner.recording.scoping import environment
from runner.recording.tape import Snapshot

_FOLLOWING = 5


class Trial:
    """One statement with the variables before some of its executions.

    `callers` are the statements that called the function in which it stands, each with its variables before.
    """

    def __init__(
        self,
        judge: Judge,
        written: Written,
        snapshots: Sequence[Snapshot],
        callers: Sequence[tuple[Written, Snapshot]] = (),
    ) -> None:
        self._judge, self._written = judge, written
        self._names = [environment(snapshot) for snapshot in snapshots]
        self._stores = bool(self._names) and stores(written.node, self._names[0])
        own = self._form(written.node)
        self._before = [None if own is None else made(own, names) for names in self._names]
        self._following = [(_target(each), code_of(each)) for each in _following(written)]
        self._after = [list(self._results(own, names)) for names in self._names[:1]] if self._following else []
        self._callers = [(code_of(one.node), environment(snapshot)) for one, snapshot in callers]
        self._called = [None if code is None else made(code, names) for code, names in self._callers]

    def passes(self, candidate: Candidate) -> bool:
        """Whether the changed statement makes true derivatives of all that it makes, the first time that it matters.

        Where it makes a helper that is no derivative itself: whether one of the next statements, or the one that called
        the function, makes a true derivative that it did not make before.
        """
        with candidate.statement() as statement:
            code = None if statement is None else self._form(statement)
        if code is None or not self._names:
            return False
        for names, before in zip(self._names, self._before, strict=True):
            verdict = self._judge.verdict(made(code, names), before)
            if verdict is not None:
                # Later executions may have variables that are wrong since the first.
                return verdict or self._helps_following(code) or self._helps_caller(candidate)
        return False

    def _form(self, statement: ast.stmt) -> CodeType | None:
        return code_of_store(statement) if self._stores else code_of(statement)

    def _helps_following(self, code: CodeType) -> bool:
        if not self._following or not self._after:
            return False
        now = list(self._results(code, self._names[0]))
        return any(self._judge.became_true(a, b) for a, b in zip(now, self._after[0], strict=False))

    def _results(self, code: CodeType | None, names: dict[str, Any]) -> Iterator[Result]:
        """What the next statements make once this one has been run."""
        changed = dict(names)
        own = (_target(self._written.node), code)
        for place, (target, each) in enumerate((own, *self._following)):
            result = None if each is None or target is None else made(each, changed)
            if result is None or target is None or len(result.parts) != 1:
                return
            changed[target] = result.parts[0]
            if place:
                yield result

    def _helps_caller(self, candidate: Candidate) -> bool:
        if not self._callers:
            return False
        function = self._function()
        with candidate.statement() as statement:
            code = None if function is None or statement is None else _body(self._written, statement)
        if function is None or code is None:
            return False
        kept = function.__code__
        try:
            function.__code__ = code
            for (called, names), before in zip(self._callers, self._called, strict=True):
                if called is not None and self._judge.became_true(made(called, names), before):
                    return True
        except ValueError:
            return False
        finally:
            function.__code__ = kept
        return False

    def _function(self) -> FunctionType | None:
        """Their function in which the statement stands, itself and not a copy."""
        own = self._written.function
        if own is None:
            return None
        found = None
        if own.args.args and own.args.args[0].arg in self._names[0]:
            found = getattr(type(self._names[0][own.args.args[0].arg]), own.name, None)
        found = found if isinstance(found, FunctionType) else self._names[0].get(own.name)
        return found if isinstance(found, FunctionType) and found.__name__ == own.name else None


def _target(statement: ast.stmt) -> str | None:
    """The one name that a statement assigns to."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def _following(written: Written) -> list[ast.stmt]:
    """The next few statements that assign to one name each."""
    if _target(written.node) is None:
        return []
    block = written.block
    found: list[ast.stmt] = []
    for statement in block[block.index(written.node) + 1 :][:_FOLLOWING]:
        if _target(statement) is None:
            break
        found.append(statement)
    return found


def _body(written: Written, statement: ast.stmt) -> CodeType | None:
    """The code of the function with the statement in it, compiled as Python does."""
    function, block = written.function, written.block
    if function is None or isinstance(function, ast.AsyncFunctionDef) or written.node not in block:
        return None
    place = block.index(written.node)
    decorators, function.decorator_list = function.decorator_list, []
    block[place] = statement
    try:
        module = compile(ast.Module([function], []), "<trial>", "exec")
    except (SyntaxError, ValueError):
        return None
    finally:
        block[place] = written.node
        function.decorator_list = decorators
    return next((c for c in module.co_consts if isinstance(c, CodeType) and c.co_name == function.name), None)
