"""Numbers as a person writes them."""

from __future__ import annotations

import re

_EXPONENT = re.compile(r"(?<=\d)e([+-])0*(?=\d)")


def tidied(text: str) -> str:
    """A text with the exponents of its numbers as short as they can be: 1e-05 is 1e-5, and 2.5e+153 is 2.5e153."""
    return _EXPONENT.sub(lambda found: "e-" if found[1] == "-" else "e", text)
