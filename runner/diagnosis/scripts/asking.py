"""Asking about a script in a process of its own, in which it runs up to its first step or in changed copies."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.subjects.process.frames import Arrays, Header, TooLate
from runner.subjects.process.worker import Worker, WorkerEnded

_TO_START = 20.0


class Unknown(Exception):  # noqa: N818 - the script is watched with less then
    """There is no answer. Its text is a sentence without its full stop."""


@dataclass(frozen=True)
class Script:
    """Somebody's script: its file and its arguments, and the folder in which it was started.

    `time_limit` is how many seconds an answer about it may take. Of a cell of a notebook the lines from `first` on are
    its own, which stand there from line `stands_at` on; those before were written down from the session.
    """

    file: Path
    arguments: tuple[str, ...] = ()
    folder: Path = field(default_factory=Path.cwd)
    time_limit: float = 60.0
    first: int = 1
    stands_at: int = 1

    def line(self, number: int) -> int | None:
        """A line as its author knows it; None where it stands in another cell."""
        return None if number < self.first else number - self.first + self.stands_at


class Workshop:
    """The process in which a script is looked at; it is started with the first question and serves all of them."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._worker: Worker | None = None

    def ask(self, what: str, arrays: Arrays = (), **more: Any) -> Header:
        """The answer to one question; `Unknown` where there is none.

        `text` is that of the file in a changed copy.
        """
        script = self.script
        worker = self._worker or Worker("runner.diagnosis.scripts.child", script.time_limit)
        self._worker = worker
        question = {"do": what, "file": str(script.file), "arguments": list(script.arguments), **more}
        try:
            worker.send({**question, "folder": str(script.folder)}, arrays)
            answer = worker.answer(script.time_limit + _TO_START).header
        except TooLate:
            self.close()
            raise Unknown(f"that did not end within {script.time_limit:g} seconds") from None
        except WorkerEnded as ended:
            self.close()
            raise Unknown(f"running {script.file.name} {ended}") from None
        except BaseException:
            self.close()
            raise
        if "unknown" in answer:
            raise Unknown(answer["unknown"] + (f"\n{answer['crash']}" if "crash" in answer else ""))
        return answer

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
