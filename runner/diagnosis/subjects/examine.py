"""Somebody's file examined in a process of its own: asked for here, done in `child`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.scripts.facts import Facts
from runner.diagnosis.subjects.finding import BadValue, StepFinding
from runner.errors import UserError
from runner.settings.diagnosis import SubjectSettings
from runner.subjects.asked import Asked
from runner.subjects.complaint import SubjectError
from runner.subjects.process.conversation import Conversation
from runner.subjects.process.frames import Message
from runner.subjects.samples import Samples


class NotRecorded(Exception):  # noqa: N818 - nothing is wrong with their code for all that is known
    """Neither recording nor calls are a basis for a verdict. Its text is a sentence."""


def examine(settings: SubjectSettings, samples: Samples | None, sizes: Sequence[int]) -> StepFinding:
    """What one step of the training of a file shows.

    Raises `UserError` where the file can't be found, run or used, `SubjectError` where its own code is to blame, and
    `NotRecorded` where there is no basis for a verdict.
    """
    return StepFinding.from_dict(_answer("check", settings, samples, sizes)["finding"])


def program_of(settings: SubjectSettings, samples: Samples | None, sizes: Sequence[int]) -> list[str]:
    """One step of the training of a file in lines: what it computes, and where. Raises as `examine` does."""
    found: list[str] = _answer("program", settings, samples, sizes)["program"]
    return found


def first_bad(
    settings: SubjectSettings, samples: Samples, sizes: Sequence[int], parameters: Sequence[NDArray[np.float64]]
) -> BadValue | None:
    """The first value of a step at these parameters that is not finite; None where that isn't found out."""
    try:
        found = _answer("nonfinite", settings, samples, sizes, parameters)["nonfinite"]
    except (UserError, SubjectError, NotRecorded):
        return None
    return None if found is None else BadValue.from_dict(found)


def facts(
    settings: SubjectSettings, samples: Samples, sizes: Sequence[int], sets: Sequence[Sequence[NDArray[np.float64]]]
) -> Facts | None:
    """What a network is at several sets of parameters, the first those of its start; None where it isn't found out."""
    parameters = [array for one in sets for array in one]
    try:
        return Facts.from_dict(_answer("facts", settings, samples, sizes, parameters)["facts"])
    except (UserError, SubjectError, NotRecorded):
        return None


def _answer(
    what: str,
    settings: SubjectSettings,
    samples: Samples | None,
    sizes: Sequence[int],
    parameters: Sequence[NDArray[np.float64]] = (),
) -> dict[str, Any]:
    asked = Asked.of(settings, samples, sizes).message(what)
    question = Message(asked.header, [*asked.arrays, *parameters])
    conversation = Conversation("runner.diagnosis.subjects.child", settings.time_limit, question)
    try:
        answer = conversation.opened().header
    finally:
        conversation.close()
    if "not_followed" in answer:
        raise NotRecorded(answer["not_followed"])
    return answer
