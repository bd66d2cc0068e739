"""Somebody's file examined in a process of its own: asked for here, done in `child`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runner.diagnosis.subjects.finding import Finding
from runner.errors import Problem, UserError
from runner.settings.diagnosis import SubjectSettings
from runner.subjects.complaint import raised_for
from runner.subjects.process.conversation import HINT
from runner.subjects.process.frames import TooLate
from runner.subjects.process.worker import Worker, WorkerEnded
from runner.subjects.samples import Samples

# How long the process may take to start, beside the time limit.
_TO_START = 20.0


class NotRecorded(Exception):  # noqa: N818 - the file is checked in another way then
    """What was recorded is no basis for a verdict. Its text is a sentence."""


def examine(settings: SubjectSettings, samples: Samples | None, sizes: Sequence[int]) -> Finding:
    """What one step of the training of a file shows.

    Raises `UserError` where the file can't be found, run or used, `SubjectError` where its own code is to blame, and
    `NotRecorded` where the recording can't be relied on.
    """
    return Finding.from_dict(_asked("check", settings, samples, sizes)["finding"])


def program_of(settings: SubjectSettings, samples: Samples | None, sizes: Sequence[int]) -> list[str]:
    """One step of the training of a file in lines: what it computes, and where. Raises as `examine` does."""
    found: list[str] = _asked("program", settings, samples, sizes)["program"]
    return found


def _asked(what: str, settings: SubjectSettings, samples: Samples | None, sizes: Sequence[int]) -> dict[str, Any]:
    file, name = parted(settings.path or "")
    question = {
        "do": what,
        "file": str(file),
        "name": name,
        "call": settings.call,
        "names": settings.names.model_dump(),
        "args": dict(settings.args),
        "sizes": list(sizes),
        "data_first": samples is not None and samples.first,
    }
    worker = Worker("runner.diagnosis.subjects.child", settings.time_limit)
    try:
        worker.send(question, [] if samples is None else [samples.X, samples.Y])
        doing, patience = "starting", settings.time_limit + _TO_START
        while True:
            answer = worker.answer(patience).header
            if "doing" not in answer:
                break
            doing, patience = answer["doing"], settings.time_limit
    except TooLate:
        hint = HINT if doing.startswith("running ") else " (subject.time_limit)"
        message = f"{doing} did not end within {settings.time_limit:g} seconds{hint}"
        raise UserError(Problem("subject.path", message)) from None
    except WorkerEnded as ended:
        raise UserError(Problem("subject.path", f"{doing} {ended}")) from None
    finally:
        worker.close()
    if "crash" in answer:
        raise RuntimeError(answer["crash"])
    if "complaint" in answer:
        raise raised_for(answer["complaint"])
    if "not_followed" in answer:
        raise NotRecorded(answer["not_followed"])
    return answer


def parted(path: str) -> tuple[Path, str]:
    """FILE:NAME as a path and a name, empty where none is given."""
    file, _, name = path.rpartition(":") if ":" in path else (path, "", "")
    return Path(file).absolute(), name
