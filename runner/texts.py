"""What a text is."""

from __future__ import annotations


def is_number(text: str) -> bool:
    """Whether Python reads a text as a number: "1e-3", "nan"."""
    try:
        float(text)
    except ValueError:
        return False
    return True
