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
from pathlib import Path
from typing import Any

import numpy as np

from runner.subjects.calling.finding_out import Asked, find_out
from runner.subjects.calling.recipe import Recipe, overflows
from runner.subjects.complaint import Complaint
from runner.subjects.loading import Given
from runner.subjects.process.frames import Ended, Message, receive, send
from runner.subjects.process.lines import Lines, first_seen, traced

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
        header = asked.header
        question = Asked(
            file=Path(header["file"]),
            name=header["name"],
            call=header["call"],
            names=header["names"],
            sizes=header["sizes"],
            data=(asked.arrays[0], asked.arrays[1]) if asked.arrays else None,
            data_first=header["data_first"],
            given=Given(header["args"]),
        )
        self._found = recipe = find_out(question, lambda text: self._reply({"doing": text}))
        wraps = overflows(recipe)
        recipe.bench.before = lambda text: None
        built = recipe.bench.at(recipe.data.X, recipe.data.Y)
        found = {
            "names": [one.name for one in built.parameters],
            "kept_as": [one.kept_as for one in built.parameters],
            "built": recipe.bench.builder.text,
            "form": str(recipe.data.form),
            "loss": recipe.loss.text,
            "gradients": recipe.gradients.text,
            "predict": recipe.predict.text if recipe.predict is not None else None,
            "updates": recipe.updates,
            "lr": recipe.lr,
            "lr_guessed": recipe.guessed,
            "wraps": list(recipe.data.types or ()) if wraps else [],
        }
        self._reply(found, [recipe.data.X, recipe.data.Y, *built.initial])

    def fresh(self, asked: Message) -> None:
        """Forget all that calls have left behind."""
        self._recipe.bench.fresh()
        self._reply({})

    def loss(self, asked: Message) -> None:
        """The loss, and the parameters that the call changed."""
        recipe, (X, Y, *arrays) = self._recipe, asked.arrays
        value = recipe.bench.loss(recipe.loss, arrays, X, Y)
        self._reply({"loss": value, "changed": recipe.bench.at(X, Y).changed})

    def losses(self, asked: Message) -> None:
        """The loss with one number of one array replaced at a time, each as a message of its own."""
        recipe, (X, Y, which, entries, values, *arrays) = self._recipe, asked.arrays
        for index, entry, value in zip(which, entries, values, strict=True):
            flat = arrays[index].reshape(-1)
            kept = flat[entry]
            flat[entry] = value
            self._reply({"loss": recipe.bench.loss(recipe.loss, arrays, X, Y)})
            flat[entry] = kept

    def gradients(self, asked: Message) -> None:
        """The gradients, and the parameters that the call changed."""
        recipe, (X, Y, *arrays) = self._recipe, asked.arrays
        found = self._gradients(X, Y, arrays)
        changed = [] if recipe.updates else recipe.bench.at(X, Y).changed
        self._reply({"changed": changed}, found)

    def predict(self, asked: Message) -> None:
        """The outputs; nothing where there are none."""
        recipe, (X, *arrays) = self._recipe, asked.arrays
        outputs = None
        if recipe.predict is not None:
            outputs = recipe.bench.outputs(recipe.predict, arrays, X, recipe.data.Y.shape[1])
        self._reply({}, [] if outputs is None else [outputs[0]])

    def lines(self, asked: Message) -> None:
        """Where in the file each array of the gradients is computed."""
        recipe, (X, Y, *arrays) = self._recipe, asked.arrays
        recipe.bench.at(X, Y)  # built before anything is watched
        scale = -recipe.lr if recipe.updates else 1.0
        found: list[Lines] = traced(recipe.bench.file, lambda: self._gradients(X, Y, arrays), arrays, scale)
        self._reply({"lines": [one.to_dict() for one in found]})

    def places(self, asked: Message) -> None:
        """On which lines of the file the loss makes some arrays, which come after the parameters."""
        recipe, (X, Y, *rest) = self._recipe, asked.arrays
        count = len(recipe.bench.at(X, Y).parameters)
        arrays, targets = rest[:count], rest[count:]
        found = first_seen(recipe.bench.file, lambda: recipe.bench.loss(recipe.loss, arrays, X, Y), targets)
        self._reply({"places": found})

    def _gradients(self, X: Any, Y: Any, arrays: Any) -> Any:
        recipe = self._recipe
        if recipe.updates:
            return recipe.bench.updates(recipe.gradients, arrays, X, Y, recipe.lr, recipe.rate)
        return recipe.bench.gradients(recipe.gradients, arrays, X, Y)


def main(requests: int, answers: int, limit: float) -> None:
    """Serve until nobody asks any more."""
    serve(requests, answers, limit, Serving)


def serve(requests: int, answers: int, limit: float, services: Callable[[Callable[..., None]], Any]) -> None:
    """Answer requests by the methods of what `services` makes of a function that replies."""
    tail = Tail()
    silence(tail)
    for fd in (requests, answers):
        os.set_inheritable(fd, False)

    def reply(header: dict[str, Any], arrays: Any = ()) -> None:
        signal.alarm(int(limit) + _GRACE)  # the next call has its own time
        send(answers, header, arrays)

    serving = services(reply)
    while True:
        try:
            asked = receive(requests)
        except Ended:
            os._exit(0)
        signal.alarm(int(limit) + _GRACE)
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
