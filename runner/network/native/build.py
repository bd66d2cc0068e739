"""Compiles executor.c while the package is installed: with the machine's C compiler, where there is one.

Without one, or where the compiler can't do it, the package is what it is without: everything runs, by Python. Hatchling
runs this file on its own, so that it imports nothing of ours; `python build.py` compiles in place.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

SOURCE = Path(__file__).with_name("executor.c")
COMPILED = SOURCE.with_suffix(".so")
# No option may let the compiler change the order of sums; there are none to change, and so it stays.
OPTIONS = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")


def compiled() -> bool:
    """Compile; whether that could be done. The result knows the digest of its source."""
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    with tempfile.TemporaryDirectory(dir=SOURCE.parent) as folder:
        result = Path(folder) / COMPILED.name
        try:
            subprocess.run(
                [command[0], *OPTIONS, f'-DDIGEST="{digest}"', str(SOURCE), "-o", str(result)],
                check=True,
                capture_output=True,
                timeout=120,
            )
        except (OSError, subprocess.SubprocessError):
            return False
        result.replace(COMPILED)
    return True


class NativeHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the compiled executor into the wheel, which is then for this kind of machine."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the wheel is put together."""
        if self.target_name != "wheel" or not compiled():
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{next(iter(platform_tags()))}"
        build_data["artifacts"].append(str(COMPILED.relative_to(self.root)))


if __name__ == "__main__":
    compiled()
