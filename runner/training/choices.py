"""What the settings leave to the data set: the output and the loss of `auto`, the weights of its classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Dataset, Task
from runner.network.architecture import Architecture
from runner.network.faults.fault import Context
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions
from runner.network.losses import LOSSES
from runner.network.ops import Array
from runner.settings import Settings
from runner.settings.loss import LossSettings
from runner.settings.network import ActivationSettings

# What `output: auto` and `loss.name: auto` mean for each task.
AUTO: dict[Task, tuple[str, str]] = {
    "regression": ("identity", "half_squared_error"),
    "binary": ("sigmoid", "binary_cross_entropy"),
    "classes": ("softmax", "categorical_cross_entropy"),
    "multilabel": ("sigmoid", "binary_cross_entropy"),
}


def context_of(settings: Settings, dataset: Dataset) -> Context:
    """The layers, the loss and its penalties, and the batches."""
    loss, optimizer = loss_of(settings, dataset.task), settings.optimizer
    output = output_for(loss, dataset.task)
    chosen = settings.network.output
    choices = [_choice(activation) for activation in settings.network.hidden_activations]
    choices.append(_choice(chosen) if isinstance(chosen, ActivationSettings) else ActivationChoice(output))
    sizes = (dataset.train.X.shape[1], *settings.network.hidden, dataset.train.Y.shape[1])
    architecture = Architecture(
        sizes, tuple(choices), settings.network.bias, settings.network.dropout_rates, settings.network.normalisation
    )
    return Context(
        architecture,
        loss,
        _loss_options(settings.loss, dataset.train.Y),
        weight_decay=optimizer.decay_in_loss,
        batch_sizes=settings.batch_sizes(len(dataset.train.X)),
        l1=optimizer.l1_in_loss,
    )


def loss_of(settings: Settings, task: Task) -> str:
    """The name of the loss, which follows from the task where the settings leave it open."""
    return AUTO[task][1] if settings.loss.name == "auto" else settings.loss.name


def output_for(loss: str, task: Task) -> str:
    """The output activation that `network.output: auto` means under a loss."""
    return LOSSES[loss].output or AUTO[task][0]


def _loss_options(loss: LossSettings, Y: Array) -> LossOptions:
    return LossOptions(
        loss.reduction,
        loss.epsilon,
        loss.from_logits,
        labels=loss.label_smoothing == 0.0 and bool(np.isin(Y, (0.0, 1.0)).all()),
        smoothing=loss.label_smoothing,
        delta=loss.delta,
        class_weights=balanced(Y) if isinstance(loss.class_weights, str) else loss.class_weights,
    )


def class_counts(Y: Array) -> NDArray[np.intp]:
    """How many samples each class has; Y (n, 1) of 0 and 1, or one-hot rows (n, classes)."""
    return np.bincount(labels_of(Y), minlength=max(2, Y.shape[1]))


def labels_of(Y: Array, boundary: float = 0.5) -> NDArray[np.intp]:
    """The class of each sample, (n,): of targets or outputs (n, 1), or (n, classes)."""
    return (Y[:, 0] > boundary).astype(np.intp) if Y.shape[1] == 1 else Y.argmax(axis=1)


def balanced(Y: Array) -> tuple[float, ...]:
    """n / (classes x samples of the class) for each class, as scikit-learn's `balanced`; 1 for one without samples."""
    counts = class_counts(Y)
    share = len(Y) / np.count_nonzero(counts)
    return tuple(share / count if count else 1.0 for count in counts.tolist())


def _choice(activation: ActivationSettings) -> ActivationChoice:
    return ActivationChoice(activation.name, activation.parameters)
