"""Several runs trained as one program, each bit-for-bit identical to running it alone.

The runs of a pack have programs that are the same but for the numbers in them, so that one call does the work of all
(`Workspace` with replicas). Each run stays a `Training` whose arrays are views of the pack's, so that rare work is the
code of a single run on these views. A run that meets a non-finite value, which the pack can't handle, leaves with its
state from before that step, and continues alone. Its place idles until enough places are idle for a smaller pack.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from types import MappingProxyType

import numpy as np

from runner.network.faults.catalogue import STATE
from runner.network.side_by_side import outline
from runner.settings.sharing import likeness
from runner.training.loop import StopRules, Training
from runner.training.packs.group import Group
from runner.training.setup import Setup
from runner.training.stopping import Interruption

# Entries at a time where NumPy iterates over broadcast operands in pieces, with the same bits: with 512 a pack of
# planar networks takes 13 % less time than with NumPy's 8,192; others take the same.
_BUFFER = 512


def pack_key(setup: Setup) -> Hashable:
    """What runs must have in common to share a pack: runs with equal keys can."""
    if any(name in setup.program.shapes for name in STATE):
        return object()  # its memory of the step before is lost where a step is repeated
    dataset = setup.dataset
    return (
        likeness(setup.settings),
        outline(setup.program),
        dataset.train.X.shape,
        dataset.train.Y.shape,
        setup.phases,
        setup.watch.scalars,
    )


class Pack:
    """Runs with equal keys, none of which has started, trained together."""

    def __init__(self, trainings: Sequence[Training]) -> None:
        self._trainings = list(trainings)

    def run(self, interruption: Interruption, stop_rules: StopRules = MappingProxyType({})) -> list[float]:
        """Train all runs to their ends, or to an interruption; the seconds of each, an equal share of those together.

        `stop_rules` are as for a single run; one is asked about all runs that have come to its step together. A pack of
        one is a single run.
        """
        if len(self._trainings) == 1:
            return [self._trainings[0].run(interruption, stop_rules)]
        started = time.perf_counter()
        alone: list[Training] = []
        with np.errstate(all="ignore"):
            np.setbufsize(_BUFFER)  # for as long as the error state is ours
            for training in self._trainings:
                training.begin()
            going = self._trainings
            while going and not interruption.signal:
                alone += Group(going).run(interruption, stop_rules)
                going = [training for training in going if not training.done and training not in alone]
        for training in going:
            training.keep()
        share = (time.perf_counter() - started) / len(self._trainings)
        return [
            share + (training.run(interruption, stop_rules) if training in alone else 0.0)
            for training in self._trainings
        ]
