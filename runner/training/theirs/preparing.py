"""From settings to somebody's network, ready to be trained: its process started, what can't be kept refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Dataset
from runner.errors import Problem, UserError
from runner.rng import Streams
from runner.settings import Settings
from runner.settings.optimizer import SGDSettings
from runner.subjects.complaint import SubjectError
from runner.subjects.stepping.trainee import Start, Trainee
from runner.training.theirs.layout import ArrayLayout
from runner.training.theirs.network import TheirNetwork
from runner.training.theirs.refusals import hidden_without_use, meaningless


def refuse_meaningless(settings: Settings) -> None:
    """Raise `UserError` for all settings that mean nothing here, before anything is run."""
    if problems := list(meaningless(settings)):
        raise UserError(problems)


def their_network(settings: Settings, dataset: Dataset, streams: Streams) -> tuple[TheirNetwork, NDArray[np.float64]]:
    """The network and its initial parameters (parameters,); `UserError` where it can't be built or called."""
    part, subject = dataset.train, settings.subject
    start = Start(settings.network.hidden, streams.subject(), settings.optimizer.rate)
    try:
        trainee = Trainee(subject, part.X.astype(np.float64), part.Y.astype(np.float64), start)
    except SubjectError as error:
        raise UserError(Problem("subject.path", str(error), given=subject.path)) from error
    try:
        _refuse(settings, trainee)
    except UserError:
        trainee.close()
        raise
    shapes = tuple(array.shape for array in trainee.initial)
    layout = ArrayLayout(trainee.names, shapes, part.X.shape[1], part.Y.shape[1])
    initial = np.concatenate([array.ravel() for array in trainee.initial])
    return TheirNetwork(trainee, layout, settings), initial


def _refuse(settings: Settings, trainee: Trainee) -> None:
    """Raise `UserError` for what can't be kept with a network that is built and called as this one is."""
    problems = [one for one in [hidden_without_use(settings, trainee.built)] if one is not None]
    if settings.subject.update == "theirs":
        if trainee.needs_data and (settings.batch_size is not None or settings.dataset.validates):
            message = "your network keeps the samples that it is built with, so that its own update can't see others"
            held_out = "dataset.valid_fraction" if settings.dataset.folds is None else "dataset.folds"
            path = "batch_size" if settings.batch_size is not None else held_out
            problems.append(Problem(path, message))
        if not trainee.takes_rate and settings.optimizer.rate != SGDSettings().rate:
            message = f"{trainee.texts['update']} takes no learning rate; name the attribute as subject.names.lr"
            problems.append(Problem("optimizer.lr", message, given=settings.optimizer.rate))
    if settings.checkpoint.every is not None:
        kept = trainee.keep(np.concatenate([array.ravel() for array in trainee.initial]))
        if isinstance(kept, str):
            message = f"what your network keeps from step to step can't be put back: {kept}"
            problems.append(Problem("checkpoint.every", message, given=settings.checkpoint.every, allowed=("null",)))
    if problems:
        raise UserError(problems)
