"""Matrix products and what is near them: element-wise, transposed, in the other order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import permutations

from runner.recording.edits.edit import Proposal
from runner.recording.edits.scope import Scope
from runner.recording.edits.statement import Statement

_FUNCTIONS = ("dot", "matmul", "outer", "multiply")


def product(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`a @ b` in either order, each operand transposed or not; a matrix product for an element-wise one and back."""
    for node in statement.expressions:
        operands = _operands(node)
        if operands is None:
            continue
        how, left, right = operands
        for flipped in (False, True):
            one, other = (right, left) if flipped else (left, right)
            for first, first_turned in _turned(statement, scope, one):
                for second, second_turned in _turned(statement, scope, other):
                    if first_turned == 0 and _is_product(one):
                        first = statement.segment(one)
                    changes = flipped + first_turned + second_turned
                    for form in ("matrix", "elementwise"):
                        if form == "elementwise" and (how == "elementwise" or flipped):
                            continue
                        size = 0.9 + 0.4 * changes + (0.0 if form == how else 0.4)
                        text = _written(statement, node, form, first, second)
                        if text is not None and (changes or form != how):
                            yield Proposal(node, text, size, _detail(how, form, changes))


def _is_product(node: ast.expr) -> bool:
    """Whether a node can be the first operand of a product without parentheses, because it is one."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.MatMult | ast.Div)


def _detail(how: str, form: str, changes: int) -> tuple[str, ...]:
    return ("transposed",) if how == form else ("matrix for elementwise" if form == "elementwise" else "elementwise",)


def _operands(node: ast.expr) -> tuple[str, ast.expr, ast.expr] | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Mult):
        return "matrix" if isinstance(node.op, ast.MatMult) else "elementwise", node.left, node.right
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
        name = node.func.attr
        if name == "dot" and len(node.args) == 1:
            return "matrix", node.func.value, node.args[0]
        if name in _FUNCTIONS and len(node.args) == 2:
            return "elementwise" if name == "multiply" else "matrix", node.args[0], node.args[1]
    return None


def _turned(statement: Statement, scope: Scope, node: ast.expr) -> list[tuple[str, int]]:
    """How an operand is written as it is, and transposed; of a batch of matrices each by itself."""
    text = statement.segment(node)
    known = scope.known(text)
    if known is not None and len(known.shape) == 3:
        return [(text, 0), (f"{text}.transpose(0, 2, 1)", 1)]
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "transpose" and len(node.args) == 3:
        assert isinstance(node.func, ast.Attribute)
        return [(text, 0), (statement.segment(node.func.value), 1)]
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return [(text, 0), (statement.segment(node.value), 1)]
    if isinstance(node, ast.Constant):
        return [(text, 0)]
    simple = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    return [(text if simple else f"({text})", 0), (f"{text if simple else f'({text})'}.T", 1)]


def _written(statement: Statement, node: ast.expr, form: str, one: str, other: str) -> str | None:
    if isinstance(node, ast.BinOp):
        return f"{one} {'@' if form == 'matrix' else '*'} {other}"
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Attribute)
    name = node.func.attr
    if name == "dot" and len(node.args) == 1:
        return f"{one}.dot({other})" if form == "matrix" else f"{one} * {other}"
    module = statement.segment(node.func.value)
    if form == "elementwise":
        return f"{one} * {other}"
    return f"{module}.{'dot' if name == 'multiply' else name}({one}, {other})"


def transpose(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """A variable or a whole result transposed, or no longer; the axes of a transposition in another order."""
    for node in statement.expressions:
        text = statement.segment(node)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield Proposal(node, statement.segment(node.value), 1.0, ("transposed",))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from _axes(statement, node)
            if node.func.attr == "transpose" and not node.args:
                yield Proposal(node, statement.segment(node.func.value), 1.0, ("transposed",))
            elif node.func.attr == "transpose" and len(node.args) == 1:
                yield Proposal(node, statement.segment(node.args[0]), 1.0, ("transposed",))
        elif (known := scope.known(text)) is not None and len(known.shape) >= 2:
            parent = statement.parent(node)
            if not (isinstance(parent, ast.Attribute) and parent.attr in ("T", "shape", "size")) and _is_read(node):
                yield Proposal(node, f"{text}.T", 1.0, ("transposed",))
    value = statement.value
    if isinstance(value, ast.BinOp | ast.Call):
        yield Proposal(value, f"({statement.segment(value)}).T", 1.5, ("transposed",))


def _is_read(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Load)


def _axes(statement: Statement, node: ast.Call) -> Iterator[Proposal]:
    assert isinstance(node.func, ast.Attribute)
    if node.func.attr not in ("transpose", "swapaxes"):
        return
    for argument in node.args:
        if isinstance(argument, ast.Tuple) and 2 <= len(argument.elts) <= 4:
            texts = [statement.segment(e) for e in argument.elts]
            for order in permutations(texts):
                if list(order) != texts:
                    yield Proposal(argument, f"({', '.join(order)})", 1.2, ("transposed",))
    numbers = [a for a in node.args if isinstance(a, ast.Constant | ast.UnaryOp)]
    if node.func.attr == "transpose" and len(numbers) == len(node.args) and 2 <= len(numbers) <= 4:
        texts = [statement.segment(e) for e in numbers]
        value = statement.segment(node.func.value)
        for order in permutations(texts):
            if list(order) != texts:
                yield Proposal(node, f"{value}.transpose({', '.join(order)})", 1.2, ("transposed",))


def einsum(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """Two letters of an einsum exchanged in one operand, or one letter for another that occurs in it."""
    for node in statement.expressions:
        if not (isinstance(node, ast.Call) and node.args and _is_einsum(node.args[0], node.func)):
            continue
        pattern = node.args[0]
        assert isinstance(pattern, ast.Constant)
        text, quote = str(pattern.value), statement.segment(pattern)[0]
        for changed in sorted(set(_spellings(text))):
            yield Proposal(pattern, f"{quote}{changed}{quote}", 1.3, ("einsum",))


def _is_einsum(first: ast.expr, called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name == "einsum" and isinstance(first, ast.Constant) and isinstance(first.value, str)


def _spellings(text: str) -> Iterator[str]:
    letters = sorted({c for c in text if c.isalpha()})
    before, arrow, after = text.partition("->")
    terms = [*before.split(","), after] if arrow else before.split(",")
    if arrow:
        yield from (_joined(terms, len(terms) - 1, after + letter, arrow) for letter in letters if letter not in after)
        yield from (_joined(terms, len(terms) - 1, after.replace(letter, ""), arrow) for letter in after)
    for place, term in enumerate(terms):
        for one in range(len(term)):
            for letter in letters:
                yield _joined(terms, place, term[:one] + letter + term[one + 1 :], arrow)
            for other in range(one + 1, len(term)):
                swapped = list(term)
                swapped[one], swapped[other] = swapped[other], swapped[one]
                yield _joined(terms, place, "".join(swapped), arrow)


def _joined(terms: list[str], place: int, term: str, arrow: str) -> str:
    changed = [*terms[:place], term, *terms[place + 1 :]]
    return f"{','.join(changed[:-1])}->{changed[-1]}" if arrow else ",".join(changed)
