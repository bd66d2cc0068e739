"""What is wrong with settings for the data set that they name."""

from __future__ import annotations

from collections.abc import Iterator

from runner.datasets import Dataset
from runner.errors import Problem
from runner.settings import Settings
from runner.settings.loss import CROSS_ENTROPIES
from runner.training.choices import loss_of
from runner.training.measuring.quality import quality_column


def against_data(settings: Settings, dataset: Dataset) -> list[Problem]:
    """Everything that the settings ask of a data set that hasn't got it."""
    samples = len(dataset.train.X)
    problems = []
    if settings.batch_size is not None and settings.batch_size > samples:
        message = f"is larger than the training split of {dataset.name}, which has {samples} samples"
        problems.append(Problem("batch_size", message, given=settings.batch_size, allowed=(f"1..{samples}", "null")))
    own = quality_column(dataset.task)
    for path, metric in settings.metrics.items():
        if not metric.endswith(("loss", own)):
            message = f"{dataset.name} has no accuracy" if own == "r2" else f"{dataset.name} has no R², but an accuracy"
            allowed = ("loss", "valid_loss", own, f"valid_{own}")
            problems.append(Problem(path, message, given=metric, allowed=allowed))
    return [*problems, *_labels_for_loss(settings, dataset), *_batch_of_one(settings, dataset)]


def _labels_for_loss(settings: Settings, dataset: Dataset) -> Iterator[Problem]:
    """What of the loss is about classes, where the data set has none, or not as many."""
    weights, smoothing = settings.loss.class_weights, settings.loss.label_smoothing
    loss, classes = loss_of(settings, dataset.task), max(2, dataset.train.Y.shape[1])
    if settings.subject.path is not None:
        return  # its loss is its own, and settings of ours are refused beside it
    if smoothing and loss not in CROSS_ENTROPIES:
        message = f"needs a cross-entropy, but the loss of {dataset.name} is {loss}"
        yield Problem("loss.label_smoothing", message, given=smoothing, allowed=("0",))
    if settings.loss.delta != 1.0 and loss != "huber":
        message = f"belongs to huber, but the loss of {dataset.name} is {loss}"
        yield Problem("loss.delta", message, given=settings.loss.delta, allowed=("1",))
    if weights is None:
        return
    if dataset.task not in ("binary", "classes"):
        message = f"{dataset.name} is a {dataset.task} task, where a sample has no one class"
        yield Problem("loss.class_weights", message, given=weights, allowed=("null",))
    elif not isinstance(weights, str) and len(weights) != classes:
        message = f"has {len(weights)} numbers, but {dataset.name} has {classes} classes"
        yield Problem("loss.class_weights", message, given=list(weights), allowed=("balanced", f"{classes} numbers"))


def _batch_of_one(settings: Settings, dataset: Dataset) -> Iterator[Problem]:
    """Batches of one sample where layers are normalised over the batch."""
    samples = len(dataset.train.X)
    size, *last = settings.batch_sizes(samples)
    if settings.network.batch_norm and 1 in (size, *last):
        where = f"the last batch of an epoch ({samples} samples in batches of {size})" if size > 1 else "a batch"
        message = f"{where} has one sample, and so no variance to normalise by"
        yield Problem("network.batch_norm", message, given=True)
