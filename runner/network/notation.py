"""Printing a call as mathematics: operands put into the op's text, with brackets only where they are needed."""

from __future__ import annotations

import re
from functools import lru_cache

from runner.texts import is_number

_SLOT = re.compile(r"\{(\d)\}")
_SUM, _PRODUCT, _ATOM = 1, 2, 3
_PAIRS = {"(": ")", "[": "]"}


@lru_cache(maxsize=10_000)  # naming a mistake compiles thousands of programs of the same few calls
def formula(template: str, *operands: str) -> str:
    """A text such as "log({0})" or "{0} * {1}" with its operands; those that are formulas themselves get brackets.

    `formula("log({0})", "1 - A2")` is "log(1 - A2)"; `formula("{0} * {1}", "1 - Y", "E")` is "(1 - Y) * E".
    """

    def filled(slot: re.Match[str]) -> str:
        operand = operands[int(slot[1])]
        return operand if _binds(operand) >= _wanted(template, slot) else f"({operand})"

    return _SLOT.sub(filled, template)


def _wanted(template: str, slot: re.Match[str]) -> int:
    """How tightly an operand must hold together at a place of a text to stand there without brackets."""
    before, after = template[: slot.start()], template[slot.end() :]
    opened, closed = not before or before.endswith(("(", "|", ", ")), not after or after.startswith((")", "|", ","))
    if opened and closed:
        return 0
    if before.endswith((" * ", " / ")):
        return _ATOM
    if before.endswith(" - "):
        return _PRODUCT
    if before.endswith(" + ") and closed:
        return _SUM
    if opened and after.startswith((" + ", " - ")):
        return _SUM
    if opened and after.startswith((" * ", " / ")):
        return _PRODUCT
    return _ATOM


def _binds(text: str) -> int:
    """How tightly a formula holds together: a sum, a product, or a name, a number, something in brackets."""
    top = _outside_brackets(text)
    if " + " in top or " - " in top:
        return _SUM
    if " * " in top or "/" in top:
        return _PRODUCT
    # A negative number is read as one; a minus sign before anything else is not.
    return _PRODUCT if top.startswith("-") and not is_number(text) else _ATOM


def _outside_brackets(text: str) -> str:
    """The text without what stands in brackets or between bars."""
    kept: list[str] = []
    closing: list[str] = []
    for sign in text:
        if closing and sign == closing[-1]:
            closing.pop()
        elif sign in _PAIRS:
            closing.append(_PAIRS[sign])
        elif sign == "|":
            closing.append("|")
        elif not closing:
            kept.append(sign)
    return "".join(kept)
