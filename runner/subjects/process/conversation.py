"""A conversation with a process in which somebody's code runs: asked, answered, given up when it is late."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from runner.errors import Problem, UserError
from runner.subjects.complaint import SubjectError, raised_for
from runner.subjects.process.frames import Header, Message, TooLate
from runner.subjects.process.worker import Worker, WorkerEnded

# How long the process may take to start, beside the time limit of a call.
_TO_START = 20.0
# How long our own work on what their code did may take in one piece, beside it, of the processor's time.
OUR_WORK = 110.0
_HINT = " (subject.time_limit); put what trains or shows under: if __name__ == '__main__'"


class Conversation:
    """Questions to `main` of a module in a process of its own, each of which may take `limit` seconds.

    The first one is `question`. A process that ended is started again at most `restarts` times; `texts`
    say what stands behind a question.
    """

    def __init__(self, module: str, limit: float, question: Message, restarts: int = 0) -> None:
        self._module, self._limit, self._question = module, limit, question
        self._worker: Worker | None = None
        self._restarts = restarts
        self.texts: dict[str, str | None] = {}

    def close(self) -> None:
        """End the process, and all that it has started."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def opened(self) -> Message:
        """The answer to the first question of a new process, which says what it is doing until it has one.

        Raises `UserError` where a setting is to be fixed, the file can't be run or the subject built, and
        `SubjectError` where a call of its own code does not end as it should; the process has ended then.
        """
        try:
            return self._opened()
        except BaseException:
            self.close()
            raise

    def _opened(self) -> Message:
        self._worker = Worker(self._module, self._limit)
        self._send(self._question.header, self._question.arrays)
        doing, patience = f"starting {sys.executable}", _TO_START
        while True:
            answer = self._answer(doing, self._limit + patience, opening=True, of_work=True)
            if "doing" not in answer.header:
                return answer
            doing, patience = answer.header["doing"], OUR_WORK if answer.header.get("ours") else 0.0

    def _asked(self, what: str, arrays: Sequence[NDArray[Any]]) -> Message:
        self._send({"do": what}, arrays)
        return self._answer(what, self._limit)

    def _send(self, header: Header, arrays: Sequence[NDArray[Any]]) -> None:
        if self._worker is None:
            if not self._restarts:
                raise SubjectError("it ended or hung again and again")
            self._restarts -= 1
            self.opened()
        assert self._worker is not None
        try:
            self._worker.send(header, arrays)
        except WorkerEnded as ended:
            self._worker = None
            raise SubjectError(f"{self._text(header['do'])} {ended}") from None

    def _answer(self, doing: str, patience: float, *, opening: bool = False, of_work: bool = False) -> Message:
        if self._worker is None:
            raise SubjectError(f"{self._text(doing)} ended the process")
        try:
            answer = self._worker.answer(patience, of_work=of_work)
        except TooLate:
            self._worker = None
            hint = _HINT if doing.startswith("running ") else ""
            message = f"{self._text(doing)} did not end within {patience:g} seconds{hint}"
            raise self._error(message, opening) from None
        except WorkerEnded as ended:
            self._worker = None
            raise self._error(f"{self._text(doing)} {ended}", opening) from None
        if "crash" in answer.header:
            raise RuntimeError(answer.header["crash"])
        if "complaint" in answer.header:
            complaint = answer.header["complaint"]
            if opening:
                raise raised_for(complaint)
            raise SubjectError(complaint["message"])
        return answer

    def _text(self, doing: str) -> str:
        return self.texts.get("loss" if doing == "losses" else doing) or doing

    def _error(self, message: str, opening: bool) -> SubjectError | UserError:
        being_made = opening and message.startswith(("starting ", "running ", "building "))
        return UserError(Problem("subject.path", message)) if being_made else SubjectError(message)
