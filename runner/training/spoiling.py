"""Putting the faults that are asked for into a network, its data and its start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from runner.datasets import Dataset, Split
from runner.errors import Problem, UserError
from runner.network.faults.catalogue import parse
from runner.network.faults.fault import Context
from runner.network.faults.placement import Placement, place
from runner.network.ops import Array
from runner.rng import Streams
from runner.settings import Settings


def batch_sizes(size: int, samples: int) -> tuple[int, ...]:
    """The batch size, and that of the last, smaller batch of an epoch."""
    return (size, samples % size) if samples % size else (size,)


def with_faults(settings: Settings, context: Context) -> Placement:
    """The network with the faults that are asked for, and what they have to know of its training."""
    optimizer = settings.optimizer
    context = replace(context, weight_decay=optimizer.decay_in_loss, l1=optimizer.l1_in_loss)
    return place([parse(text) for text in settings.faults], context)


def spoiled(network: Placement, dataset: Dataset, initial: Array, streams: Streams) -> tuple[Dataset, Array]:
    """The data and the initial parameters as the faults make them; `UserError` where one changes nothing."""
    problems = []
    for one in network.placed:
        if one.fault.is_edit:
            continue
        fault, value, draws = one.fault, one.value, streams.faults()
        train = Split(*fault.data(value, dataset.train.X, dataset.train.Y, draws))
        valid, test = (
            part and Split(*fault.data(value, part.X, part.Y, None)) for part in (dataset.valid, dataset.test)
        )
        start = fault.start(value, initial)
        before = (dataset.train.X, dataset.train.Y, initial)
        if all(map(np.array_equal, before, (train.X, train.Y, start))):
            given, message = str(one.choice), f"{fault.name} can't act: it changes nothing in these data"
            problems.append(Problem(f"faults[{one.position}]", message, given=given, allowed=fault.values))
        dataset, initial = replace(dataset, train=train, valid=valid, test=test), start
    if problems:
        raise UserError(problems)
    return dataset, initial
