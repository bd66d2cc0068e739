"""The process in which somebody's file is examined: it gets one question, says what it is doing, and answers.

What their code prints goes nowhere, what it asks for at the keyboard is refused. What doesn't end is ended from
outside, or by an alarm where nobody is outside any more.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.scripts.gathering import facts_at
from runner.diagnosis.subjects.analysis import analyse
from runner.diagnosis.subjects.first_bad import first_bad_of
from runner.diagnosis.subjects.listing import listing
from runner.diagnosis.subjects.verdict import NotFollowed
from runner.recording.scenario import Point, Recorded, StepFailed
from runner.recording.scenarios.discovery.discovered import Discovered
from runner.recording.scenarios.discovery.scripts import RECORDING
from runner.recording.scenarios.discovery.ways import discover
from runner.subjects.asked import Asked
from runner.subjects.complaint import Complaint
from runner.subjects.process.child import Tail, silence
from runner.subjects.process.conversation import OUR_WORK
from runner.subjects.process.frames import Message, receive, send
from runner.subjects.process.worker import LONGEST

_GRACE = 5
Doing = Callable[[str], None]
Array = NDArray[np.float64]
# Bytes of address space: half of the machine's memory, within these.
_LEAST_MEMORY, _MOST_MEMORY = 4 * 2**30, 16 * 2**30


def main(requests: int, answers: int, limit: float) -> None:
    """Answer the question and end."""
    silence(Tail())
    sys.setrecursionlimit(5 * sys.getrecursionlimit())  # rewritten code takes more frames for what recurses
    limit_memory()
    for fd in (requests, answers):
        os.set_inheritable(fd, False)

    us = os.getpid()

    def reply(header: dict[str, Any]) -> None:
        if os.getpid() != us:  # their code has forked, and only one may answer
            os._exit(0)
        # What comes next has its own time.
        signal.alarm(int(LONGEST * (limit + OUR_WORK if header.get("ours") else limit)) + _GRACE)
        send(answers, header)

    signal.alarm(int(LONGEST * limit) + _GRACE)
    try:
        reply(_answered(receive(requests), reply))
    except MemoryError:
        reply({"complaint": Complaint("there is not enough memory for it").to_dict()})
    except Exception:  # a mistake of ours, and not theirs
        reply({"crash": traceback.format_exc()})
    os._exit(0)


def limit_memory() -> None:
    """A program that grows without end gets a MemoryError, before the machine has none left for others."""
    try:
        import resource
    except ImportError:  # Windows
        return
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = min(_MOST_MEMORY, max(total // 2, _LEAST_MEMORY))
    with contextlib.suppress(ValueError, OSError):  # some systems know no such limit
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _answered(message: Message, reply: Any) -> dict[str, Any]:
    asked = Asked.read(message)

    def doing(text: str) -> None:
        reply({"doing": text, "ours": text.startswith(RECORDING)})

    try:
        found = discover(asked, doing)
    except Complaint as complaint:
        return {"complaint": complaint.to_dict()}
    if found.recipe is not None:
        found.recipe.bench.before = lambda text: None  # its calls have been tried: what takes time from here on is ours

    def working(text: str) -> None:
        reply({"doing": text, "ours": True})

    try:
        if message.header["do"] in AT_PARAMETERS:
            return AT_PARAMETERS[message.header["do"]](found, message.arrays[2:], len(message.arrays[0]))
        return ANSWERS[message.header["do"]](found, working)
    except NotFollowed as reason:
        return {"not_followed": str(reason)}


def _checked(found: Discovered, doing: Doing) -> dict[str, Any]:
    return {"finding": analyse(found, doing).to_dict()}


def _listed(found: Discovered, doing: Doing) -> dict[str, Any]:
    doing(found.scenario.text)
    try:
        recorded = found.scenario.record(found.scenario.points[0])
    except StepFailed as failed:
        raise NotFollowed(str(failed)) from None
    return {"program": [found.scenario.text, *listing(recorded, found.scenario.names, found.program)]}


def _nonfinite(found: Discovered, parameters: Sequence[Array], samples: int) -> dict[str, Any]:
    """Where the first value arises that is not finite, with these parameters."""
    bad = first_bad_of(_recorded(found, parameters), found.scenario.names, samples)
    return {"nonfinite": None if bad is None else bad.to_dict()}


def _facts(found: Discovered, parameters: Sequence[Array], samples: int) -> dict[str, Any]:
    """What the network is at the parameters of several steps, the first those that it starts from."""
    names = found.scenario.names
    sets = [parameters[k : k + len(names)] for k in range(0, len(parameters), len(names))]
    starts = dict(zip(names, sets[0], strict=True))
    steps = ((k, _recorded(found, one), None) for k, one in enumerate(sets))
    return {"facts": facts_at(steps, names, starts)[0].to_dict()}


def _recorded(found: Discovered, parameters: Sequence[Array]) -> Recorded:
    try:
        return found.scenario.recorded_at(Point("as it was trained"), parameters)
    except (StepFailed, ValueError) as failed:
        raise NotFollowed(str(failed)) from None


# What may be asked for, by name; and what is asked for with parameters.
ANSWERS: dict[str, Callable[[Discovered, Doing], dict[str, Any]]] = {"check": _checked, "program": _listed}
AT_PARAMETERS: dict[str, Callable[[Discovered, Sequence[Array], int], dict[str, Any]]] = {
    "nonfinite": _nonfinite,
    "facts": _facts,
}
