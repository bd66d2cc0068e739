"""Files of somebody as they are checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runner import check


def told(tmp_path: Path, text: str, name: str = "net.py") -> dict[str, Any]:
    """What check.json would hold for a file with this text."""
    file = tmp_path / name
    file.write_text(text)
    return check(f"subject={file}").to_dict()


def line_of(text: str, part: str) -> int:
    """The line of a text on which a part of it begins."""
    return text[: text.index(part)].count("\n") + 1
