"""Another variable of the same kind, and another index of the same list."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import SequenceMatcher

from runner.recording.edits.edit import Proposal
from runner.recording.edits.scope import SIGNALS, Kind, Scope, Variable, alike
from runner.recording.edits.statement import Statement

_BACK = (Kind.GRADIENT, Kind.DELTA)


def variable(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`A2` for `A1`: each variable that is read, and those it may have been meant to be.

    Those of the same shape and of a similar name come first. Functions that are called are no variables.
    """
    for node in statement.expressions:
        if isinstance(node, ast.Call):
            yield from _for_call(statement, scope, node)
        if not isinstance(getattr(node, "ctx", None), ast.Load):
            continue
        text = statement.segment(node)
        here = scope.known(text)
        if here is None or _is_called(statement, node):
            continue
        compared = isinstance(statement.parent(node), ast.Compare)
        for other in scope.variables:
            masks = compared and {here.kind, other.kind} <= SIGNALS | {Kind.DELTA}
            # `out[k]` for `delta_out[k]`: what comes back is not what goes out, and so it is tried last.
            swapped = {here.kind, other.kind} <= SIGNALS | {Kind.DELTA} and here.shape == other.shape
            # `delta * h` for `delta * w`: the weight where what it weighs belongs.
            weighed = here.kind is Kind.PARAMETER and here.shape == other.shape and _is_signal(other)
            if other.identity == here.identity or not (masks or swapped or weighed or alike(here.kind, other.kind)):
                continue
            detail = (here.kind, other.kind, here.text, other.text)
            farther = 0.0 if masks or alike(here.kind, other.kind) else 0.5
            farther -= 0.4 if other.text in scope.unread else 0.0
            yield Proposal(node, other.text, _distance(here, other) + farther, detail)


def _for_call(statement: Statement, scope: Scope, node: ast.Call) -> Iterator[Proposal]:
    """A gradient that nothing reads in the place of what is made of another one: `db1` for `np.sum(d2)`."""
    inside = (
        scope.known(statement.segment(one)) for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)
    )
    here = next((one for one in inside if one is not None and one.kind in _BACK), None)
    for other in scope.of(*_BACK) if here is not None else ():
        if here is not None and other.text in scope.unread and other.shape:
            yield Proposal(node, other.text, 1.6, (here.kind, other.kind, here.text, other.text))


def listed(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """Another list of arrays of the same kind: `zip(weights, totals)` for `zip(weights, parts)`."""
    known = {one.text: one for one in scope.lists}
    for node in statement.expressions:
        here = known.get(statement.segment(node)) if isinstance(getattr(node, "ctx", None), ast.Load) else None
        for other in scope.lists if here is not None else ():
            if here is not None and other.identity != here.identity and alike(here.kind, other.kind):
                yield Proposal(node, other.text, _distance(here, other), (here.kind, other.kind, here.text, other.text))


def everywhere(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """Another variable wherever one stands in the result: `A1 * (1 - A1)` for `Z1 * (1 - Z1)`."""
    value = statement.value
    if value is None:
        return
    places: dict[str, list[ast.expr]] = {}
    for node in statement.expressions:
        text = statement.segment(node)
        if node is not value and isinstance(getattr(node, "ctx", None), ast.Load) and scope.known(text):
            places.setdefault(text, []).append(node)
    start, _ = statement.source.span(value)
    for text, nodes in places.items():
        here = scope.known(text)
        if here is None or len(nodes) < 2 or len(nodes) > 4:
            continue
        spans = sorted((statement.source.span(node) for node in nodes), reverse=True)
        for other in scope.variables:
            if other.identity == here.identity or not alike(here.kind, other.kind):
                continue
            data = statement.segment(value).encode()
            for first, last in spans:
                if first >= start and last - start <= len(data):
                    data = data[: first - start] + other.text.encode() + data[last - start :]
            detail = (here.kind, other.kind, here.text, other.text)
            yield Proposal(value, data.decode(), _distance(here, other) + 0.3, detail)


def _is_signal(variable: Variable) -> bool:
    """Whether it goes forward; a single number may look like one that comes back, its derivative being asked for."""
    return variable.kind in SIGNALS or (variable.kind is Kind.DELTA and variable.shape == ())


def _is_called(statement: Statement, node: ast.expr) -> bool:
    parent = statement.parent(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _distance(here: Variable, other: Variable) -> float:
    size = 1.0 + 0.5 * (1 - SequenceMatcher(None, here.text, other.text).ratio())
    size += 0.0 if here.kind == other.kind else 0.25
    return size + (0.0 if sorted(here.shape) == sorted(other.shape) else 0.25)


def index(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`[l - 1]` or `[l + 1]` for `[l]`, bounds of a slice and of `range` one further, `1:` and `:-1` exchanged."""
    for node in statement.expressions:
        if isinstance(node, ast.Subscript):
            stored = 0.0 if isinstance(node.ctx, ast.Load) else 1.0
            for part in _parts(node.slice):
                for text in _shifted(statement, part):
                    if _is_chance(statement, scope, node, part, text):
                        continue
                    yield Proposal(part, text, 1.2 + stored, ("index", statement.segment(node.value)))
                yield from _counted(statement, scope, part, stored)
        elif isinstance(node, ast.Call) and _name(node.func) == "range":
            for argument in node.args:
                for text in _shifted(statement, argument):
                    yield Proposal(argument, text, 1.6, ("range",))
    yield from _slices(statement)
    yield from _reversed(statement)


def _is_chance(statement: Statement, scope: Scope, node: ast.Subscript, part: ast.expr, text: str) -> bool:
    """Whether another sample would be taken that nothing in the file takes: its label may agree by chance."""
    known = scope.known(statement.segment(node.value))
    if (
        known is None
        or known.kind not in (Kind.DATA, Kind.TARGET)
        or text.isidentifier()
        or isinstance(part, ast.Slice)
    ):
        return False
    start, end = statement.source.span(node)
    first, last = statement.source.span(part)
    data = statement.source.data
    return data[start:first] + text.encode() + data[last:end] not in data


def _counted(statement: Statement, scope: Scope, part: ast.expr, stored: float) -> Iterator[Proposal]:
    """Another counter inside an index: `str(k + 1)` for `str(n)`."""
    for node in ast.walk(part):
        here = scope.known(statement.segment(node)) if isinstance(node, ast.Name) else None
        if here is None or here.kind is not Kind.COUNT:
            continue
        for other in scope.of(Kind.COUNT):
            if other.text.isidentifier() and other.text != here.text:
                for text in (other.text, f"{other.text} + 1", f"{other.text} - 1"):
                    yield Proposal(node, text, 1.4 + stored, ("index",))


def _parts(index: ast.expr) -> Iterator[ast.expr]:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    for part in parts:
        if isinstance(part, ast.Slice):
            yield from (bound for bound in (part.lower, part.upper) if bound is not None)
        else:
            yield part


def _shifted(statement: Statement, node: ast.expr) -> Iterator[str]:
    """An index one lower and one higher, as short as it can be written."""
    number = _whole(node)
    if number is not None:
        yield from (str(number + step) for step in (-1, 1))
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        by = _whole(node.right)
        if by is not None:
            by = by if isinstance(node.op, ast.Add) else -by
            left = statement.segment(node.left)
            for step in (-1, 1, -by):
                offset = by + step
                yield left if offset == 0 else f"{left} {'+' if offset > 0 else '-'} {abs(offset)}"
            return
    if isinstance(node, ast.Name | ast.Attribute | ast.UnaryOp | ast.BinOp | ast.Call):
        text = statement.segment(node)
        yield from (f"{text} - 1", f"{text} + 1")


def _reversed(statement: Statement) -> Iterator[Proposal]:
    """A loop over all of a list, or over it from its end, where it goes over a part or from the beginning."""
    if not isinstance(statement.node, ast.For):
        return
    iterated, text = statement.node.iter, statement.segment(statement.node.iter)
    if isinstance(iterated, ast.Subscript) and isinstance(iterated.slice, ast.Slice):
        whole = statement.segment(iterated.value)
        yield Proposal(iterated, whole, 1.2, ("slice",))
    if isinstance(iterated, ast.Call) and _name(iterated.func) == "reversed" and len(iterated.args) == 1:
        yield Proposal(iterated, statement.segment(iterated.args[0]), 1.3, ("range",))
    elif isinstance(iterated, ast.Call) and _name(iterated.func) in ("range", "zip", "list", "enumerate"):
        listed = text if _name(iterated.func) == "range" else f"list({text})"
        yield Proposal(iterated, f"reversed({listed})", 1.3, ("range",))
    elif isinstance(iterated, ast.Name | ast.Attribute):
        yield Proposal(iterated, f"reversed({text})", 1.3, ("range",))
    if isinstance(iterated, ast.Call) and _name(iterated.func) == "range" and len(iterated.args) == 2:
        yield Proposal(iterated, f"range({statement.segment(iterated.args[1])})", 1.4, ("range",))
    inner = iterated.args[0] if isinstance(iterated, ast.Call) and len(iterated.args) == 1 else None
    if isinstance(inner, ast.Call) and _name(inner.func) == "range" and len(inner.args) == 2:
        yield Proposal(inner, f"range({statement.segment(inner.args[1])})", 1.4, ("range",))


def comprehension(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`[a + b for a, b in zip(...)]` where a name that the loop goes over isn't used."""
    for node in statement.expressions:
        if not isinstance(node, ast.ListComp) or len(node.generators) != 1:
            continue
        target = node.generators[0].target
        names = [n.id for n in target.elts if isinstance(n, ast.Name)] if isinstance(target, ast.Tuple) else []
        used = {n.id for n in ast.walk(node.elt) if isinstance(n, ast.Name)}
        text = statement.segment(node.elt)
        for name in names:
            if name not in used and name != "_":
                yield Proposal(node.elt, f"{name} + {text}", 1.3, ("term", Kind.OTHER, name))
                yield Proposal(node.elt, f"{name} - {text}", 1.4, ("term", Kind.OTHER, name))
                yield Proposal(node.elt, f"{text} * {name}", 1.5, ("multiply by", Kind.OTHER, name))


def _slices(statement: Statement) -> Iterator[Proposal]:
    for node in statement.expressions:
        if isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            for place, part in enumerate(parts):
                if not isinstance(part, ast.Slice) or part.step is not None:
                    continue
                lower, upper = part.lower, part.upper
                other = {(1, None): ":-1", (None, -1): "1:"}.get((_whole(lower), _whole(upper)))
                if other is None or (lower is None) == (upper is None):
                    continue
                texts = [statement.segment(p) for p in parts]
                texts[place] = other
                value = statement.segment(node.value)
                yield Proposal(node, f"{value}[{', '.join(texts)}]", 1.3, ("slice",))


def _whole(node: ast.expr | None) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _whole(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
