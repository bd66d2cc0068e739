"""A subject in use: built, its parameters found, called with samples in the form that it wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.subjects.calling.answers import as_gradients, as_loss, as_outputs
from runner.subjects.calling.forms import Form
from runner.subjects.complaint import Complaint, error_text
from runner.subjects.expressions import Expression
from runner.subjects.loading import Builder, seed_all
from runner.subjects.parameters import Parameter, parameters_of

Array = NDArray[np.float64]

# Subjects kept that were built with their samples: as many as a test goes back and forth between.
_KEPT = 4


@dataclass
class Built:
    """A subject and its parameters, the values that these had at the start, and whether the last call changed any."""

    subject: Any
    parameters: list[Parameter]
    initial: list[Array]
    changed: list[str] = field(default_factory=list)


class Bench:
    """Subjects of one builder and one form, and calls of them.

    `before` is called with the text of each call before it is made.
    """

    def __init__(
        self,
        file: Path,
        builder: Builder,
        form: Form,
        parameters: Expression,
        sizes: Sequence[int],
        before: Callable[[str], None],
    ) -> None:
        self.file, self.builder, self.form, self.parameters = file, builder, form, parameters
        self.sizes, self.before = list(sizes), before
        self.types: tuple[str, str] | None = None  # float64, unless others are asked for
        self.reseeds = True  # whether each call draws the same numbers from the global generators
        self._built: dict[bytes, Built] = {}
        self._targets: Array | None = None

    def fresh(self) -> None:
        """Forget all subjects: the next call is the first of a new one."""
        self._built.clear()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """For a while new subjects take the place of those that are there."""
        held, self._built = self._built, {}
        try:
            yield
        finally:
            self._built = held

    def at(self, X: Array, Y: Array) -> Built:
        """The subject for these samples."""
        key = X.tobytes() + b"/" + Y.tobytes() if self.builder.needs_data else b""
        if key not in self._built:
            while len(self._built) >= _KEPT:
                del self._built[next(iter(self._built))]
            self._built[key] = self._build(X, Y)
        return self._built[key]

    def evaluate(self, expression: Expression, built: Built, X: Array, Y: Array, lr: float = 1.0) -> Any:
        """The value of an expression on a subject; a `Complaint` for whatever it raises."""
        return self._called(expression.text, expression, built.subject, self.scope(X, Y, lr))

    def loss(self, expression: Expression, arrays: Sequence[Array] | None, X: Array, Y: Array) -> float:
        """The loss at `arrays`, or at the initial parameters."""
        built = self.set_to(arrays, X, Y)
        value = self.evaluate(expression, built, X, Y)
        self.put_back(built, arrays)
        return as_loss(value, expression.text)

    def gradients(self, expression: Expression, arrays: Sequence[Array] | None, X: Array, Y: Array) -> list[Array]:
        """The gradients that an expression gives."""
        built = self.set_to(arrays, X, Y)
        value = self.evaluate(expression, built, X, Y)
        found = as_gradients(value, built.parameters, expression.text)
        self.put_back(built, arrays)
        return found

    def updates(
        self, expression: Expression, arrays: Sequence[Array] | None, X: Array, Y: Array, lr: float, rate: str | None
    ) -> list[Array]:
        """(before - after) / lr of a call that updates; `rate` is the attribute that holds its learning rate."""
        built = self.set_to(arrays, X, Y)
        kept = getattr(built.subject, rate) if rate is not None else None
        if rate is not None:
            setattr(built.subject, rate, lr)
        before = [np.array(one.value, dtype=np.float64) for one in built.parameters]
        held = dict(vars(built.subject)) if hasattr(built.subject, "__dict__") else {}
        try:
            self.evaluate(expression, built, X, Y, lr)
            # A new list may have taken the place of the one that held them.
            after = [one.now() for one in self.found_again(built, X, Y)]
        finally:
            for name, value in held.items():
                setattr(built.subject, name, value)
            if rate is not None:
                setattr(built.subject, rate, kept)
            self.put_back(built, arrays)
        for one, old, new in zip(built.parameters, before, after, strict=True):
            if old.size != new.size:
                raise Complaint(f"{expression.text} changes the shape of {one.name} from {old.shape} to {new.shape}")
        with np.errstate(all="ignore"):
            return [(old - new.reshape(old.shape)) / lr for old, new in zip(before, after, strict=True)]

    def outputs(
        self, expression: Expression, arrays: Sequence[Array] | None, X: Array, width: int
    ) -> tuple[Array, bool] | None:
        """The outputs (n, outputs), and whether they are labels."""
        Y = self._targets
        if Y is None or len(Y) != len(X):
            Y = np.zeros((len(X), width))
        built = self.set_to(arrays, X, Y)
        value = self.evaluate(expression, built, X, Y)
        found = as_outputs(value, len(X), width)
        self.put_back(built, arrays)
        return found

    def _build(self, X: Array, Y: Array) -> Built:
        scope = self.scope(X, Y, 1.0)
        self.before(f"building {self.builder.text}")
        try:
            subject = self.builder.build(scope)
        except Complaint:
            raise
        except BaseException as error:
            raise Complaint(f"building {self.builder.text} {error_text(error, self.file)}", "subject.call") from None

        parameters = self._found(subject, scope)
        for one in parameters:
            one.widen()
        return Built(subject, parameters, [np.array(one.value, dtype=np.float64) for one in parameters])

    def found_again(self, built: Built, X: Array, Y: Array) -> list[Parameter]:
        """The parameters of a subject, looked up anew."""
        return self._found(built.subject, self.scope(X, Y))

    def _found(self, subject: Any, scope: Mapping[str, Any]) -> list[Parameter]:
        def evaluate(text: str) -> Any:
            return self._called(text, Expression(text, "subject.names.parameters"), subject, scope)

        return parameters_of(self.parameters, subject, evaluate)

    def scope(self, X: Array, Y: Array, lr: float = 1.0) -> dict[str, Any]:
        """What expressions may use."""
        inputs, targets = self.form.inputs(X), self.form.targets(Y)
        if self.types is not None:
            inputs, targets = inputs.astype(self.types[0]), targets.astype(self.types[1])
        return {
            "X": inputs,
            "Y": targets,
            "lr": lr,
            "n": len(X),
            "features": X.shape[1],
            "outputs": Y.shape[1],
            "sizes": [X.shape[1], *self.sizes, Y.shape[1]],
        }

    def _called(self, text: str, expression: Expression, subject: Any, scope: Mapping[str, Any]) -> Any:
        self.before(text)
        if self.reseeds:
            seed_all()
        try:
            with np.errstate(all="ignore"):
                return expression.evaluate(subject, {**scope, "self": subject}, vars(self.builder.module))
        except Complaint:
            raise
        except BaseException as error:
            raise Complaint(f"{text} {error_text(error, self.file)}") from None

    def with_sizes(self, hidden: Sequence[int]) -> Bench:
        """The same calls of a subject with other widths of its hidden layers."""
        return Bench(self.file, self.builder, self.form, self.parameters, hidden, self.before)

    def set_to(self, arrays: Sequence[Array] | None, X: Array, Y: Array) -> Built:
        """The subject for these samples, with `arrays` as its parameters (None: those of the start)."""
        built = self.at(X, Y)
        self._targets = Y
        for one, array in zip(built.parameters, arrays or built.initial, strict=True):
            one.set(array)
        built.changed = []
        return built

    def put_back(self, built: Built, arrays: Sequence[Array] | None) -> None:
        """Give it back the parameters of the start; notes which were not `arrays` any more."""
        for one, array, initial in zip(built.parameters, arrays or built.initial, built.initial, strict=True):
            if not np.array_equal(one.now(), array, equal_nan=True):
                built.changed.append(one.name)
            one.set(initial)
