"""A subject as seen from outside: a black box whose calls are carried out in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.settings.diagnosis import SubjectSettings
from runner.subjects.loading import place_of
from runner.subjects.process.conversation import Conversation
from runner.subjects.process.lines import Places
from runner.subjects.samples import Samples

Array = NDArray[np.float64]

# Requests that may hang and be tried again before the subject is given up.
_MOST_RESTARTS = 5


class Subject(Conversation):
    """Somebody's own network; a `BlackBox`.

    `X` (n, features) and `Y` (n, outputs) are its samples, `initial` its parameters as they were at the start, `stated`
    is what the user knows of its network. `changed` names the parameters that the last call of `loss` or `gradients`
    changed (put back since), `kept_as` the types in which its arrays are kept, `start_anew` whether each call for
    gradients is to be the first of a new one, `lr` the learning rate of what only updates (0 where it gives
    gradients), `wraps` the types of X and Y in its file where these give another loss than the same numbers as float64.
    """

    def __init__(self, settings: SubjectSettings, samples: Samples | None = None, sizes: Sequence[int] = (4,)) -> None:
        file, name = place_of(settings.path or "")
        self.file, self.name = file, name
        question = {
            "do": "open",
            "file": str(file),
            "name": name,
            "call": settings.call,
            "names": settings.names.model_dump(),
            "args": dict(settings.args),
            "sizes": list(sizes),
            "data_first": samples is not None and samples.first,
        }
        data = [] if samples is None else [samples.X, samples.Y]
        super().__init__("runner.subjects.process.child", settings.time_limit, question, data, _MOST_RESTARTS)
        self.stated = settings.stated.said
        self.changed: tuple[str, ...] = ()
        self.start_anew = False
        try:
            answer = self._open()
        except BaseException:
            self.close()
            raise
        header = answer.header
        self.X: Array = answer.arrays[0]
        self.Y: Array = answer.arrays[1]
        self.initial: list[Array] = answer.arrays[2:]
        self.names: tuple[str, ...] = tuple(header["names"])
        self.shapes: tuple[tuple[int, ...], ...] = tuple(array.shape for array in self.initial)
        self.kept_as: tuple[str, ...] = tuple(header["kept_as"])
        self.lr: float = header["lr"]
        self.updates: bool = header["updates"]
        self.lr_guessed: bool = header["lr_guessed"]
        self.texts = {key: header[key] for key in ("loss", "gradients", "predict")}
        self.wraps: tuple[str, ...] = tuple(header["wraps"])
        self.built: str = header["built"]
        self.form: str = header["form"]

    def loss(self, arrays: Sequence[Array], X: Array, Y: Array) -> float:
        """The loss; `SubjectError` where the subject does not carry out the call."""
        answer = self._asked("loss", [X, Y, *arrays])
        self.changed = tuple(answer.header["changed"])
        return float(answer.header["loss"])

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
        answer = self._asked("gradients", [X, Y, *arrays])
        self.changed = tuple(answer.header["changed"])
        return answer.arrays

    def predict(self, arrays: Sequence[Array], X: Array) -> Array | None:
        """The outputs (n, outputs); None where it gives none, or nothing but labels."""
        answer = self._asked("predict", [X, *arrays])
        return answer.arrays[0] if answer.arrays else None

    def fresh(self) -> None:
        """Go on with a subject that was built anew and has not been called yet."""
        self._asked("fresh", [])

    def lines(self, arrays: Sequence[Array], X: Array, Y: Array) -> list[dict[str, Any]]:
        """For each array of the gradients what `lines.Lines` says of it."""
        found: list[dict[str, Any]] = self._asked("lines", [X, Y, *arrays]).header["lines"]
        return found

    def places(
        self, arrays: Sequence[Array], X: Array, Y: Array, targets: Sequence[NDArray[np.float64]]
    ) -> list[Places]:
        """The lines of the file on which the loss first has each of `targets`."""
        found = self._asked("places", [X, Y, *arrays, *targets]).header["places"]
        return [(first, assigned) for first, assigned in found]


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
