"""From settings to the arrays that a network trains on: generate, check, split, standardise, convert.

The order matters: the split comes before the statistics, so that nothing of the held-out samples reaches the
training, and the conversion to float32 comes last, so that a column of large numbers is standardised before
it loses digits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from runner.datasets.base import DatasetSettings, FloatArray, RawData, Task
from runner.datasets.scaling import Scaling
from runner.errors import Problem, UserError
from runner.rng import Streams


@dataclass(frozen=True)
class Split:
    """The samples of one split: `X` (n, features) and `Y` (n, outputs), C-contiguous, in the run's dtype."""

    X: NDArray[np.floating]
    Y: NDArray[np.floating]

    def __len__(self) -> int:
        return len(self.X)


@dataclass(frozen=True)
class Dataset:
    """A data set ready to train on; X and Y of all splits are in the units of `scaling`."""

    name: str
    task: Task
    train: Split
    valid: Split | None
    test: Split | None
    features: tuple[str, ...]
    targets: tuple[str, ...]
    scaling: Scaling
    digest: str


def load(settings: DatasetSettings, streams: Streams, dtype: DTypeLike) -> Dataset:
    """The data set of `settings` in `dtype` (float32 or float64).

    Raises `UserError` where there are no such data, where they hold NaN or infinity, where a split would be
    empty or where a number does not fit into `dtype`.
    """
    try:
        # Overflow is looked for in the arrays afterwards, where column and sample can be named.
        with np.errstate(over="ignore", invalid="ignore"):
            return _load(settings, streams, np.dtype(dtype))
    except MemoryError as error:
        raise UserError(Problem("dataset", f"{settings.name!r} of this size doesn't fit into memory")) from error


def _load(settings: DatasetSettings, streams: Streams, dtype: np.dtype[Any]) -> Dataset:
    samples = settings.generate(streams.dataset())
    _require_finite(samples)
    if settings.standardize == "both" and samples.task != "regression":
        message = f"the targets of {settings.name!r} are labels, which can't be standardised"
        raise UserError(Problem("dataset.standardize", message, given="both", allowed=("none", "inputs")))
    arrays = _divided(samples, settings, streams)
    scaling = Scaling.fit(*arrays["train"], settings.standardize, settings.scaling)
    if settings.standardize != "none":
        arrays = {split: (scaling.inputs(X), scaling.targets(Y)) for split, (X, Y) in arrays.items()}
    splits = {
        split: Split(_convert(X, samples.features, dtype), _convert(Y, samples.targets, dtype))
        for split, (X, Y) in arrays.items()
    }
    return Dataset(
        name=settings.name,
        task=samples.task,
        train=splits["train"],
        valid=splits.get("valid"),
        test=splits.get("test"),
        features=samples.features,
        targets=samples.targets,
        scaling=scaling,
        digest=_digest(splits),
    )


def _require_finite(samples: RawData) -> None:
    """Refuse NaN and infinity, by column and sample."""
    problems = []
    for what, values, names in (
        ("input", samples.X, samples.features),
        ("target", samples.Y, samples.targets),
        ("held-out input", samples.X_test, samples.features),
        ("held-out target", samples.Y_test, samples.targets),
    ):
        if values is None or np.isfinite(values).all():
            continue
        bad = ~np.isfinite(values)
        for column in np.flatnonzero(bad.any(axis=0)):
            rows = np.flatnonzero(bad[:, column])
            problems.append(
                Problem(
                    "dataset",
                    f"{what} {names[column]!r} of sample {rows[0]} is {values[rows[0], column]:g}"
                    + (f" ({len(rows)} values of that column are not finite)" if len(rows) > 1 else ""),
                )
            )
    if problems:
        raise UserError(problems)


def _divided(samples: RawData, settings: DatasetSettings, streams: Streams) -> dict[str, tuple[FloatArray, FloatArray]]:
    """The splits by name; without fractions, the samples in their own order.

    One permutation from the split's stream: its first samples validate, the next test, the others train. With folds the
    first ones test, and of the others those of one fold validate.
    """
    fractions = {"valid": settings.valid_fraction, "test": settings.test_fraction}
    if samples.X_test is not None and settings.test_fraction > 0.0:
        raise UserError(
            Problem(
                "dataset.test_fraction",
                f"{settings.name!r} already holds out {len(samples.X_test)} samples of its own for testing",
                given=settings.test_fraction,
                allowed=("0",),
            )
        )
    n = len(samples.X)
    counts = {split: int(fraction * n + 0.5) for split, fraction in fractions.items()}
    problems = [
        Problem(
            f"dataset.{split}_fraction",
            f"{fraction:g} of {n} samples is less than one sample: set at least {0.5 / n:.2g}, or 0 for no such split",
            given=fraction,
        )
        for split, fraction in fractions.items()
        if fraction > 0.0 and counts[split] == 0
    ]
    if settings.folds is not None and settings.folds > n - counts["test"]:
        message = f"there are {n - counts['test']} samples to part, fewer than folds"
        problems.append(Problem("dataset.folds", message, given=settings.folds))
    if sum(counts.values()) >= n:
        problems.append(
            Problem("dataset", f"{sum(counts.values())} of {n} samples are held out, which leaves none to train on")
        )
    if problems:
        raise UserError(problems)

    splits = {"train": (samples.X, samples.Y)}
    if any(counts.values()) or settings.folds is not None:
        order = streams.split().permutation(n)
        valid, test, train = np.split(order, [counts["valid"], counts["valid"] + counts["test"]])
        if settings.folds is not None:
            own = folds_of(samples.Y[train], samples.task, settings.folds) == settings.fold
            valid, train = train[own], train[~own]
        chosen = {"train": train, "valid": valid, "test": test}
        splits = {split: (samples.X[rows], samples.Y[rows]) for split, rows in chosen.items() if len(rows)}
    if samples.X_test is not None and samples.Y_test is not None:
        splits["test"] = (samples.X_test, samples.Y_test)
    return splits


def folds_of(Y: FloatArray, task: Task, folds: int) -> NDArray[np.intp]:
    """The fold of each sample (n,), targets Y (n, outputs) in a random order: as many in each, give or take one.

    Classes are dealt out one after the other, so that each fold has its share of each: stratified. Other targets are
    dealt out in their order.
    """
    order = np.arange(len(Y))
    if task in ("binary", "classes"):
        labels = Y[:, 0] if Y.shape[1] == 1 else Y.argmax(axis=1)
        order = np.argsort(labels, kind="stable")
    dealt = np.empty(len(Y), dtype=np.intp)
    dealt[order] = np.arange(len(Y)) % folds
    return dealt


def _convert(values: FloatArray, names: tuple[str, ...], dtype: np.dtype[Any]) -> NDArray[np.floating]:
    converted = np.ascontiguousarray(values, dtype=dtype)
    if not np.isfinite(converted).all():
        row, column = np.argwhere(~np.isfinite(converted))[0]
        message = f"the column {names[column]!r} holds {values[row, column]:g}, too large for it"
        raise UserError(Problem("dtype", message, given=str(dtype), allowed=("float64",)))
    return converted


def _digest(splits: dict[str, Split]) -> str:
    """A sha256 of name, dtype, shape and bytes of every array."""
    digest = hashlib.sha256()
    for name in ("train", "valid", "test"):
        if name not in splits:
            continue
        for values in (splits[name].X, splits[name].Y):
            little = values.astype(values.dtype.newbyteorder("<"), copy=False)
            digest.update(f"{name} {little.dtype.str} {little.shape}\n".encode())
            digest.update(little.data)
    return digest.hexdigest()
