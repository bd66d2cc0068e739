"""The process that a subject runs in: it reads requests, calls the subject, and answers.

What the subject prints goes nowhere but into a short memory of its last lines; what it asks for at the keyboard is
refused. A call that doesn't end is ended from outside, or by an alarm where nobody is outside any more.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from runner.subjects.asked import Asked
from runner.subjects.calling.finding_out import find_out
from runner.subjects.calling.recipe import Recipe
from runner.subjects.complaint import Complaint
from runner.subjects.process.frames import Ended, Header, Message, receive, send
from runner.subjects.process.worker import LONGEST

# How much of what a subject prints is remembered, and for how long the alarm waits beyond the time limit.
_REMEMBERED, _GRACE = 2000, 5


class Tail(io.TextIOBase):
    """A file that keeps the last characters written to it."""

    def __init__(self) -> None:
        self._text = ""

    def writable(self) -> bool:
        """It is there to be written to."""
        return True

    def write(self, text: str) -> int:
        """Keep the end."""
        self._text = (self._text + text[-_REMEMBERED:])[-_REMEMBERED:]
        return len(text)

    def taken(self) -> str:
        """What was written last."""
        return self._text


class Serving:
    """The answers to requests, by name."""

    def __init__(self, reply: Callable[..., None]) -> None:
        self._reply = reply
        self._found: Recipe | None = None

    @property
    def _recipe(self) -> Recipe:
        if self._found is None:
            raise Complaint("no subject has been opened")
        return self._found

    def open(self, asked: Message) -> None:
        """Find out how the subject is used."""
        self._found = recipe = find_out(Asked.read(asked), lambda text: self._reply({"doing": text}))
        recipe.bench.before = lambda text: None
        built = recipe.bench.at(recipe.data.X, recipe.data.Y)
        found = {
            "names": [one.name for one in built.parameters],
            "built": recipe.bench.builder.text,
            "loss": recipe.loss.text,
            "gradients": recipe.gradients.text,
            "predict": recipe.predict.text if recipe.predict is not None else None,
            "updates": recipe.updates,
            "lr": recipe.lr,
        }
        self._reply(found, [recipe.data.X, recipe.data.Y, *built.initial])

    def fresh(self, asked: Message) -> None:
        """Forget all that calls have left behind."""
        self._recipe.bench.fresh()
        self._reply({})

    def loss(self, asked: Message) -> None:
        """The loss."""
        X, Y, *arrays = asked.arrays
        self._reply({"loss": self._recipe.loss_at(arrays, X, Y)})

    def losses(self, asked: Message) -> None:
        """The loss with one number of one array replaced at a time, each as a message of its own."""
        recipe, (X, Y, which, entries, values, *arrays) = self._recipe, asked.arrays
        for index, entry, value in zip(which, entries, values, strict=True):
            flat = arrays[index].reshape(-1)
            kept = flat[entry]
            flat[entry] = value
            self._reply({"loss": recipe.loss_at(arrays, X, Y)})
            flat[entry] = kept

    def gradients(self, asked: Message) -> None:
        """The gradients."""
        X, Y, *arrays = asked.arrays
        self._reply({}, self._recipe.gradients_at(arrays, X, Y))

    def predict(self, asked: Message) -> None:
        """The outputs; nothing where there are none."""
        X, *arrays = asked.arrays
        outputs = self._recipe.outputs_at(arrays, X)
        self._reply({}, [] if outputs is None else [outputs])


def main(requests: int, answers: int, limit: float) -> None:
    """Serve until nobody asks any more."""
    serve(requests, answers, limit, Serving)


def serve(requests: int, answers: int, limit: float, services: Callable[[Callable[..., None]], Any]) -> None:
    """Answer requests by the methods of what `services` makes of a function that replies."""
    tail = Tail()
    silence(tail)
    for fd in (requests, answers):
        os.set_inheritable(fd, False)

    us = os.getpid()

    def reply(header: Header, arrays: Any = ()) -> None:
        if os.getpid() != us:  # their code has forked, and only one may answer
            os._exit(0)
        signal.alarm(int(LONGEST * limit) + _GRACE)  # the next call has its own time
        send(answers, header, arrays)

    serving = services(reply)
    while True:
        try:
            asked = receive(requests)
        except Ended:
            os._exit(0)
        signal.alarm(int(LONGEST * limit) + _GRACE)
        try:
            getattr(serving, asked.header["do"])(asked)
        except Complaint as complaint:
            reply({"complaint": complaint.to_dict(), "printed": tail.taken()[-300:]})
        except MemoryError:
            reply({"complaint": Complaint("there is not enough memory for it").to_dict()})
        except Exception:  # a mistake of ours, and not the subject's
            reply({"crash": traceback.format_exc()})
        finally:
            signal.alarm(0)


def silence(tail: Tail) -> None:
    """Nothing that the subject prints reaches the terminal, nothing that it reads comes from there."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    sys.stdout = sys.stderr = tail
    sys.stdin = io.StringIO("")
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
