"""Formulas of x: read with Python's own grammar, checked against a whitelist, computed by NumPy in float64.

Never `eval`: a formula comes from a command line or a downloaded YAML. Every node that is not on the list
below is an error, and what is on the list can't eat the machine: a text has a greatest length and depth, and
constants become float64 as they are read, so that 9**9**9 is infinity at once and not an integer of 370
million digits.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from runner.datasets.base import FloatArray
from runner.errors import Problem, nearest

MAX_LENGTH = 500
MAX_DEPTH = 50

CONSTANTS: dict[str, float] = {"pi": np.pi, "e": np.e}
# Name: (ufunc, number of arguments).
FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "abs": (np.abs, 1),
    "cos": (np.cos, 1),
    "exp": (np.exp, 1),
    "floor": (np.floor, 1),
    "log": (np.log, 1),
    "maximum": (np.maximum, 2),
    "minimum": (np.minimum, 2),
    "sign": (np.sign, 1),
    "sin": (np.sin, 1),
    "sqrt": (np.sqrt, 1),
    "tan": (np.tan, 1),
    "tanh": (np.tanh, 1),
}
OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
    ast.UAdd: np.positive,
    ast.USub: np.negative,
}

Function = Callable[[FloatArray], Any]


class ExpressionError(ValueError):
    """The text is no formula of x; the message names the piece that is not."""


def parse(text: str) -> Callable[[FloatArray], FloatArray]:
    """The function that `text` describes: (n,) to (n,), float64, infinite or NaN where undefined."""
    text = text.strip()
    if not text:
        raise ExpressionError("the formula is empty: write an expression of x, such as x**2")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the formula has {len(text)} characters, more than {MAX_LENGTH}")
    value = _Reader(text).read()

    def function(x: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            return np.array(np.broadcast_to(value(np.asarray(x, dtype=np.float64)), np.shape(x)))

    return function


class _Reader:
    """Turns the nodes of one text into nested functions of x."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self) -> Function:
        self._check_brackets()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(self.text, mode="eval")
        except SyntaxError as error:
            place = f" at position {error.offset}" if error.offset else ""
            raise ExpressionError(f"can't read {self.text!r}{place}: {error.msg}") from None
        except (ValueError, MemoryError, RecursionError):
            raise ExpressionError(f"can't read {self.text!r}") from None
        return self._function(tree.body, 1)

    def _check_brackets(self) -> None:
        """Refuse deep nesting before Python's parser meets it, which would run out of its stack."""
        depth = 0
        for character in self.text:
            depth += (character in "([{") - (character in ")]}")
            if depth > MAX_DEPTH:
                raise ExpressionError(f"the formula is nested more than {MAX_DEPTH} deep")

    def _function(self, node: ast.expr, depth: int) -> Function:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"the formula is nested more than {MAX_DEPTH} deep")
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self._number(node, number)
            case ast.Name(id="x"):
                return lambda x: x
            case ast.Name(id=name) if name in CONSTANTS:
                constant = np.float64(CONSTANTS[name])
                return lambda x: constant
            case ast.Name(id=name) if name in FUNCTIONS:
                raise ExpressionError(f"{name} is a function: write {name}(...)")
            case ast.Name(id=name):
                raise self._unknown("name", name, node, ["x", *CONSTANTS, *FUNCTIONS])
            case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
                return self._apply(OPERATORS[type(op)], [operand], depth)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return self._apply(OPERATORS[type(op)], [left, right], depth)
            case ast.BinOp(op=ast.BitXor()):
                raise ExpressionError(f"{self._piece(node)}: a power is written x**2, not x^2")
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                if name not in FUNCTIONS:
                    raise self._unknown("function", name, node.func, list(FUNCTIONS))
                function, count = FUNCTIONS[name]
                if len(arguments) != count:
                    plural = "s" if count > 1 else ""
                    raise ExpressionError(
                        f"{self._piece(node)}: {name} takes {count} argument{plural}, not {len(arguments)}"
                    )
                return self._apply(function, arguments, depth)
        raise ExpressionError(
            str(
                Problem(
                    "",
                    f"{self._piece(node)} is not part of a formula",
                    allowed=("x", "numbers", *CONSTANTS, "+ - * / // % **", "( )", *FUNCTIONS),
                )
            )
        )

    def _apply(self, function: Callable[..., Any], arguments: list[ast.expr], depth: int) -> Function:
        parts = [self._function(argument, depth + 1) for argument in arguments]
        return lambda x: function(*(part(x) for part in parts))

    def _number(self, node: ast.expr, number: int | float) -> Function:
        try:
            constant = np.float64(number)
        except OverflowError:
            constant = np.float64(np.inf)
        if not np.isfinite(constant):
            raise ExpressionError(f"{self._piece(node)} is too large for a float64")
        return lambda x: constant

    def _unknown(self, kind: str, name: str, node: ast.expr, names: list[str]) -> ExpressionError:
        message = f"unknown {kind} {name!r} at position {node.col_offset + 1}"
        return ExpressionError(str(Problem("", message, nearest=nearest(name, names), allowed=names)))

    def _piece(self, node: ast.expr) -> str:
        piece = ast.get_source_segment(self.text, node) or self.text
        return repr(piece if len(piece) <= 60 else piece[:57] + "...")
