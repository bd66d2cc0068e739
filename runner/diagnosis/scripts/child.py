"""The process in which a script is looked at: it runs up to its first step, is asked about that, and answers.

One question a process. What the script prints goes nowhere, what it asks for at the keyboard is refused.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runner.diagnosis.subjects.analysis import analyse
from runner.diagnosis.subjects.child import limit_memory
from runner.diagnosis.subjects.verdict import NotFollowed
from runner.recording.loading.program import Program
from runner.recording.scenario import StepFailed
from runner.recording.scenarios.discovery import Discovered, step_of_script
from runner.recording.watching.step import watched_step
from runner.subjects.complaint import Complaint
from runner.subjects.process.child import Tail, silence
from runner.subjects.process.frames import Arrays, Message, receive, send

_GRACE = 5


def main(requests: int, answers: int, limit: float) -> None:
    """Answer the question and end."""
    silence(Tail())
    sys.setrecursionlimit(5 * sys.getrecursionlimit())
    limit_memory()
    for fd in (requests, answers):
        os.set_inheritable(fd, False)
    signal.alarm(int(limit) + _GRACE)
    header: dict[str, Any]
    try:
        header = _answered(receive(requests))
    except (Complaint, StepFailed, NotFollowed) as reason:
        header = {"unknown": str(reason)}
    except MemoryError:
        header = {"unknown": "there is not enough memory for it"}
    except Exception:  # a mistake of ours, and not theirs
        header = {"unknown": "the program failed", "crash": traceback.format_exc()}
    send(answers, header)
    os._exit(0)


def _answered(message: Message) -> dict[str, Any]:
    header = message.header
    file = Path(header["file"])
    os.chdir(header["folder"])
    found = step_of_script(Program(file, name="__main__", arguments=header["arguments"]))
    return ANSWERS[header["do"]](found, header, message.arrays)


def _step(found: Discovered, header: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
    return {"step": watched_step(found).to_dict()}


def _checked(found: Discovered, header: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
    return {"finding": analyse(found, lambda text: None).to_dict()}


Answering = Callable[[Discovered, dict[str, Any], Arrays], dict[str, Any]]
ANSWERS: dict[str, Answering] = {"step": _step, "check": _checked}
