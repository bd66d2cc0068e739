"""What a command line says, and YAML for it to read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Said:
    """The exit code of a command line, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def labelled(self) -> dict[str, str]:
        """The lines of the form `label  text`; lines that continue another one have no label."""
        pairs = (re.fullmatch(r"(\S+(?: \S+)*) {2,}(\S.*)", line) for line in self.out.splitlines())
        return {pair[1]: pair[2] for pair in pairs if pair}


Whynan = Callable[[str], Said]


def write_yaml(path: Path, text: str) -> Path:
    """Write a YAML file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
