"""What somebody's code was when it ran, as digests of its files."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path


def digests(file: Path) -> dict[str, str]:
    """The SHA-256 of a file, and of the modules below its folder that are loaded, by their paths in that folder."""
    folder = file.parent
    loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    beside = {Path(name) for name in loaded if name and Path(name).is_relative_to(folder)}
    used = [path for path in {file, *beside} if path.is_file() and not _is_installed(path, folder)]
    return {str(path.relative_to(folder)): digest(path) for path in sorted(used)}


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _is_installed(path: Path, folder: Path) -> bool:
    """Whether a module is no part of their program: it lies in an environment, or is part of this one."""
    inside = path.relative_to(folder).parts
    return "site-packages" in inside or path.is_relative_to(Path(__file__).parents[2]) or "lib" in inside[:-1]
