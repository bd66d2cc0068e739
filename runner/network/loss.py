"""What a loss is: its calls, its joint forms with an output activation, and the options that it is written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from runner.network import ops
from runner.network.notation import formula
from runner.network.program import SAMPLES, Constant, Emitter, Phase, column, number

Reduction = Literal["mean", "sum"]
# Targets with label smoothing, and what each sample counts.
SMOOTHED, SAMPLE_WEIGHTS = "T", "v"


@dataclass(frozen=True)
class LossOptions:
    """How a loss is written.

    `smoothing` is the share of each label that is spread over all classes, `delta` where the Huber loss becomes
    straight, `class_weights` what a sample of each class counts in loss and gradient (None: all count 1).
    `labels` says that every target is 0 or 1, which permits a form of the binary cross-entropy that keeps its relative
    precision where the loss is tiny. `joint` permits the joint forms; a mistake made between the output activation and
    the loss needs the two apart.
    """

    reduction: Reduction = "mean"
    epsilon: float = 0.0
    from_logits: bool = True
    labels: bool = False
    joint: bool = True
    smoothing: float = 0.0
    delta: float = 1.0
    class_weights: tuple[float, ...] | None = None

    def fused(self, loss: Loss, output: str) -> tuple[Emit, Emit] | None:
        """The joint form of a loss and an output activation, where there is one and it is to be used."""
        return loss.fused.get(output) if self.from_logits and self.joint else None

    def targets(self, e: Emitter, *, classes: int = 2) -> str:
        """The targets that a cross-entropy reads: Y, or (1 - s) Y + s / classes with label smoothing s."""
        if self.smoothing == 0.0:
            return "Y"
        if not e.knows(SMOOTHED):
            share = number(self.smoothing / classes)
            with e.during(Phase.BATCH):
                e(SMOOTHED, ops.multiply, "Y", number(1.0 - self.smoothing))
                e(SMOOTHED, ops.add, SMOOTHED, share, text=f"{SMOOTHED} = {1.0 - self.smoothing:g} Y + {share}")
        return SMOOTHED

    def weighted(self, e: Emitter, name: str) -> str:
        """What is summed over samples, each with the weight of its class; as it is where all count 1."""
        if self.class_weights is None:
            return name
        return e(formula("{0} * {1}", name, self._sample_weights(e)), ops.multiply, name, SAMPLE_WEIGHTS)

    def weigh(self, e: Emitter, name: str) -> None:
        """Multiply what goes back from each sample by the weight of its class, where not all count 1."""
        if self.class_weights is not None:
            e(name, ops.multiply, name, self._sample_weights(e))

    def _sample_weights(self, e: Emitter) -> str:
        """The weight of each sample, (1, n): that of its class."""
        weights = self.class_weights
        assert weights is not None
        if e.knows(SAMPLE_WEIGHTS):
            return SAMPLE_WEIGHTS
        listed = ", ".join(f"{weight:.4g}" for weight in weights)
        row, said = (1, SAMPLES), f"{SAMPLE_WEIGHTS} = the one of ({listed}) that belongs to the class in Y"
        with e.during(Phase.BATCH):
            if e.shape("Y")[0] == 1:
                e(SAMPLE_WEIGHTS, ops.multiply, "Y", number(weights[1] - weights[0]), shape=row)
                e(SAMPLE_WEIGHTS, ops.add, SAMPLE_WEIGHTS, number(weights[0]), text=said)
            else:
                e("Y * c", ops.multiply, "Y", column("c", weights), text=f"Y * c, c = ({listed})")
                e(SAMPLE_WEIGHTS, ops.sum_over_units, "Y * c", shape=row, text=said)
        return SAMPLE_WEIGHTS

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
    """A loss function; `fused` are its joint forms by the name of the output activation.

    `kink` is the array of its program at whose zeros its slope jumps or bends. `boundary`: outputs above it answer
    class 1 where there is one output. `output` is the activation that it takes, where the task doesn't say.
    """

    name: str
    value: Emit
    derivative: Emit
    fused: Mapping[str, tuple[Emit, Emit]] = field(default_factory=dict)
    kink: str | None = None
    boundary: float = 0.5
    output: str | None = None


def weights(e: Emitter, like: str, o: LossOptions) -> None:
    """An array w of 1 or 1/n times the weights of the samples, so that a mean over everything is one product."""
    with e.during(Phase.BATCH):
        e("w", ops.copy, o.over_samples(), shape=e.shape(like))
        o.weigh(e, "w")
