"""What training needs of a network, and our own networks as that.

Loop, optimisers, batches, watch, checkpoints and evaluation see nothing but this: a compiled network and somebody's own
are two implementations of it, and a third one would be another class here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from runner.files.events import NonfiniteEvent
from runner.network.architecture import Architecture
from runner.network.faults.placement import Placement
from runner.network.layout import Layout
from runner.network.losses import LOSSES
from runner.network.normalisation import with_running_statistics
from runner.network.ops import Array
from runner.network.program import Phase, Program
from runner.network.workspace import Batch
from runner.rng import IntArray
from runner.settings.optimizer import OptimizerSettings
from runner.training.nonfinite.trace import first_nonfinite
from runner.training.sharpness.gradient import BatchGradient
from runner.training.updates.optimisers import update_is_scaled_gradient, with_update

# Probabilities above this answer class 1.
PROBABLE = 0.5
# How arrays begin that a checkpoint has of the network itself.
KEPT = "network/"


class GradientElsewhere(Protocol):
    """The gradient on the samples of a batch as a function of parameters, without any effect on the training."""

    def read_samples(self, lr: float) -> None:
        """Take the samples that are in the batch now; `lr` is the learning rate of updates within the gradient."""

    def __call__(self, theta: Array) -> Array:
        """The gradient (parameters,), in an array that the next call may overwrite."""


@dataclass(frozen=True)
class Kept:
    """What a network keeps from step to step beside its parameters: arrays by name, and the rest as JSON."""

    arrays: Mapping[str, Array] = field(default_factory=dict)
    progress: Mapping[str, Any] = field(default_factory=dict)


class Network(Protocol):
    """A network that can be trained: where its parameters lie, and its loss and gradient as a program."""

    @property
    def layout(self) -> Layout:
        """The flat vector of its parameters."""

    @property
    def loss(self) -> str:
        """What it minimises, in a word."""

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases of its program from the samples to loss and gradient."""

    @property
    def outputs(self) -> str:
        """The array of its outputs, (outputs, n)."""

    @property
    def phases_to_outputs(self) -> tuple[Phase, ...]:
        """What is left to run after `phases`, until the outputs are there."""

    @property
    def boundary(self) -> float:
        """One output, and each of several labels, answers class 1 where it is above this."""

    @property
    def reduction(self) -> str | None:
        """`mean` or `sum`: how its loss goes over samples; None where that isn't known."""

    @property
    def gradient_changes_nothing(self) -> bool:
        """Whether its gradient can be asked for elsewhere without a step being taken."""

    def program(self, *, penalties: bool = True) -> Program:
        """Loss, outputs and gradient; without `penalties` those on the weights are in neither."""

    def evaluation_program(self) -> Program:
        """Loss and outputs as they are when nothing is trained, without penalties."""

    def with_update(self, program: Program, settings: OptimizerSettings) -> Program:
        """The program with the calls that turn its gradient into new parameters."""

    def update_is_scaled_gradient(self, settings: OptimizerSettings) -> bool:
        """Whether the update is exactly the learning rate times the gradient."""

    def gradient_elsewhere(self, batch: Batch) -> GradientElsewhere:
        """Its gradient on the samples of a batch, for who looks around."""

    def kept(self, theta: Array) -> Kept | str:
        """What a checkpoint at these parameters saves of it; or why that can't be put back."""

    def put_back(self, kept: Kept) -> None:
        """Go on from what a checkpoint has."""

    def first_nonfinite(self, batch: Batch, step: int, samples: IntArray) -> NonfiniteEvent:
        """The event of a step whose loss or gradient is not finite; `samples` (n,) are those of the batch."""

    def described(self) -> Mapping[str, Any]:
        """What is kept as JSON beside the weights, by name."""

    def close(self) -> None:
        """Free what it holds outside of this process."""


@dataclass(frozen=True)
class CompiledNetwork:
    """A network of ours: what the configuration describes, with its faults."""

    placement: Placement

    @property
    def layout(self) -> Architecture:
        """The layers."""
        return self.placement.context.architecture

    @property
    def loss(self) -> str:
        """The name of the loss."""
        return self.placement.context.loss

    @property
    def fused(self) -> bool:
        """Whether the output activation and the loss are computed jointly, from logits."""
        return self.placement.options.fused(LOSSES[self.loss], self.layout.activations[-1].name) is not None

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases up to the gradient."""
        output = () if self.fused else (Phase.OUTPUT,)
        return (Phase.FORWARD, *output, Phase.LOSS, Phase.BACKWARD)

    @property
    def outputs(self) -> str:
        """The activation of the last layer."""
        return f"A{len(self.layout.layers)}"

    @property
    def phases_to_outputs(self) -> tuple[Phase, ...]:
        """The output activation, where the loss is computed from logits."""
        return (Phase.OUTPUT,) if self.fused else ()

    @property
    def boundary(self) -> float:
        """That of the loss."""
        return LOSSES[self.loss].boundary

    @property
    def reduction(self) -> str:
        """That of the configuration."""
        return self.placement.options.reduction

    @property
    def gradient_changes_nothing(self) -> bool:
        """It is a function of the parameters; what faults remember is cleared by whoever asks."""
        return True

    def program(self, *, penalties: bool = True) -> Program:
        """Loss and gradient with the faults in them."""
        return self.placement.program(penalties=penalties)

    def evaluation_program(self) -> Program:
        """Layers are normalised by their running statistics; masks are 1 where nobody draws any."""
        return with_running_statistics(self.program(penalties=False), self.layout)

    def with_update(self, program: Program, settings: OptimizerSettings) -> Program:
        """Our optimiser."""
        return with_update(program, settings, self.layout, self.phases)

    def update_is_scaled_gradient(self, settings: OptimizerSettings) -> bool:
        """Of plain gradient descent."""
        return update_is_scaled_gradient(settings)

    def gradient_elsewhere(self, batch: Batch) -> GradientElsewhere:
        """The program in arrays of its own."""
        return BatchGradient(batch, self.phases)

    def kept(self, theta: Array) -> Kept:
        """Its memory stands in the workspace."""
        return Kept()

    def put_back(self, kept: Kept) -> None:
        """There is nothing."""

    def first_nonfinite(self, batch: Batch, step: int, samples: IntArray) -> NonfiniteEvent:
        """Found by running the calls of the step again, one by one."""
        return first_nonfinite(batch, self.phases, step, samples)

    def described(self) -> Mapping[str, Any]:
        """The architecture, the faults where there are any, the boundary where outputs are no probabilities."""
        faults = {"faults": self.placement.texts} if self.placement.texts else {}
        margin = {} if self.boundary == PROBABLE else {"boundary": self.boundary}
        return {"architecture": self.layout.to_dict(), **faults, **margin}

    def close(self) -> None:
        """It holds nothing."""
