"""Putting the faults that are asked for into the data of a network and its start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from runner.datasets import Dataset, Split
from runner.errors import Problem, UserError
from runner.network.faults.placement import Placement
from runner.network.ops import Array
from runner.rng import Streams


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
