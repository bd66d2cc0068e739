"""What a command line says, and YAML for it to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Said:
    """The exit code of a command line, and what it printed."""

    code: int
    out: str
    err: str


Whynan = Callable[[str], Said]


def write_yaml(path: Path, text: str) -> Path:
    """Write a YAML file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
