"""Asking about a script in a process of its own, in which it runs up to its first step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.subjects.process.frames import Arrays, TooLate
from runner.subjects.process.worker import Worker, WorkerEnded

_TO_START = 20.0


class Unknown(Exception):  # noqa: N818 - the script is watched with less then
    """There is no answer. Its text is a sentence without its full stop."""


@dataclass(frozen=True)
class Script:
    """Somebody's script: its file and its arguments, and the folder in which it was started.

    `time_limit` is how many seconds an answer about it may take.
    """

    file: Path
    arguments: tuple[str, ...] = ()
    folder: Path = field(default_factory=Path.cwd)
    time_limit: float = 60.0


def ask(script: Script, what: str, arrays: Arrays = (), **more: Any) -> dict[str, Any]:
    """The answer of a process of its own to one question; `Unknown` where it has none."""
    worker = Worker("runner.diagnosis.scripts.child", script.time_limit)
    question = {"do": what, "file": str(script.file), "arguments": list(script.arguments), **more}
    try:
        worker.send({**question, "folder": str(script.folder)}, arrays)
        answer = worker.answer(script.time_limit + _TO_START).header
    except TooLate:
        raise Unknown(f"it did not come to its first step within {script.time_limit:g} seconds") from None
    except WorkerEnded as ended:
        raise Unknown(f"running {script.file.name} {ended}") from None
    finally:
        worker.close()
    if "unknown" in answer:
        raise Unknown(answer["unknown"] + (f"\n{answer['crash']}" if "crash" in answer else ""))
    return answer


def listed(texts: Sequence[str]) -> str:
    """Names one after the other, "W1, b1 and W2"."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
