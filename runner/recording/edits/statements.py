"""Edits of whole statements: adding for assigning, a copy, the order of two."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.recording.edits.edit import Proposal
from runner.recording.edits.scope import Scope
from runner.recording.edits.statement import Statement

_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@"}


def assignment(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`+=` for `=` and back, `-=` for `+=` and back."""
    node, source = statement.node, statement.source
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Tuple | ast.List):
            return
        gap = (source.span(target)[1], source.span(node.value)[0])
        text = source.data[gap[0] : gap[1]].decode()
        for sign in "+-":
            yield Proposal(node, text.replace("=", f"{sign}=", 1), 1.2, (f"{sign}= for =",), gap)
    elif isinstance(node, ast.AugAssign) and type(node.op) in _SIGNS:
        gap = (source.span(node.target)[1], source.span(node.value)[0])
        text, was = source.data[gap[0] : gap[1]].decode(), _SIGNS[type(node.op)]
        others = [("", "= for +=")] if was == "+" else []
        others += [(s, f"{s}= for {was}=") for s in "+-" if s != was]
        for sign, detail in others:
            yield Proposal(node, text.replace(f"{was}=", f"{sign}=", 1), 1.04, (detail,), gap)


def scatter(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`np.add.at(x, i, v)` for `x[i] += v`, where an index may occur twice."""
    node = statement.node
    target: ast.expr | None = None
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        target = node.target
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    if isinstance(target, ast.Subscript) and isinstance(node, ast.AugAssign | ast.Assign):
        base, index = statement.segment(target.value), statement.segment(target.slice)
        if isinstance(target.slice, ast.Tuple) and not index.startswith("("):
            index = f"({index})"
        text = f"{scope.numpy}.add.at({base}, {index}, {statement.segment(node.value)})"
        yield Proposal(node, text, 1.8, ("scatter",), statement.source.span(node))


def scaled_after(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """Behind a statement that writes into a part of an array: the array divided by a number of samples."""
    node, source = statement.node, statement.source
    target: ast.expr | None = node.target if isinstance(node, ast.AugAssign) else None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    if not isinstance(target, ast.Subscript) or not _alone_on_lines(statement, node):
        return
    start, end = source.span(node)
    base, indent = statement.segment(target.value), " " * node.col_offset
    for place, n in enumerate(scope.counts):
        text = f"{statement.text}\n{indent}{base} /= {n}"
        yield Proposal(node, text, 2.2 + 0.02 * place, ("divide", n), (start, end))


def copy(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`x.copy()` for `x` where an array is given another name, kept or returned."""
    for node in statement.expressions:
        known = scope.known(statement.segment(node))
        read = isinstance(getattr(node, "ctx", None), ast.Load)
        if known is not None and known.shape and read and not isinstance(statement.parent(node), ast.Attribute):
            whole = node is statement.value or isinstance(statement.parent(node), ast.Tuple | ast.Dict | ast.Call)
            if whole:
                yield Proposal(node, f"{known.text}.copy()", 1.5, ("copy",))


def order(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """The statement moved behind a later one of its block, or ahead of an earlier one.

    Where the last of the block returns an expression, what it returns is computed first and given a name.
    """
    block, source = statement.block, statement.source
    place = block.index(statement.node)
    if _is_jump(statement.node) or isinstance(statement.node, ast.FunctionDef | ast.ClassDef):
        return
    start, end = _lines(statement, statement.node)
    own = source.data[start:end].decode()
    if not _alone_on_lines(statement, statement.node):
        return
    for later in block[place + 1 :]:
        if isinstance(later, ast.Return) and later.value is not None:
            yield from _returned(statement, later)
        if _is_jump(later) or not _alone_on_lines(statement, later):
            break
        after_start, after_end = source.span(block[place + 1])[0], _lines(statement, later)[1]
        between = source.data[end:after_start].decode()
        moved = source.data[after_start:after_end].decode()
        distance = 0.1 * (block.index(later) - place)
        yield Proposal(statement.node, f"{moved}{between}{own}", 2.0 + distance, ("order",), (start, after_end))
    for earlier in reversed(block[:place]):
        if _is_jump(earlier) or not _alone_on_lines(statement, earlier):
            break
        first, last = source.span(earlier)[0], _lines(statement, block[place - 1])[1]
        between = source.data[last:start].decode()
        moved = source.data[first:last].decode()
        distance = 0.1 * (place - block.index(earlier))
        yield Proposal(statement.node, f"{own}{between}{moved}", 2.05 + distance, ("order",), (first, end))


def _returned(statement: Statement, last: ast.Return) -> Iterator[Proposal]:
    assert last.value is not None
    if isinstance(last.value, ast.Name) or not _alone_on_lines(statement, last):
        return
    source = statement.source
    used = {n.id for n in ast.walk(source.tree) if isinstance(n, ast.Name)}
    name = next(n for n in ("back", "passed_back", "result_to_return") if n not in used)
    start, end = source.span(statement.node)[0], source.span(last)[1]
    value_start, value_end = source.span(last.value)
    kept = source.data[start : source.span(last)[0]].decode()
    indent = " " * statement.node.col_offset
    value = source.data[value_start:value_end].decode()
    yield Proposal(statement.node, f"{name} = {value}\n{indent}{kept}return {name}", 3.0, ("order",), (start, end))


def _lines(statement: Statement, node: ast.stmt) -> tuple[int, int]:
    """The span of a statement with the comment behind it."""
    start, end = statement.source.span(node)
    data = statement.source.data
    rest = data[end : stop if (stop := data.find(b"\n", end)) >= 0 else len(data)]
    return start, end + len(rest.rstrip()) if rest.strip().startswith(b"#") else end


def _is_jump(node: ast.stmt) -> bool:
    return isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue | ast.Import | ast.ImportFrom)


def _alone_on_lines(statement: Statement, node: ast.stmt) -> bool:
    """Whether nothing else stands on the lines of a statement before it, so that it can be moved whole."""
    start, _ = statement.source.span(node)
    data = statement.source.data
    line = data.rfind(b"\n", 0, start) + 1
    return not data[line:start].strip()
