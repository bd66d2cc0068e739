"""What somebody's own network answered at the start and at the end of its run, for plots that are drawn later.

Their code is run only where its path was given. So it is asked in its run, and what it said is kept in answers.npz.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Dataset, Split, load
from runner.errors import UserError
from runner.files.names import ANSWERS
from runner.files.run_record import RunRecord
from runner.report.replayed import Replayed
from runner.settings import validate
from runner.subjects.complaint import SubjectError
from runner.subjects.stepping.trainee import Trainee

Array = NDArray[Any]

_SHOWN, _AROUND = "shown", "around"
# Seconds that the answers on a plane or line may take, by what those to so many of its points took.
_PATIENCE, _PROBED = 5.0, 200


class _Few(Replayed):
    """How much is asked of a network that may take each sample by itself."""

    most_samples = 2000
    fineness = 50


@dataclass(frozen=True)
class _Asked(_Few):
    """Somebody's own network while its process is there, at the parameters of some steps."""

    data: Dataset
    trainee: Trainee
    parameters: Mapping[int, Array]

    @property
    def dataset(self) -> Dataset:
        """The data, scaled as the network sees them."""
        return self.data

    def finite(self) -> list[int]:
        """The steps whose parameters are all finite."""
        return [step for step, theta in sorted(self.parameters.items()) if np.isfinite(theta).all()]

    def answers(self, part: Split, step: int) -> Array:
        """What its predict gives."""
        X, Y = (np.asarray(one, dtype=np.float64) for one in (part.X, part.Y))
        return self.trainee.outputs(X, Y, self.parameters[step])

    def answers_for(self, X: Array, step: int) -> Array:
        """The same in the data's own units."""
        scaled = self.data.scaling.inputs(X).astype(self.data.train.X.dtype)
        empty = np.zeros((len(X), self.data.train.Y.shape[1]), dtype=scaled.dtype)
        return np.asarray(self.data.scaling.outputs(self.answers(Split(scaled, empty), step)))


@dataclass(frozen=True)
class Answered(_Few):
    """Somebody's own network by the answers that are kept: those to the data, and those on the plane or line."""

    data: Dataset
    kept: Mapping[str, Array]

    @classmethod
    def of(cls, folder: Path, record: RunRecord, data: Dataset | None = None) -> Answered | None:
        """The answers of a run; None where none were kept, or where its data are not what they were."""
        try:
            with (folder / ANSWERS).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                kept = dict(arrays)
            data = data or _data(record)
        except (UserError, OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        return cls(data, kept) if data.digest == record.dataset.digest else None

    @property
    def dataset(self) -> Dataset:
        """The data, scaled as the network sees them."""
        return self.data

    def finite(self) -> list[int]:
        """The steps at which it was asked."""
        return sorted({int(name.partition("_")[2]) for name in self.kept if name.startswith(_SHOWN)})

    def answers(self, part: Split, step: int) -> Array:
        """The outputs (n, outputs) for the part of the data that is shown."""
        return self.kept[f"{_SHOWN}_{step}"]

    def answers_for(self, X: Array, step: int) -> Array:
        """The outputs (n, outputs) on the plane or line around the data."""
        return self.kept[f"{_AROUND}_{step}"]

    def around(self) -> Array | None:
        """None where it gave no answers there."""
        return super().around() if all(f"{_AROUND}_{step}" in self.kept for step in self.finite()) else None


def keep_answers(folder: Path, data: Dataset, trainee: Trainee, parameters: Mapping[int, Array]) -> None:
    """Ask somebody's own network at the parameters of some steps, and keep its answers; what it refuses is left out."""
    asked, kept = _Asked(data, trainee, parameters), dict[str, Array]()
    around = asked.around()
    try:
        kept |= {f"{_SHOWN}_{step}": asked.answers(asked.shown()[1], step) for step in asked.finite()}
        if around is not None and _seconds(asked, around) < _PATIENCE:
            kept |= {f"{_AROUND}_{step}": asked.answers_for(around, step) for step in asked.finite()}
    except SubjectError:
        pass  # it takes no other samples than its own
    if kept:
        np.savez(folder / ANSWERS, **kept)  # type: ignore[arg-type]


def _seconds(asked: _Asked, around: Array) -> float:
    """How long the answers on a plane or line will take at all steps, about."""
    steps, begun = asked.finite(), time.perf_counter()
    if steps:
        asked.answers_for(around[:_PROBED], steps[0])
    return (time.perf_counter() - begun) / min(_PROBED, len(around)) * len(around) * len(steps)


def _data(record: RunRecord) -> Dataset:
    settings = validate(dict(record.config))
    streams = settings.streams()
    return load(settings.dataset, streams, np.dtype(settings.dtype))
