"""The process in which a network is trained that somebody wrote: a request is a step, a loss, outputs.

Parameters come with each request as one flat vector and are written into the arrays that the network keeps. The global
generators are seeded once, before the file is run and again before the network is built, and draw on from step to step
as they would in a script; what is only looked at between two steps leaves them as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from runner.subjects.asked import Asked
from runner.subjects.complaint import Complaint
from runner.subjects.process.child import serve
from runner.subjects.process.frames import Message
from runner.subjects.stepping.finding import found_for_training, update_of
from runner.subjects.stepping.network import Network, same_draws
from runner.subjects.stepping.source import digests
from runner.subjects.stepping.state import Saved, Unkept, restored, saved

Array = NDArray[np.float64]


class Stepping:
    """The answers to requests, by name."""

    def __init__(self, reply: Callable[..., None]) -> None:
        self._reply = reply
        self._opened: Network | None = None
        self._data: tuple[Array, Array] = (np.empty((0, 0)), np.empty((0, 0)))
        self._unkept: str | None = None  # not known yet

    def open(self, asked: Message) -> None:
        """Find out how it is used, and build it."""
        self._data = asked.arrays[0], asked.arrays[1]
        wanted = Asked.read(asked)
        recipe = found_for_training(wanted, lambda text: self._reply({"doing": text}))
        bench, data = recipe.bench, recipe.data
        bench.before, bench.reseeds = lambda text: None, False
        update = update_of(recipe, wanted) if asked.header["theirs"] else None
        self._opened = Network(recipe, update, wanted.given.rate)
        bench.builder.given = wanted.given
        bench.fresh()
        built = bench.at(data.X, data.Y)  # the generators are seeded for it, and draw on from there
        if recipe.predict is None:
            message = "can't tell what it answers (looked for predict, forward, ...), without which nothing is measured"
            raise Complaint(message, "subject.names.predict")
        self._reply(
            {
                "names": [one.name for one in built.parameters],
                "built": bench.builder.text,
                "form": str(data.form),
                "loss": self._opened.loss_text,
                "gradients": recipe.gradients.text,
                "predict": recipe.predict.text,
                "update": None if update is None else update.gradients.text,
                "takes_rate": update is None or Network.takes_rate(update),
                "updates": recipe.updates,
                "needs_data": bench.builder.needs_data,
                "files": digests(wanted.file),
            },
            [np.array(one.value, dtype=np.float64) for one in built.parameters],
        )

    def step(self, asked: Message) -> None:
        """Loss and gradient."""
        X, Y, theta = asked.arrays
        network = self._network
        built = network.at(theta, X, Y)
        value = network.loss(built, X, Y)
        self._reply({"loss": value}, [network.gradient(built, X, Y)])

    def update(self, asked: Message) -> None:
        """Loss, gradient, and the parameters after an update of theirs."""
        X, Y, theta = asked.arrays
        network = self._network
        update = network.update
        assert update is not None
        built = network.at(theta, X, Y)
        value = network.loss(built, X, Y)
        gradient = None if update is network.recipe else network.gradient(built, X, Y)
        network.at(theta, X, Y)
        after = network.updated(update, built, X, Y)
        if gradient is None:
            with np.errstate(all="ignore"):
                gradient = (theta - after) / (network.rate if network.takes_rate(update) else update.lr)
        self._reply({"loss": value}, [gradient, after])

    def gradient(self, asked: Message) -> None:
        """The gradient, no step being taken."""
        X, Y, theta = asked.arrays
        network = self._network
        with same_draws():
            self._reply({}, [network.gradient(network.at(theta, X, Y), X, Y)])

    def keep(self, asked: Message) -> None:
        """All that it keeps from step to step, at parameters theta; or why that can't be put back."""
        (theta,) = asked.arrays
        if self._unkept is None:
            self._unkept = self._why_unkept(theta)
        if self._unkept:
            self._reply({"unkept": self._unkept})
            return
        state = saved(self._network.at(theta, *self._data).subject)
        self._reply({"state": state.tree}, state.arrays)

    def put_back(self, asked: Message) -> None:
        """Go on from what was kept."""
        self._network.recipe.bench.fresh()
        self._restore(Saved(asked.header["state"], asked.arrays))
        self._reply({})

    def _restore(self, state: Saved) -> None:
        network = self._network
        built = network.recipe.bench.at(self._data[0], network.targets(self._data[1]))
        try:
            restored(state, built.subject)
        except Unkept as unkept:
            raise Complaint(f"what it kept can't be put back: {unkept}") from None
        built.parameters = network.recipe.bench.found_again(built, self._data[0], network.targets(self._data[1]))

    def _why_unkept(self, theta: Array) -> str:
        """Why its state can't be put back, empty where it can: tried with steps of networks that are built for it."""
        network = self._network
        bench, (X, Y) = network.recipe.bench, self._data
        try:
            before = saved(bench.at(X, network.targets(Y)).subject)
            with same_draws(), bench.aside():
                first = network.stepped(theta, X, Y)
                state = saved(network.at(first, X, Y).subject)
                expected = network.stepped(first, X, Y)
                bench.fresh()
                self._restore(state)
                again = network.stepped(first, X, Y)
        except Unkept as unkept:
            return str(unkept)
        except Complaint as complaint:
            return complaint.message
        with same_draws():  # a file's own objects can't be made anew
            restored(before, bench.at(X, network.targets(Y)).subject)
        if not np.array_equal(expected, again, equal_nan=True):
            return "a step from where it was put back gives other numbers"
        return ""

    def loss(self, asked: Message) -> None:
        """The loss."""
        X, Y, theta = asked.arrays
        network = self._network
        with same_draws():
            built = network.at(theta, X, Y)
            self._reply({"loss": network.loss(built, X, Y)})

    def losses(self, asked: Message) -> None:
        """The loss of each sample by itself."""
        X, Y, theta = asked.arrays
        network = self._network
        found = []
        with same_draws():
            for k in range(len(X)):
                one = slice(k, k + 1)
                found.append(network.loss(network.at(theta, X[one], Y[one]), X[one], Y[one]))
        self._reply({}, [np.array(found, dtype=np.float64)])

    def outputs(self, asked: Message) -> None:
        """The outputs (n, outputs)."""
        X, Y, theta = asked.arrays
        network = self._network
        with same_draws():
            found = network.outputs(network.at(theta, X, Y), X, Y)
        given = found if found.shape[1] == Y.shape[1] else found[:, -Y.shape[1] :]
        self._reply({}, [given])

    @property
    def _network(self) -> Network:
        assert self._opened is not None
        return self._opened


main = partial(serve, services=Stepping)
