"""A subject as seen from outside: its calls are carried out in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from runner.settings.diagnosis import SubjectSettings
from runner.subjects.asked import Asked
from runner.subjects.process.conversation import Conversation
from runner.subjects.samples import Samples

Array = NDArray[np.float64]

# Requests that may hang and be tried again before the subject is given up.
_MOST_RESTARTS = 5


class Subject(Conversation):
    """Somebody's own network.

    `X` (n, features) and `Y` (n, outputs) are its samples, `initial` its parameters as they were at the start.
    `start_anew` says whether each call for gradients is to be the first of a new one, `lr` is the learning rate of what
    only updates (0 where it gives gradients).
    """

    def __init__(self, settings: SubjectSettings, samples: Samples | None = None, sizes: Sequence[int] = (4,)) -> None:
        question = Asked.of(settings, samples, sizes).message("open")
        super().__init__("runner.subjects.process.child", settings.time_limit, question, _MOST_RESTARTS)
        self.start_anew = False
        answer = self.opened()
        header = answer.header
        self.X: Array = answer.arrays[0]
        self.Y: Array = answer.arrays[1]
        self.initial: list[Array] = answer.arrays[2:]
        self.names: tuple[str, ...] = tuple(header["names"])
        self.shapes: tuple[tuple[int, ...], ...] = tuple(array.shape for array in self.initial)
        self.lr: float = header["lr"]
        self.updates: bool = header["updates"]
        self.texts = {key: header[key] for key in ("loss", "gradients", "predict")}
        self.built: str = header["built"]

    def loss(self, arrays: Sequence[Array], X: Array, Y: Array) -> float:
        """The loss; `SubjectError` where the subject does not carry out the call."""
        return float(self._asked("loss", [X, Y, *arrays]).header["loss"])

    def losses(
        self,
        arrays: Sequence[Array],
        X: Array,
        Y: Array,
        which: NDArray[np.int64],
        entries: NDArray[np.int64],
        values: Array,
    ) -> Array:
        """The losses (m,) with entry `entries[i]` of array `which[i]` replaced by `values[i]`, one at a time."""
        self._send({"do": "losses"}, [X, Y, which, entries, values, *arrays])
        return np.array([self._answer("loss", self._limit).header["loss"] for _ in values], dtype=np.float64)

    def gradients(self, arrays: Sequence[Array], X: Array, Y: Array) -> list[Array]:
        """Its gradient, an array for each of the parameters."""
        if self.start_anew:
            self.fresh()
        return self._asked("gradients", [X, Y, *arrays]).arrays

    def predict(self, arrays: Sequence[Array], X: Array) -> Array | None:
        """The outputs (n, outputs); None where it gives none, or nothing but labels."""
        answer = self._asked("predict", [X, *arrays])
        return answer.arrays[0] if answer.arrays else None

    def fresh(self) -> None:
        """Go on with a subject that was built anew and has not been called yet."""
        self._asked("fresh", [])


@contextmanager
def opened(settings: SubjectSettings, samples: Samples | None = None, sizes: Sequence[int] = (4,)) -> Iterator[Subject]:
    """The subject of `settings`, its process ended afterwards.

    `samples` are taken where its file has none, `sizes` are those of hidden layers where it is built from sizes.
    Raises `UserError` where it can't be found, built or called.
    """
    subject = None
    try:
        subject = Subject(settings, samples, sizes)
        yield subject
    finally:
        if subject is not None:
            subject.close()
