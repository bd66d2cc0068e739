"""The files of a folder as they are sent: without passwords."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runner.redaction import redact

_TEXTS = (".json", ".jsonl", ".yaml", ".html", ".diff", ".md")


def stage(folder: Path, names: Iterable[str], destination: Path) -> None:
    """Link the named files of `folder`, as far as they exist, into `destination`; texts are copied without passwords.

    A link that leads out of the folder is left out.
    """
    for name in names:
        source, target = folder / name, destination / name
        if not source.is_file() or not source.resolve().is_relative_to(folder.resolve()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix in _TEXTS:
            target.write_text(redact(source.read_text(encoding="utf-8")), encoding="utf-8")
        else:
            target.symlink_to(source.absolute())
