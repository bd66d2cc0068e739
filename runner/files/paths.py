"""Paths as people type and read them."""

from __future__ import annotations

import shlex
from pathlib import Path


def relative(path: str | Path) -> str:
    """A path as the user would type it: relative where it lies below the working folder."""
    path = Path(path)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def patch_command(file: Path, patch: Path) -> str:
    """What to type to apply a patch to a file."""
    return shlex.join(["patch", relative(file), relative(patch)])
