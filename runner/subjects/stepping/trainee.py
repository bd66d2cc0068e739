"""Somebody's network as training sees it: loss, gradient and outputs as functions of one flat vector of parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.settings.diagnosis import SubjectSettings
from runner.subjects.asked import Asked
from runner.subjects.process.conversation import Conversation
from runner.subjects.samples import Samples
from runner.subjects.stepping.state import Saved

Array = NDArray[np.float64]

# How often it may be asked something again after it was closed.
_MOST_RESTARTS = 100


@dataclass(frozen=True)
class Start:
    """What a network is given before it is built: hidden sizes, a seed, a learning rate."""

    sizes: tuple[int, ...]
    seed: int
    rate: float


class Trainee(Conversation):
    """A network in a process of its own, built for samples X (n, features) and Y (n, outputs).

    `initial` are its arrays as they start, `names` their names, `texts` what is called for what, `built` how it was
    built, `form` how it wants its samples, `files` the digests of its files, `takes_rate` whether an update of its own
    takes our learning rate, `needs_data` whether it is built anew for each set of samples. Raises `UserError` where a
    setting helps, `SubjectError` where its own code doesn't work.
    """

    def __init__(self, settings: SubjectSettings, X: Array, Y: Array, start: Start) -> None:
        asked = Asked.of(settings, Samples(X, Y), start.sizes, start.seed, start.rate)
        question = asked.message("open", theirs=settings.update == "theirs")
        super().__init__("runner.subjects.stepping.child", settings.time_limit, question, _MOST_RESTARTS)
        answer = self.opened()
        header = answer.header
        self.initial: list[Array] = answer.arrays
        self.names: tuple[str, ...] = tuple(header["names"])
        self.texts = {key: header[key] for key in ("loss", "gradients", "predict", "update")}
        self.built: str = header["built"]
        self.form: str = header["form"]
        self.files: dict[str, str] = header["files"]
        self.takes_rate: bool = header["takes_rate"]
        self.updates: bool = header["updates"]
        self.needs_data: bool = header["needs_data"]

    def step(self, X: Array, Y: Array, theta: Array) -> tuple[float, Array]:
        """Loss and gradient (parameters,) at parameters theta (parameters,), as a step of training."""
        answer = self._asked("step", [X, Y, theta])
        return answer.header["loss"], answer.arrays[0]

    def update(self, X: Array, Y: Array, theta: Array) -> tuple[float, Array, Array]:
        """Loss, gradient, and the parameters after a step of its own."""
        answer = self._asked("update", [X, Y, theta])
        return answer.header["loss"], answer.arrays[0], answer.arrays[1]

    def gradient(self, X: Array, Y: Array, theta: Array) -> Array:
        """The gradient (parameters,), no step being taken."""
        return self._asked("gradient", [X, Y, theta]).arrays[0]

    def keep(self, theta: Array) -> Saved | str:
        """All that it keeps from step to step, at these parameters; or why that can't be put back."""
        answer = self._asked("keep", [theta])
        return answer.header["unkept"] if "unkept" in answer.header else Saved(answer.header["state"], answer.arrays)

    def put_back(self, state: Saved) -> None:
        """Go on from what was kept; `SubjectError` where it can't."""
        self._send({"do": "put_back", "state": state.tree}, state.arrays)
        self._answer("put_back", self._limit)

    def loss(self, X: Array, Y: Array, theta: Array) -> float:
        """The loss, no step being taken."""
        return float(self._asked("loss", [X, Y, theta]).header["loss"])

    def losses(self, X: Array, Y: Array, theta: Array) -> Array:
        """The loss (n,) of each sample by itself."""
        return self._asked("losses", [X, Y, theta]).arrays[0]

    def outputs(self, X: Array, Y: Array, theta: Array) -> Array:
        """The outputs (n, outputs)."""
        return self._asked("outputs", [X, Y, theta]).arrays[0]
