"""What a loss is: its calls, its joint forms with an output activation, and the options that it is written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from runner.network import ops
from runner.network.program import Constant, Emitter, Phase, number

Reduction = Literal["mean", "sum"]


@dataclass(frozen=True)
class LossOptions:
    """How a loss is written.

    `labels` says that every target is 0 or 1, which permits a form of the binary cross-entropy that keeps its relative
    precision where the loss is tiny. `joint` permits the joint forms; a mistake made between the output activation and
    the loss needs the two apart.
    """

    reduction: Reduction = "mean"
    epsilon: float = 0.0
    from_logits: bool = True
    labels: bool = False
    joint: bool = True

    def fused(self, loss: Loss, output: str) -> tuple[Emit, Emit] | None:
        """The joint form of a loss and an output activation, where there is one and it is to be used."""
        return loss.fused.get(output) if self.from_logits and self.joint else None

    def over_samples(self, factor: float = 1.0) -> Constant:
        """`factor` for a sum over the samples, `factor` / n for a mean."""
        if self.reduction == "sum":
            return number(factor)
        return Constant(f"{factor:g}/n", lambda n, dtype: factor / n)

    def scale(self, e: Emitter, name: str, factor: float = 1.0) -> None:
        """Multiply a result by the factor of the reduction, unless that is 1."""
        if self.reduction == "mean" or factor != 1.0:
            e(name, ops.multiply, name, self.over_samples(factor))


Emit = Callable[[Emitter, str, str, LossOptions], None]


@dataclass(frozen=True)
class Loss:
    """A loss function; `fused` are its joint forms by the name of the output activation."""

    name: str
    value: Emit
    derivative: Emit
    fused: Mapping[str, tuple[Emit, Emit]] = field(default_factory=dict)


def weights(e: Emitter, like: str, o: LossOptions) -> None:
    """An array w of 1 or 1/n, so that a mean over everything is one product."""
    with e.during(Phase.BATCH):
        e("w", ops.copy, o.over_samples(), shape=e.shape(like))
