"""Signs, and one operator for another."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.recording.edits.edit import Proposal
from runner.recording.edits.scope import Scope
from runner.recording.edits.statement import Statement

_OPPOSITE = {ast.Lt: (">", "<="), ast.Gt: ("<", ">="), ast.LtE: (">", "<"), ast.GtE: ("<", ">")}


def sign(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`b - a` for `a - b`, a minus in or out, plus for minus."""
    for node in statement.expressions:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            left, right = _operand(statement, node.left), _operand(statement, node.right)
            if isinstance(node.op, ast.Sub):
                yield Proposal(node, f"{_operand(statement, node.right)} - {left}", 1.0, ("negated",))
                yield Proposal(node, f"{left} + {right}", 1.2, ("plus for minus",))
            else:
                yield Proposal(node, f"{left} - {right}", 1.2, ("minus for plus",))
                yield Proposal(node, f"{right} - {left}", 1.5, ("minus for plus",))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield Proposal(node, statement.segment(node.operand), 1.0, ("negated",))
    value = statement.value
    if value is not None and not isinstance(value, ast.Tuple | ast.List | ast.Dict | ast.UnaryOp | ast.ListComp):
        scaled = isinstance(statement.node, ast.AugAssign) and isinstance(statement.node.op, ast.Mult | ast.Div)
        size = 1.8 if scaled else 1.1  # nobody means `d /= -n`
        yield Proposal(value, f"-{_operand(statement, value, products=False)}", size, ("negated",))
    if isinstance(value, ast.Tuple | ast.List | ast.Dict):
        for part in value.values if isinstance(value, ast.Dict) else value.elts:
            yield Proposal(part, f"-{_operand(statement, part, products=False)}", 1.4, ("negated",))


def _operand(statement: Statement, node: ast.expr, *, products: bool = True) -> str:
    """The text of an operand of a sum, in parentheses where it is a sum itself."""
    text = statement.segment(node)
    loose = isinstance(node, ast.IfExp | ast.Compare | ast.BoolOp | ast.Lambda)
    if isinstance(node, ast.BinOp):
        loose = isinstance(node.op, ast.Add | ast.Sub) or (not products and not isinstance(node.op, ast.Pow))
    return f"({text})" if loose else text


def operator(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """`a * b` for `a + b` and back, `a - b` for `a * b`, a square for a double; never a division by an array."""
    for node in statement.expressions:
        if not isinstance(node, ast.BinOp):
            continue
        left, right = _factor(statement, node.left), _factor(statement, node.right)
        one = any(isinstance(o, ast.Constant) and o.value in (0, 1) for o in (node.left, node.right))
        if isinstance(node.op, ast.Add | ast.Sub) and not one:
            yield Proposal(node, f"{left} * {right}", 1.4, ("times for plus",))
        elif isinstance(node.op, ast.Mult):
            yield Proposal(node, f"{left} + {right}", 1.6, ("plus for times",))
            yield Proposal(node, f"{left} - {right}", 1.8, ("minus for times",))
            if isinstance(node.right, ast.Constant) and node.right.value == 2:
                yield Proposal(node, f"{left} ** 2", 1.5, ("power",))
        elif isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant):
            yield Proposal(node, f"{statement.segment(node.right)} * {left}", 1.5, ("power",))


def _factor(statement: Statement, node: ast.expr) -> str:
    text = statement.segment(node)
    loose = isinstance(node, ast.IfExp | ast.Compare | ast.BoolOp | ast.Lambda)
    loose = loose or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub))
    return f"({text})" if loose else text


def comparison(statement: Statement, scope: Scope) -> Iterator[Proposal]:
    """The other direction of a comparison that is a value, such as a mask; never that of a condition."""
    for node in statement.expressions:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPPOSITE:
            left, right = statement.segment(node.left), statement.segment(node.comparators[0])
            for place, other in enumerate(_OPPOSITE[type(node.ops[0])]):
                yield Proposal(node, f"{left} {other} {right}", 1.1 + 0.3 * place, ("comparison",))
