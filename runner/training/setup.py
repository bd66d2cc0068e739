"""From settings to everything a run needs: data, network, program, initial parameters.

Nothing is written here, and once `prepare` returns the configuration is known to be valid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runner.datasets import Dataset, load
from runner.errors import Problem, UserError
from runner.network.architecture import Architecture
from runner.network.faults.catalogue import parse
from runner.network.faults.placement import Placement, place
from runner.network.initialisers import InitialValuesError, initial_parameters
from runner.network.layout import Layout
from runner.network.loss import LossOptions
from runner.network.ops import Array
from runner.network.program import Phase, Program
from runner.network.workspace import Workspace
from runner.rng import Streams
from runner.settings import Settings
from runner.settings.optimizer import SGDSettings
from runner.training.against_data import against_data
from runner.training.choices import context_of
from runner.training.network import CompiledNetwork, Network
from runner.training.spoiling import spoiled
from runner.training.theirs.preparing import refuse_meaningless, their_network
from runner.training.updates.rate_choice import RateChoice, choose_rate, with_rate
from runner.training.watch import Watch


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
        return self.settings.steps_per_epoch(len(self.dataset.train.X))

    def workspace(self) -> Workspace:
        """Arrays for the program, with the initial parameters in place."""
        workspace = Workspace(self.layout, self.program, self.settings.dtype, scalars=self.watch.scalars)
        np.copyto(workspace.theta, self.initial)
        return workspace


def prepare(settings: Settings) -> Setup:
    """Load the data and compile the network; `UserError` with everything that can't be computed."""
    if settings.subject.path is not None:
        refuse_meaningless(settings)
    streams = settings.streams()
    dataset = load(settings.dataset, streams, np.dtype(settings.dtype))
    problems = against_data(settings, dataset)
    network: Network
    if settings.subject.path is not None:
        if problems:
            raise UserError(problems)
        built = with_rate(settings, SGDSettings().rate) if settings.optimizer.is_auto else settings
        network, initial = their_network(built, dataset, streams)
        settings = settings if network.gradient_changes_nothing else built
    else:
        context, initial = context_of(settings, dataset), np.zeros(0)
        try:
            init = settings.init
            initial = initial_parameters(context.architecture, init.weights, init.bias, streams.init())
        except InitialValuesError as error:
            problems.append(Problem(f"init.{error.of}.values", str(error)))
        if problems:
            raise UserError(problems)
        placement = place([parse(text) for text in settings.faults], context)
        dataset, initial = spoiled(placement, dataset, initial, streams)
        network = CompiledNetwork(placement)
    chosen = choose_rate(settings, network, dataset.train, initial) if settings.optimizer.is_auto else None
    settings = settings if chosen is None else with_rate(settings, chosen.rate)
    scaled = network.update_is_scaled_gradient(settings.optimizer)
    program = network.with_update(network.program(), settings.optimizer)
    watch = Watch(network.layout, settings.watch.layers, not scaled)
    return Setup(
        settings,
        streams,
        dataset,
        network,
        watch.added_to(program),
        watch,
        initial.astype(settings.dtype),
        settings.planned_steps(len(dataset.train.X)),
        chosen,
    )
