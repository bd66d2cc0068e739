"""The forms in which a subject wants samples and targets, and the way from and to (n, features) and (n, outputs)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_MOST_CLASSES = 1000
# More samples of a file than these are not needed for a check.
_MOST_SAMPLES = 4096
# Samples that are made up where neither the file nor the settings have any that fit.
_MADE = 20


def _labels(Y: Array) -> NDArray[np.int64]:
    return np.asarray(np.argmax(Y, axis=1), dtype=np.int64)


# What becomes of rows: (n, columns).
INPUTS: dict[str, Callable[[Array], NDArray[Any]]] = {
    "rows": lambda X: X.copy(),
    "columns": lambda X: np.ascontiguousarray(X.T),
    "flat": lambda X: X[:, 0].copy(),
}
TARGETS: dict[str, Callable[[Array], NDArray[Any]]] = {
    **INPUTS,
    "labels": _labels,
    "labels in a column": lambda Y: _labels(Y)[:, None],
    "labels in a row": lambda Y: _labels(Y)[None, :],
}


@dataclass(frozen=True)
class Form:
    """How a subject wants X and Y; targets are integers where `whole`."""

    x: str
    y: str
    whole: bool = False

    def inputs(self, X: Array) -> NDArray[Any]:
        """X (n, features) in this form, an array that may be changed."""
        return INPUTS[self.x](X)

    def targets(self, Y: Array) -> NDArray[Any]:
        """Y (n, outputs) in this form, an array that may be changed."""
        made = TARGETS[self.y](Y)
        return made.astype(np.int64) if self.whole else made

    def __str__(self) -> str:
        return f"X in {self.x}, Y in {self.y}" if self.x != self.y else f"samples in {self.x}"


@dataclass(frozen=True)
class Data:
    """Samples X (n, features) and targets Y (n, outputs), and the form in which they are tried.

    `given` where the form is nothing but a guess: a file shows in what form it has its own. `types` are those of the
    numbers in a file.
    """

    form: Form
    X: Array
    Y: Array
    given: bool = False
    types: tuple[str, str] | None = None


def made_to_fit(features: int, outputs: int) -> tuple[Array, Array]:
    """Samples for a network of which only the widths are known: one-hot targets, 0 and 1 where it has one output."""
    rng = np.random.default_rng(3)
    labels = rng.permutation(_MADE) % max(outputs, 2)
    targets = np.eye(outputs)[labels] if outputs > 1 else labels[:, None].astype(float)
    return rng.normal(size=(_MADE, features)), targets


def from_canonical(X: Array, Y: Array) -> Iterator[Data]:
    """Every form for rows of samples, the likely ones first."""
    one_hot = Y.shape[1] > 1 and _is_one_hot(Y)
    binary = Y.shape[1] == 1 and np.isin(Y, (0.0, 1.0)).all()
    for x in ("rows", "columns", *(["flat"] if X.shape[1] == 1 else [])):
        like = ["rows", "columns"] if x == "rows" else ["columns", "rows"] if x == "columns" else ["rows", "columns"]
        flat = ["flat"] if Y.shape[1] == 1 else []
        for y in [*flat, *like] if x == "flat" else [like[0], *flat, like[1]]:
            yield Data(Form(x, y), X, Y, given=True)
        if one_hot or binary:
            Z = Y if one_hot else np.hstack([1.0 - Y, Y])
            # A column of labels would be broadcast where one-hot rows are wanted: it comes after these.
            for y in ("labels", *(() if one_hot else like), "labels in a column", "labels in a row"):
                yield Data(Form(x, y, whole=y not in like), X, Z, given=True)


def from_file(X: NDArray[Any], Y: NDArray[Any]) -> Iterator[Data]:
    """What X and Y of a file may mean, the likely first; nothing where they have no number of samples in common."""
    whole = Y.dtype.kind in "biu"
    for (x, inputs), (y, targets) in itertools.product(_inputs(X), _targets(Y)):
        if len(inputs) == len(targets):
            some = slice(None, None, -(-len(inputs) // _MOST_SAMPLES))
            yield Data(Form(x, y, whole), inputs[some], targets[some], types=(str(X.dtype), str(Y.dtype)))


def _inputs(raw: NDArray[Any]) -> Iterator[tuple[str, Array]]:
    values = np.asarray(raw, dtype=np.float64)
    if values.ndim == 1:
        yield "flat", values[:, None]
    elif values.ndim == 2:
        yield "rows", values
        yield "columns", values.T


def _targets(raw: NDArray[Any]) -> Iterator[tuple[str, Array]]:
    values = np.asarray(raw, dtype=np.float64)
    labels = list(_as_labels(values))
    if labels and labels[0][1].shape[1] > 2:
        yield from labels
    if values.ndim == 1:
        yield "flat", values[:, None]
    elif values.ndim == 2:
        yield "rows", values
        yield "columns", values.T
    if labels and labels[0][1].shape[1] == 2:
        yield from labels


def _as_labels(values: Array) -> Iterator[tuple[str, Array]]:
    """One-hot rows of what may be class labels 0, 1, ..."""
    flat = values.ravel()
    if flat.size != max(values.shape, default=0) or not flat.size:
        return
    classes = int(flat.max()) + 1
    if flat.min() < 0 or not (flat == np.round(flat)).all() or not 2 <= classes <= _MOST_CLASSES:
        return
    name = "labels" if values.ndim == 1 else "labels in a column" if values.shape[1] == 1 else "labels in a row"
    yield name, np.eye(classes)[flat.astype(np.int64)]


def _is_one_hot(Y: Array) -> bool:
    return bool(np.isin(Y, (0.0, 1.0)).all() and (Y.sum(axis=1) == 1.0).all())
