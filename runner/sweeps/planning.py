"""Which jobs go to a worker together.

Jobs that differ only in what each run of a pack has of its own are dealt to packs of a size that pays; every other job
goes alone. Here only their settings are compared, since making a program of each job would keep the workers waiting;
these compare the programs, too (`pack_key`).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from runner.settings.sharing import likeness
from runner.sweeps.work import Work
from runner.training.packs.size import pack_size

# Packs for each worker: with fewer, cores wait for the last one, and MLflow for the first.
_PACKS_EACH = 8
# From this many steps on a pack is worth more than what waits for it.
_LONG = 20_000


def packs(work: Sequence[Work], workers: int) -> list[tuple[Work, ...]]:
    """The jobs as packs for the workers, those first that are expected to take longest."""
    groups: dict[str, list[Work]] = {}
    for one in work:
        groups.setdefault(likeness(one.settings), []).append(one)
    found = [pack for group in groups.values() for pack in _dealt(group, workers)]
    return sorted(found, key=lambda pack: -pack[0].settings.steps * len(pack))


def _dealt(group: Sequence[Work], workers: int) -> Iterator[tuple[Work, ...]]:
    size = _size(group, workers)
    order = list(group)
    if group[0].settings.sweep.halving is not None:
        random.Random(0).shuffle(order)  # each pack a fair sample of the sweep
    for start in range(0, len(order), size):
        yield tuple(order[start : start + size])


def _size(group: Sequence[Work], workers: int) -> int:
    """How many jobs of a group share a pack."""
    if len(group) == 1 or group[0].settings.subject.path is not None:
        return 1
    try:
        setup = group[0].prepared()
    except Exception:  # reported where the job is carried out
        return 1
    if setup.settings.checkpoint.every is not None:
        return 1
    each = 1 if setup.steps >= _LONG or setup.settings.sweep.halving else _PACKS_EACH
    return max(1, min(pack_size(setup), max(16, math.ceil(len(group) / (workers * each)))))


class UnderWay:
    """How many jobs are being trained, as far as the driver knows: packs are begun in their order."""

    def __init__(self, planned: Sequence[Sequence[Work]], workers: int) -> None:
        self._workers = workers
        self._sizes = {number: len(pack) for number, pack in enumerate(planned)}
        self._pack_of = {one.number: number for number, pack in enumerate(planned) for one in pack}

    def ended(self, jobs: Iterable[int]) -> None:
        """These have come to their end, and with them the packs that they were in."""
        for job in jobs:
            self._sizes.pop(self._pack_of[job], None)

    @property
    def jobs(self) -> int:
        """Those of the first packs that haven't ended, one for each worker."""
        return sum(islice(self._sizes.values(), self._workers))
