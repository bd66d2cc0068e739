"""From settings to everything a run needs: data, network, program, initial parameters.

Nothing is written here, and once `prepare` returns the configuration is known to be valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Dataset, Task, load
from runner.errors import Problem, UserError
from runner.network.architecture import ActivationChoice, Architecture
from runner.network.faults.fault import Context
from runner.network.faults.placement import Placement
from runner.network.initialisers import Initialiser, InitialValuesError
from runner.network.layout import Layout
from runner.network.loss import LossOptions
from runner.network.losses import LOSSES
from runner.network.ops import Array
from runner.network.program import Phase, Program
from runner.network.workspace import Workspace
from runner.rng import Draws, Streams
from runner.settings import Settings
from runner.settings.loss import CROSS_ENTROPIES
from runner.settings.network import ActivationSettings
from runner.settings.optimizer import SGDSettings
from runner.training.measuring.quality import quality_column
from runner.training.network import CompiledNetwork, Network
from runner.training.spoiling import batch_sizes, spoiled, with_faults
from runner.training.theirs.preparing import refuse_meaningless, their_network
from runner.training.updates.rate_choice import RateChoice, choose_rate, with_rate
from runner.training.watch import Watch

# What `output: auto` and `loss.name: auto` mean for each task.
AUTO: dict[Task, tuple[str, str]] = {
    "regression": ("identity", "half_squared_error"),
    "binary": ("sigmoid", "binary_cross_entropy"),
    "classes": ("softmax", "categorical_cross_entropy"),
    "multilabel": ("sigmoid", "binary_cross_entropy"),
}


@dataclass(frozen=True)
class Setup:
    """A run that is ready to start; `repr(setup)` shows the architecture, `program.describe()` the mathematics.

    `settings` have the learning rate as a number. `chosen` says how it came about where `configured`, the settings as
    they were given, leave it to us.
    """

    settings: Settings
    streams: Streams
    dataset: Dataset
    network: Network
    program: Program
    watch: Watch
    initial: Array
    steps: int
    chosen: RateChoice | None = None

    def __str__(self) -> str:
        rate = "" if self.chosen is None else f" at {self.chosen}"
        return f"{self.dataset.name}: {self.layout}; {self.loss}, {self.settings.optimizer.name}{rate}"

    def __repr__(self) -> str:
        return f"Setup({self})"

    @property
    def configured(self) -> Settings:
        """The settings as they were given: with `auto` where a learning rate was chosen for them."""
        if self.chosen is None:
            return self.settings
        optimizer = self.settings.optimizer.model_copy(update={"lr": "auto"})
        return self.settings.model_copy(update={"optimizer": optimizer})

    @property
    def layout(self) -> Layout:
        """Where the parameters lie in the flat vector."""
        return self.network.layout

    @property
    def loss(self) -> str:
        """The name of the loss."""
        return self.network.loss

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases up to the gradient."""
        return self.network.phases

    @property
    def is_ours(self) -> bool:
        """Whether the network is compiled from the configuration, and not somebody's own."""
        return isinstance(self.network, CompiledNetwork)

    @property
    def compiled(self) -> CompiledNetwork:
        """The network where it is ours; a mistake of ours where it is somebody's own."""
        assert isinstance(self.network, CompiledNetwork)
        return self.network

    @property
    def placement(self) -> Placement:
        """Our network with its faults."""
        return self.compiled.placement

    @property
    def architecture(self) -> Architecture:
        """The layers of our network."""
        return self.compiled.layout

    @property
    def options(self) -> LossOptions:
        """How the loss of our network is written."""
        return self.placement.options

    @property
    def fused(self) -> bool:
        """Whether our output activation and the loss are computed jointly, from logits."""
        return self.compiled.fused

    @property
    def steps_per_epoch(self) -> int:
        """Updates in which each training sample is seen once."""
        samples = len(self.dataset.train.X)
        return -(-samples // (self.settings.batch_size or samples))

    def workspace(self) -> Workspace:
        """Arrays for the program, with the initial parameters in place."""
        workspace = Workspace(self.layout, self.program, self.settings.dtype, scalars=self.watch.scalars)
        np.copyto(workspace.theta, self.initial)
        return workspace


def prepare(settings: Settings) -> Setup:
    """Load the data and compile the network; `UserError` with everything that can't be computed."""
    if settings.subject.path is not None:
        refuse_meaningless(settings)
    streams = Streams(settings.rng, settings.seed, settings.dataset.seed, settings.init.seed)
    dataset = load(settings.dataset, streams, np.dtype(settings.dtype))
    samples = len(dataset.train.X)
    problems = _against_data(settings, dataset)
    if settings.subject.path is not None:
        if problems:
            raise UserError(problems)
        built = with_rate(settings, SGDSettings().rate) if settings.optimizer.is_auto else settings
        network, initial = their_network(built, dataset, streams)
        return ready(settings if network.gradient_changes_nothing else built, streams, dataset, network, initial)
    architecture, loss = _network(settings, dataset)
    initial = np.zeros(0)
    try:
        initial = initial_parameters(architecture, settings.init.weights, settings.init.bias, streams.init())
    except _WrongValuesError as error:
        problems.append(error.problem)
    if problems:
        raise UserError(problems)
    sizes = batch_sizes(settings.batch_size or samples, samples)
    if architecture.batch_norm is not None and 1 in sizes:
        raise UserError(_one_sample(settings, samples))
    placement = with_faults(settings, Context(architecture, loss, _options(settings, dataset), batch_sizes=sizes))
    dataset, initial = spoiled(placement, dataset, initial, streams)
    return ready(settings, streams, dataset, CompiledNetwork(placement), initial)


def ready(settings: Settings, streams: Streams, dataset: Dataset, network: Network, initial: Array) -> Setup:
    """The setup of a network whose parameters start as `initial` (parameters,), and whose rate is a number."""
    chosen = choose_rate(settings, network, dataset.train, initial) if settings.optimizer.is_auto else None
    settings = settings if chosen is None else with_rate(settings, chosen.rate)
    samples = len(dataset.train.X)
    scaled = network.update_is_scaled_gradient(settings.optimizer)
    program = network.with_update(network.program(), settings.optimizer)
    watch = Watch(network.layout, settings.watch.layers, not scaled)
    steps_per_epoch = -(-samples // (settings.batch_size or samples))
    steps = settings.steps if settings.epochs is None else settings.epochs * steps_per_epoch
    return Setup(
        settings,
        streams,
        dataset,
        network,
        watch.added_to(program),
        watch,
        initial.astype(settings.dtype),
        steps,
        chosen,
    )


def initial_parameters(architecture: Architecture, weights: Initialiser, biases: Initialiser, draws: Draws) -> Array:
    """The flat vector (parameters,) of initial values: layer after layer, first W, then b; gamma is 1."""
    theta = np.zeros(architecture.parameter_count)
    for layer in architecture.layers:
        W, b = layer.split(theta)
        layer.gamma(theta)[...] = 1.0
        for path, rule, view in (("init.weights", weights.weights, W), ("init.bias", biases.biases, b)):
            if view.size:
                try:
                    view[...] = rule(draws, layer)
                except InitialValuesError as error:
                    raise _WrongValuesError(Problem(f"{path}.values", str(error))) from error
    return theta


class _WrongValuesError(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _network(settings: Settings, dataset: Dataset) -> tuple[Architecture, str]:
    loss = loss_of(settings, dataset.task)
    output = output_for(loss, dataset.task)
    chosen = settings.network.output
    choices = [_choice(activation) for activation in settings.network.hidden_activations]
    choices.append(_choice(chosen) if isinstance(chosen, ActivationSettings) else ActivationChoice(output))
    sizes = (dataset.train.X.shape[1], *settings.network.hidden, dataset.train.Y.shape[1])
    return Architecture(
        sizes, tuple(choices), settings.network.bias, settings.network.dropout_rates, settings.network.normalisation
    ), loss


def loss_of(settings: Settings, task: Task) -> str:
    """The name of the loss, which follows from the task where the settings leave it open."""
    return AUTO[task][1] if settings.loss.name == "auto" else settings.loss.name


def output_for(loss: str, task: Task) -> str:
    """The output activation that `network.output: auto` means under a loss."""
    return LOSSES[loss].output or AUTO[task][0]


def _options(settings: Settings, dataset: Dataset) -> LossOptions:
    loss, Y = settings.loss, dataset.train.Y
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


def _one_sample(settings: Settings, samples: int) -> Problem:
    """What is wrong with batches of one sample where layers are normalised over the batch."""
    size = settings.batch_size or samples
    last = f"the last batch of an epoch ({samples} samples in batches of {size})" if size > 1 else "a batch"
    return Problem("network.batch_norm", f"{last} has one sample, and so no variance to normalise by", given=True)


def _choice(activation: ActivationSettings) -> ActivationChoice:
    return ActivationChoice(activation.name, activation.parameters)


def _against_data(settings: Settings, dataset: Dataset) -> list[Problem]:
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
    return [*problems, *_labels_for_loss(settings, dataset)]


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
