"""The first non-finite value of a step of somebody's network, as far as it is seen from outside."""

from __future__ import annotations

import numpy as np

from runner.files.events import NonfiniteEvent
from runner.network.workspace import Batch
from runner.rng import IntArray
from runner.subjects.complaint import SubjectError
from runner.subjects.stepping.trainee import Trainee
from runner.training.nonfinite import culprit
from runner.training.nonfinite.before_step import bad_data, bad_parameters

# So many samples are asked for their loss one by one.
_MOST_SAMPLES = 1000


def first_nonfinite(batch: Batch, step: int, samples: IntArray, trainee: Trainee) -> NonfiniteEvent:
    """The event of data, parameters, loss or gradients, whichever comes first.

    `samples`, (n,), are the numbers of the batch's samples in the training split.
    """
    for _, event in (*bad_data(batch, step), *bad_parameters(batch, step)):
        return event
    loss = batch["loss"]
    if not np.isfinite(loss):
        which = _bad_samples(batch, trainee)
        numbers = tuple(map(int, samples[which])) if which.size else None
        return NonfiniteEvent(
            culprit.kind_of(loss),
            step,
            "loss",
            0,
            "loss",
            f"loss = {trainee.texts['loss']}",
            sample=numbers[0] if numbers else None,
            samples=numbers,
            chain=("loss",),
        )
    layout = batch.workspace.layout
    block, name, gradient = next(found for found in layout.arrays(batch["g"]) if not np.isfinite(found[2]).all())
    return NonfiniteEvent(
        culprit.kind_of(gradient),
        step,
        "backward",
        block.index,
        f"gradient of {name}",
        f"g = {trainee.texts['gradients']}",
        count=int((~np.isfinite(gradient)).sum()),
        size=int(gradient.size),
        chain=(f"gradient of {name}",),
    )


def _bad_samples(batch: Batch, trainee: Trainee) -> IntArray:
    """Which samples have a loss that is not finite by themselves: at most ten, none where that isn't known."""
    if batch.n > _MOST_SAMPLES:
        return np.empty(0, dtype=np.int64)
    X, Y = batch[batch.workspace.layout.inputs].T, batch["Y"].T
    try:
        losses = trainee.losses(X, Y, batch["theta"])
    except SubjectError:  # it takes no single sample
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(~np.isfinite(losses))[: culprit.LISTED]
