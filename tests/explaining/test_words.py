"""Numbers as a person writes them."""

import pytest

from runner.explaining.words import tidied


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("1e-05 is too low", "1e-5 is too low"),
        ("from 2.5e+153 to 1.65e+03", "from 2.5e153 to 1.65e3"),
        ("dE-05 the-05 1e-0x", "dE-05 the-05 1e-0x"),
        ("0.1 and 1e5", "0.1 and 1e5"),
    ],
)
def test_exponents_are_short(printed: str, shown: str) -> None:
    """An exponent has no zeros before it and no plus; what only looks like one stays."""
    assert tidied(printed) == shown
