"""Paths as people type and read them."""

from __future__ import annotations

from pathlib import Path


def relative(path: str | Path) -> str:
    """A path as the user would type it: relative where it lies below the working folder."""
    path = Path(path)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
