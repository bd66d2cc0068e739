"""The process in which a network is trained that somebody wrote: a request is a step, a loss, outputs.

Parameters come with each request as one flat vector and are written into the arrays that the network keeps. The global
generators are seeded once, before the file is run and again before the network is built, and draw on from step to step
as they would in a script; what is only looked at between two steps leaves them as they were.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
from numpy.typing import NDArray

from runner.subjects.asked import Asked
from runner.subjects.calling.answers import as_gradients, as_loss, as_outputs
from runner.subjects.calling.bench import Built
from runner.subjects.calling.recipe import Recipe
from runner.subjects.complaint import Complaint
from runner.subjects.process.child import serve
from runner.subjects.process.frames import Message
from runner.subjects.stepping.finding import found_for_training, update_of
from runner.subjects.stepping.source import digests
from runner.subjects.stepping.state import Saved, Unkept, restored, saved

Array = NDArray[np.float64]


class Stepping:
    """The answers to requests, by name."""

    def __init__(self, reply: Callable[..., None]) -> None:
        self._reply = reply
        self._found: Recipe | None = None
        self._update: Recipe | None = None
        self._rate = 0.0
        self._data: tuple[Array, Array] = (np.empty((0, 0)), np.empty((0, 0)))
        self._unkept: str | None = None  # not known yet

    def open(self, asked: Message) -> None:
        """Find out how it is used, and build it."""
        self._data = asked.arrays[0], asked.arrays[1]
        wanted = Asked.read(asked)
        recipe = found_for_training(wanted, lambda text: self._reply({"doing": text}))
        self._found, self._rate = recipe, wanted.given.rate
        bench, data = recipe.bench, recipe.data
        bench.before, bench.reseeds = lambda text: None, False
        self._update = update_of(recipe, wanted) if asked.header["theirs"] else None
        bench.builder.given = wanted.given
        bench.fresh()
        built = bench.at(data.X, data.Y)  # the generators are seeded for it, and draw on from there
        if recipe.predict is None:
            message = "can't tell what it answers (looked for predict, forward, ...), without which nothing is measured"
            raise Complaint(message, "subject.names.predict")
        update = self._update
        self._reply(
            {
                "names": [one.name for one in built.parameters],
                "built": bench.builder.text,
                "form": str(data.form),
                "loss": recipe.loss.text,
                "gradients": recipe.gradients.text,
                "predict": recipe.predict.text,
                "update": None if update is None else update.gradients.text,
                "takes_rate": update is None or update.rate is not None or update.gradients.mentions("lr"),
                "updates": recipe.updates,
                "needs_data": bench.builder.needs_data,
                "files": digests(wanted.file),
            },
            [np.array(one.value, dtype=np.float64) for one in built.parameters],
        )

    def step(self, asked: Message) -> None:
        """Loss and gradient."""
        X, Y, theta = asked.arrays
        built = self._set(theta, X, Y)
        value = self._loss(built, X, Y)
        self._reply({"loss": value}, [self._gradient(built, theta, X, Y)])

    def update(self, asked: Message) -> None:
        """Loss, gradient, and the parameters after an update of theirs."""
        X, Y, theta = asked.arrays
        update = self._update
        assert update is not None
        built = self._set(theta, X, Y)
        value = self._loss(built, X, Y)
        gradient = None if update is self._recipe else self._gradient(built, theta, X, Y)
        self._set(theta, X, Y)
        after = self._updated(update, built, X, Y)
        if gradient is None:
            with np.errstate(all="ignore"):
                gradient = (theta - after) / (self._rate if self._takes_rate(update) else update.lr)
        self._reply({"loss": value}, [gradient, after])

    def gradient(self, asked: Message) -> None:
        """The gradient, no step being taken."""
        X, Y, theta = asked.arrays
        with _same_draws():
            self._reply({}, [self._gradient(self._set(theta, X, Y), theta, X, Y)])

    def keep(self, asked: Message) -> None:
        """All that it keeps from step to step, at parameters theta; or why that can't be put back."""
        (theta,) = asked.arrays
        if self._unkept is None:
            self._unkept = self._why_unkept(theta)
        if self._unkept:
            self._reply({"unkept": self._unkept})
            return
        state = saved(self._set(theta, *self._data).subject)
        self._reply({"state": state.tree}, state.arrays)

    def put_back(self, asked: Message) -> None:
        """Go on from what was kept."""
        self._recipe.bench.fresh()
        self._restore(Saved(asked.header["state"], asked.arrays))
        self._reply({})

    def _restore(self, state: Saved) -> None:
        built = self._recipe.bench.at(self._data[0], self._targets(self._data[1]))
        try:
            restored(state, built.subject)
        except Unkept as unkept:
            raise Complaint(f"what it kept can't be put back: {unkept}") from None
        built.parameters = self._recipe.bench.found_again(built, self._data[0], self._targets(self._data[1]))

    def _why_unkept(self, theta: Array) -> str:
        """Why its state can't be put back, empty where it can: tried with steps of networks that are built for it."""
        bench, (X, Y) = self._recipe.bench, self._data
        try:
            before = saved(bench.at(X, self._targets(Y)).subject)
            with _same_draws(), bench.aside():
                first = self._stepped(theta)
                state = saved(self._set(first, X, Y).subject)
                expected = self._stepped(first)
                bench.fresh()
                self._restore(state)
                again = self._stepped(first)
        except Unkept as unkept:
            return str(unkept)
        except Complaint as complaint:
            return complaint.message
        with _same_draws():  # a file's own objects can't be made anew
            restored(before, bench.at(X, self._targets(Y)).subject)
        if not np.array_equal(expected, again, equal_nan=True):
            return "a step from where it was put back gives other numbers"
        return ""

    def _stepped(self, theta: Array) -> Array:
        """What a step makes of parameters: an update of theirs, or its gradient added."""
        X, Y = self._data
        built = self._set(theta, X, Y)
        self._loss(built, X, Y)
        if self._update is not None:
            self._set(theta, X, Y)
            return self._updated(self._update, built, X, Y)
        gradient = self._gradient(built, theta, X, Y)
        with np.errstate(all="ignore"):
            return np.asarray(theta - 1e-3 * gradient)

    def loss(self, asked: Message) -> None:
        """The loss."""
        X, Y, theta = asked.arrays
        with _same_draws():
            built = self._set(theta, X, Y)
            self._reply({"loss": self._loss(built, X, Y)})

    def losses(self, asked: Message) -> None:
        """The loss of each sample by itself."""
        X, Y, theta = asked.arrays
        found = []
        with _same_draws():
            for k in range(len(X)):
                one = slice(k, k + 1)
                found.append(self._loss(self._set(theta, X[one], Y[one]), X[one], Y[one]))
        self._reply({}, [np.array(found, dtype=np.float64)])

    def outputs(self, asked: Message) -> None:
        """The outputs (n, outputs)."""
        X, Y, theta = asked.arrays
        recipe, width = self._recipe, self._recipe.data.Y.shape[1]
        assert recipe.predict is not None
        with _same_draws():
            built = self._set(theta, X, self._targets(Y))
            value = recipe.bench.evaluate(recipe.predict, built, X, self._targets(Y))
        found = as_outputs(value, len(X), width)
        if found is None:
            raise Complaint(f"{recipe.predict.text} gives no outputs for {len(X)} samples")
        given = found[0] if found[0].shape[1] == Y.shape[1] else found[0][:, -Y.shape[1] :]
        self._reply({}, [given])

    @property
    def _recipe(self) -> Recipe:
        assert self._found is not None
        return self._found

    def _targets(self, Y: Array) -> Array:
        """Targets as the network was found to want them: a binary class may be two columns of one."""
        width = self._recipe.data.Y.shape[1]
        return Y if Y.shape[1] == width else np.hstack([1.0 - Y, Y])

    def _set(self, theta: Array, X: Array, Y: Array) -> Built:
        """The network for these samples, its arrays filled from the flat vector."""
        built = self._recipe.bench.at(X, self._targets(Y))
        start = 0
        for one in built.parameters:
            size = int(np.prod(one.shape, dtype=np.int64))
            one.set(theta[start : start + size].reshape(one.shape))
            start += size
        return built

    def _loss(self, built: Built, X: Array, Y: Array) -> float:
        recipe = self._recipe
        return as_loss(recipe.bench.evaluate(recipe.loss, built, X, self._targets(Y)), recipe.loss.text)

    def _gradient(self, built: Built, theta: Array, X: Array, Y: Array) -> Array:
        recipe, Y = self._recipe, self._targets(Y)
        if recipe.updates:
            arrays = [np.array(one.value, dtype=np.float64) for one in built.parameters]
            found = recipe.bench.updates(recipe.gradients, arrays, X, Y, recipe.lr, recipe.rate)
        else:
            value = recipe.bench.evaluate(recipe.gradients, built, X, Y)
            found = as_gradients(value, built.parameters, recipe.gradients.text)
        return _flat(found)

    def _updated(self, update: Recipe, built: Built, X: Array, Y: Array) -> Array:
        """The parameters after an update of theirs, at our learning rate where it takes one."""
        Y = self._targets(Y)
        if update.rate is not None:
            setattr(built.subject, update.rate, self._rate)
        update.bench.evaluate(update.gradients, built, X, Y, self._rate)
        built.parameters = update.bench.found_again(built, X, Y)
        return _flat([one.now() for one in built.parameters])

    @staticmethod
    def _takes_rate(update: Recipe) -> bool:
        return update.rate is not None or update.gradients.mentions("lr")


@contextmanager
def _same_draws() -> Iterator[None]:
    """Leave the global generators as they were."""
    kept = np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        np.random.set_state(kept[0])
        random.setstate(kept[1])


def _flat(arrays: list[Array]) -> Array:
    return np.concatenate([np.ravel(array) for array in arrays])


main = partial(serve, services=Stepping)
