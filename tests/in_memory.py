"""Runs of the shipped YAML in memory: composed and trained as the command line does, nothing written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from composed import settings_of

from runner.files.events import Event
from runner.network.inference import Predictor
from runner.network.ops import Array
from runner.settings import Settings
from runner.threads import one_blas_thread
from runner.training.evaluation import Evaluation
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.packs.pack import Pack, pack_key
from runner.training.packs.size import pack_size
from runner.training.recorder import history_columns
from runner.training.setup import prepare
from runner.training.stopping import Interruption


def prepared(settings: Settings, events: list[Event] | None = None) -> Training:
    """A run of some settings before its first step; its events are added to `events`."""
    setup = prepare(settings)
    noted: list[Event] = [] if events is None else events
    return Training(setup, History(history_columns(setup)), noted.append, Listener(), None)


def trained(settings: Settings, events: list[Event] | None = None) -> Training:
    """The trained run of some settings; its events are added to `events`."""
    training = prepared(settings, events)
    with one_blas_thread():
        training.run(Interruption())
    return training


def run(*overrides: str, events: list[Event] | None = None) -> Training:
    """The trained run of a command line."""
    return trained(settings_of([*overrides, "tracking=none"]), events)


def runs(overrides: Iterable[str], seeds: Iterable[int]) -> Iterator[Training]:
    """The trained run of each seed; together where that is faster, which changes no bit of any of them."""
    settings = settings_of([*overrides, "tracking=none"])
    trainings = [prepared(settings.model_copy(update={"seed": seed})) for seed in seeds]
    alike = len({pack_key(training.setup) for training in trainings}) == 1
    size = pack_size(trainings[0].setup) if alike else 1
    for start in range(0, len(trainings), size):
        packed = trainings[start : start + size]
        with one_blas_thread():
            Pack(packed).run(Interruption())
        yield from packed


def at_the_end(training: Training, part: str = "train") -> Evaluation:
    """Loss, accuracy and outputs of a trained run on a part of its data."""
    statistics = training.workspace.statistics()
    return training.evaluator(getattr(training.setup.dataset, part))(training.workspace.theta, statistics)


def accuracy_of(training: Training, part: str = "train") -> float:
    """The accuracy of a trained run, of a classification, on a part of its data."""
    return at_the_end(training, part).quality


def prediction(training: Training, *samples: float) -> Array:
    """What a trained run of one input feature says for some numbers, in the units of the targets."""
    scaling = training.setup.dataset.scaling
    predict = Predictor(training.setup.architecture, training.workspace.weights())
    return np.asarray(scaling.outputs(predict(scaling.inputs(np.array(samples).reshape(-1, 1))))).ravel()
