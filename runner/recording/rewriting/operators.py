"""Python's operators by the syntax that writes them, with the name that the tape uses."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

Operator = tuple[str, Callable[..., Any]]

BINARY: Mapping[type[ast.operator], Operator] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("sub", operator.sub),
    ast.Mult: ("mul", operator.mul),
    ast.Div: ("truediv", operator.truediv),
    ast.FloorDiv: ("floordiv", operator.floordiv),
    ast.Mod: ("mod", operator.mod),
    ast.Pow: ("pow", operator.pow),
    ast.MatMult: ("matmul", operator.matmul),
    ast.BitAnd: ("and", operator.and_),
    ast.BitOr: ("or", operator.or_),
    ast.BitXor: ("xor", operator.xor),
    ast.LShift: ("lshift", operator.lshift),
    ast.RShift: ("rshift", operator.rshift),
}
IN_PLACE: Mapping[type[ast.operator], Operator] = {
    kind: (name, getattr(operator, f"i{name}")) for kind, (name, _) in BINARY.items()
}
UNARY: Mapping[type[ast.unaryop], Operator] = {
    ast.USub: ("neg", operator.neg),
    ast.UAdd: ("pos", operator.pos),
    ast.Invert: ("invert", operator.invert),
}
COMPARISONS: Mapping[type[ast.cmpop], Operator] = {
    ast.Lt: ("lt", operator.lt),
    ast.LtE: ("le", operator.le),
    ast.Gt: ("gt", operator.gt),
    ast.GtE: ("ge", operator.ge),
    ast.Eq: ("eq", operator.eq),
    ast.NotEq: ("ne", operator.ne),
}
OUT_OF_PLACE: Mapping[str, Callable[..., Any]] = dict(BINARY.values())
"""The operator without the in-place effect, by name: `x += v` gives x the value of `x + v`."""
