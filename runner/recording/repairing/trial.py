"""Stage one of a correction: the changed statement run alone on the variables that it had."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType

import numpy as np

from runner.recording.edits.edit import Candidate
from runner.recording.edits.statement import Statement as Written
from runner.recording.repairing.judging import Judge
from runner.recording.repairing.looking import evaluated
from runner.recording.repairing.running import Result, code_of, code_of_step, code_of_store, made, stores
from runner.recording.repairing.scoping import environment
from runner.recording.repairing.state import calls_their_own, restored
from runner.recording.taping.node import Namespace, Snapshot

_FOLLOWING = 5
_LATER = ("assignment", "scatter")


class Trial:
    """One statement with the variables before some of its executions.

    `callers` are the statements that called the function in which it stands, each with its variables before. `update`:
    what the statement adds to a parameter is looked at, and not the parameter afterwards.
    """

    def __init__(
        self,
        judge: Judge,
        written: Written,
        snapshots: Sequence[Snapshot],
        callers: Sequence[tuple[Written, Snapshot]] = (),
        *,
        update: bool = False,
    ) -> None:
        self._judge, self._written, self._update = judge, written, update
        self._loops = isinstance(written.node, ast.For)
        self._names = [environment(snapshot) for snapshot in snapshots]
        self._disturbed = {id(names) for names in self._names if calls_their_own(written.node, names)}
        self._stores = bool(self._names) and stores(written.node, self._names[0]) and not self._is_one_number()
        own = self._form(written.node)
        part = isinstance(written.node, ast.AugAssign) and isinstance(written.node.target, ast.Subscript)
        step = code_of_step(written.node) if part and self._names else None
        self._steps = None if step is None else self._made(step, self._names[0])
        self._before = [None if own is None else self._made(own, names) for names in self._names]
        self._following = [(_target(each), code_of(each)) for each in _following(written)]
        self._after = [list(self._results(own, names)) for names in self._names[:1]] if self._following else []
        self._calling = [(one, environment(snapshot)) for one, snapshot in callers]
        self._disturbed |= {id(names) for _, names in self._calling}
        self._callers = [(code_of(one.node), names) for one, names in self._calling]
        self._called = [None if code is None else self._made(code, names) for code, names in self._callers]

    def passes(self, candidate: Candidate) -> bool:
        """Whether the changed statement makes true derivatives of all that it makes, the first time that it matters.

        Where it makes a helper that is no derivative itself: whether one of the next statements, or the one that called
        the function, makes a true derivative that it did not make before.
        """
        if self._loops:  # the header of a loop that is suspected: each edit of it is tried with the whole step
            return True
        if candidate.rule == "scale after":  # a second statement, which can only be tried with the whole step
            return self._judge.ratio is not None
        with candidate.statement() as statement:
            code = None if statement is None else self._form(statement)
        if not self._names:
            return self._helps_caller(candidate)
        if code is None:
            return False
        if self._steps is not None and self._adds_a_derivative(candidate):
            return True
        for names, before in zip(self._names, self._before, strict=True):
            verdict = self._judge.verdict(self._made(code, names), before)
            if verdict is not None:
                # Later executions may have variables that are wrong since the first.
                return verdict or self._helps_following(code) or self._helps_caller(candidate)
        # Adding is assigning as long as there is nothing to add to.
        return candidate.rule in _LATER

    def _made(self, code: CodeType, names: Namespace, known: Namespace | None = None) -> Result | None:
        """What a statement makes, and what it changes besides as it was; `known` are the variables of the snapshot."""
        if id(known if known is not None else names) not in self._disturbed:
            return made(code, names)
        with restored(names):
            return made(code, names)

    def _adds_a_derivative(self, candidate: Candidate) -> bool:
        """Whether what is added to a part of an array, `w[i] += ...`, is a derivative now."""
        with candidate.statement() as statement:
            code = None if statement is None else code_of_step(statement)
        if code is None or self._steps is None:
            return False
        return bool(self._judge.verdict(self._made(code, self._names[0]), self._steps))

    def _is_one_number(self) -> bool:
        """Whether a single element is assigned, `delta[j] = ...`: what it is shows, and not what the array becomes."""
        code = code_of(self._written.node) if isinstance(self._written.node, ast.Assign) else None
        result = None if code is None else made(code, self._names[0])
        return result is not None and len(result.parts) == 1 and np.shape(result.parts[0]) == ()

    def _form(self, statement: ast.stmt) -> CodeType | None:
        if self._update:
            return code_of_step(statement)
        return code_of_store(statement) if self._stores else code_of(statement)

    def _helps_following(self, code: CodeType) -> bool:
        if not self._following or not self._after:
            return False
        now = list(self._results(code, self._names[0]))
        return any(self._judge.became_true(a, b) for a, b in zip(now, self._after[0], strict=False))

    def _results(self, code: CodeType | None, names: Namespace) -> Iterator[Result]:
        """What the next statements make once this one has been run."""
        changed = dict(names)
        own = (_target(self._written.node), code)
        for place, (target, each) in enumerate((own, *self._following)):
            result = None if each is None or target is None else self._made(each, changed, names)
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
            code = None if function is None or statement is None else _body(self._written, statement, function)
        if function is None or code is None:
            return False
        kept = function.__code__
        try:
            function.__code__ = code
            for (called, names), before in zip(self._callers, self._called, strict=True):
                if called is not None and self._judge.became_true(self._made(called, names), before):
                    return True
        except ValueError:
            return False
        finally:
            function.__code__ = kept
        return False

    def _function(self) -> FunctionType | None:
        """Their function in which the statement stands, itself and not a copy: what is called in the caller."""
        for caller, names in self._calling:
            for node in caller.expressions:
                if not isinstance(node, ast.Call):
                    continue
                found = evaluated(caller.segment(node.func), names)
                found = getattr(found, "__func__", found)
                if isinstance(found, FunctionType) and self._is_own(found):
                    return found
        return None

    def _is_own(self, function: FunctionType) -> bool:
        """Whether the statement stands in a function."""
        code, node = function.__code__, self._written.node
        if code.co_filename != self._written.source.file:
            return False
        if code.co_name == "<lambda>":
            return any(one.lineno == code.co_firstlineno for one in _lambdas(node))
        own = self._written.function
        first = 0 if own is None else min([own.lineno, *(d.lineno for d in own.decorator_list)])
        return own is not None and code.co_name == own.name and code.co_firstlineno in (first, own.lineno)


def _lambdas(node: ast.AST) -> list[ast.Lambda]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Lambda)]


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


def _body(written: Written, statement: ast.stmt, function: FunctionType) -> CodeType | None:
    """The code of the function with the statement in it, compiled as Python does."""
    name, own, block = function.__code__.co_name, written.function, written.block
    if name == "<lambda>":
        line = function.__code__.co_firstlineno
        found = next((one for one in _lambdas(statement) if one.lineno == line), None)
        return None if found is None else _code(ast.Expression(found), name)
    if not isinstance(own, ast.FunctionDef) or written.node not in block:
        return None
    place = block.index(written.node)
    decorators, own.decorator_list = own.decorator_list, []
    block[place] = statement
    try:
        return _code(_enclosed(own, function.__code__.co_freevars), name)
    finally:
        block[place] = written.node
        own.decorator_list = decorators


def _enclosed(own: ast.FunctionDef, free: tuple[str, ...]) -> ast.Module:
    """A module with a function; inside another that has its free variables, all of which it then mentions."""
    if not free:
        return ast.Module([own], [])
    mentions = ast.Expr(ast.Tuple([ast.Name(name, ast.Load()) for name in free], ast.Load()))
    inner = copy.copy(own)
    inner.body = [mentions, *own.body]
    text = f"def _outside_({', '.join(free)}):\n    pass"
    module = ast.parse(text)
    outside = module.body[0]
    assert isinstance(outside, ast.FunctionDef)
    outside.body = [inner]
    return ast.fix_missing_locations(module)


def _code(tree: ast.Module | ast.Expression, name: str) -> CodeType | None:
    try:
        module = compile(tree, "<trial>", "eval" if isinstance(tree, ast.Expression) else "exec")
    except (SyntaxError, ValueError):
        return None
    inside = [c for c in module.co_consts if isinstance(c, CodeType)]
    inside += [c for outer in inside for c in outer.co_consts if isinstance(c, CodeType)]
    return next((code for code in inside if code.co_name == name), None)
