"""The process that answers questions about a script: each answer is made in a fork of it, in which the script runs.

What the script prints goes nowhere, what it asks for at the keyboard is refused, what it writes to files is dropped.
"""

from __future__ import annotations

import builtins
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runner.diagnosis.scripts.curvature import limit_at_start
from runner.diagnosis.scripts.gathering import facts_of
from runner.diagnosis.scripts.trial import tried
from runner.diagnosis.subjects.analysis import analyse
from runner.diagnosis.subjects.child import limit_memory
from runner.diagnosis.subjects.verdict import NotFollowed
from runner.recording.loading.program import Program
from runner.recording.scenario import StepFailed
from runner.recording.scenarios.discovery.discovered import Discovered
from runner.recording.scenarios.discovery.scripts import step_of_script
from runner.recording.watching.step import watched_step
from runner.subjects.complaint import Complaint
from runner.subjects.process.child import Tail, silence
from runner.subjects.process.frames import Arrays, Ended, Header, Message, receive, send

_GRACE = 5


def main(requests: int, answers: int, limit: float) -> None:
    """Answer questions until there are no more."""
    silence(Tail())
    sys.setrecursionlimit(5 * sys.getrecursionlimit())
    limit_memory()
    for fd in (requests, answers):
        os.set_inheritable(fd, False)
    while True:
        try:
            question = receive(requests)
        except Ended:
            os._exit(0)
        pid = os.fork()
        if not pid:
            signal.alarm(int(limit) + _GRACE)
            send(answers, _answer(question))
            os._exit(0)
        if os.waitpid(pid, 0)[1]:
            send(answers, {"unknown": "its process was ended"})


def _answer(question: Message) -> Header:
    try:
        return _answered(question)
    except (Complaint, StepFailed, NotFollowed) as reason:
        return {"unknown": str(reason)}
    except MemoryError:
        return {"unknown": "there is not enough memory for it"}
    except Exception:  # a mistake of ours, and not theirs
        return {"unknown": "the program failed", "crash": traceback.format_exc()}


def _answered(message: Message) -> Header:
    header = message.header
    file = Path(header["file"])
    os.chdir(header["folder"])
    builtins.open = _reading_only
    texts = {file: header["text"]} if header.get("text") is not None else {}
    found = step_of_script(Program(file, texts, name="__main__", arguments=header["arguments"]))
    return ANSWERS[header["do"]](found, header, message.arrays)


_open = open


def _reading_only(file: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
    """`open`, whose writes go nowhere: this is not the run that the script's files are of."""
    if set(mode) & set("wax+") and not isinstance(file, int):
        return io.BytesIO() if "b" in mode else io.StringIO()
    return _open(file, mode, *more, **named)


def _step(found: Discovered, header: Header, arrays: Arrays) -> Header:
    return {"step": watched_step(found).to_dict()}


def _checked(found: Discovered, header: Header, arrays: Arrays) -> Header:
    return {"finding": analyse(found, lambda text: None).to_dict()}


def _facts(found: Discovered, header: Header, arrays: Arrays) -> Header:
    count = len(header["steps"])
    parts = [list(arrays[k * len(arrays) // count : (k + 1) * len(arrays) // count]) for k in range(count)]
    return {"facts": facts_of(found, header["names"], dict(zip(header["steps"], parts, strict=True))).to_dict()}


def _limited(found: Discovered, header: Header, arrays: Arrays) -> Header:
    return {"limit": limit_at_start(found)}


def _tried(found: Discovered, header: Header, arrays: Arrays) -> Header:
    return {"trial": tried(found, header["turns"]).to_dict()}


Answering = Callable[[Discovered, Header, Arrays], Header]
ANSWERS: dict[str, Answering] = {"step": _step, "check": _checked, "facts": _facts, "limit": _limited, "try": _tried}
