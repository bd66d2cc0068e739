"""A script run with and without the watch, as somebody types it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SCRIPTS = Path(__file__).with_name("scripts")
WATCH = ("watch", "tracking=none", "hydra.run.dir=R")


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


def run(*words: str, folder: Path) -> Ran:
    """`python WORDS` in a folder."""
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=120)
    return Ran(done.returncode, done.stdout, done.stderr)


class Watch(Protocol):
    """`whynan watch` without MLflow, into the folder R."""

    def __call__(self, *words: str, folder: Path) -> Ran: ...


def watch(*words: str, folder: Path) -> Ran:
    """`whynan watch` without MLflow, into the folder R."""
    return run("-m", "runner", *WATCH, *words, folder=folder)


def script(folder: Path, text: str) -> Path:
    """A script in a folder."""
    file = folder / "train.py"
    file.write_text(text, encoding="utf-8")
    return file
