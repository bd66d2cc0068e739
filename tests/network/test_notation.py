"""How calls are printed as mathematics."""

from __future__ import annotations

import pytest

from runner.network.notation import formula


@pytest.mark.parametrize(
    ("template", "operands", "printed"),
    [
        ("log({0})", ("1 - A2",), "log(1 - A2)"),
        ("|{0}|", ("A - Y",), "|A - Y|"),
        ("max({0}, {1})", ("S * Z2", "0"), "max(S * Z2, 0)"),
        ("{0}", ("1/n",), "1/n"),
        ("{0} * {1}", ("dZ2", "1/n"), "dZ2 * (1/n)"),
        ("{0} * {1}", ("1 - Y", "log(1 - A2)"), "(1 - Y) * log(1 - A2)"),
        ("{0} * {1}", ("Y", "-2"), "Y * -2"),
        ("{0} * {1}", ("loss", "-1/n"), "loss * (-1/n)"),
        ("{0} - {1}", ("dA2", "Y / A2"), "dA2 - Y / A2"),
        ("{0} - {1}", ("L", "1 - Y"), "L - (1 - Y)"),
        ("{0} + {1}", ("1 - A2", "1e-05"), "1 - A2 + 1e-05"),
        ("{0} / {1}", ("Y", "A2 + epsilon"), "Y / (A2 + epsilon)"),
        ("-{0}", ("|S * Z2|",), "-|S * Z2|"),
        ("{0}²", ("1 - A1",), "(1 - A1)²"),
        ("{0} {1}", ("[W1 b1]", "[A0;1]"), "[W1 b1] [A0;1]"),
        ("sum({0} * {1})", ("g[1]", "g[1]"), "sum(g[1] * g[1])"),
    ],
)
def test_operands_get_brackets_only_where_they_need_them(
    template: str, operands: tuple[str, ...], printed: str
) -> None:
    """A formula inside a function, or of higher rank than what stands around it, has none."""
    assert formula(template, *operands) == printed
