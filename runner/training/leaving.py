"""Runs that others end before their steps are done: who is asked, and when."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.training.loop import Training

# Asked before a step, with the runs that have come to it and go on: which of them are to end there.
Leave = Callable[[Sequence["Training"]], Iterable["Training"]]


def next_asked(leave: Mapping[int, Leave], step: int) -> int:
    """The next step, after this one, before which runs are asked whether they end; a huge number where none is."""
    return min((asked for asked in leave if asked > step), default=sys.maxsize)


def ask(leave: Mapping[int, Leave], step: int, trainings: Sequence[Training]) -> None:
    """End those of the runs, which have come to `step` and written down their history, that are to end there."""
    if step in leave:
        for training in leave[step]([training for training in trainings if not training.done]):
            training.ended = True
