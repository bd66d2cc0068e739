"""What a layer may compute from its pre-activations, and what a loss may from the outputs: the functions to try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from runner.network.activations import ACTIVATIONS
from runner.network.architecture import ActivationChoice, Architecture
from runner.network.build import forward_program
from runner.network.faults.catalogue import FaultChoice
from runner.network.faults.fault import Context
from runner.network.faults.placement import place
from runner.network.loss import LossOptions
from runner.network.losses import LOSSES
from runner.network.program import Phase, Program
from runner.network.workspace import Workspace, run

Array = NDArray[np.float64]

# The slopes that people write; any other is found from the loss.
SLOPES = (0.01, 0.1, 0.2, 0.3, 0.05, 0.02, 0.001, 0.25, 0.5)
# Twice a homogeneous activation is one of another slope, or itself.
TWICE = tuple(name for name, activation in ACTIVATIONS.items() if not activation.homogeneous)


@dataclass(frozen=True)
class Unit:
    """An activation by name with its parameters, and what is wrong with it: a fault of the forward pass, or None."""

    name: str
    parameters: tuple[tuple[str, float], ...] = ()
    fault: str | None = None

    @property
    def choice(self) -> ActivationChoice:
        """As architectures have it."""
        return ActivationChoice(self.name, dict(self.parameters))

    def __call__(self, Z: Array) -> Array:
        """A of (units, n) from Z of (units, n)."""
        return _activation(self, *Z.shape)(Z)

    def __str__(self) -> str:
        return f"{self.choice}{f' ({self.fault})' if self.fault else ''}"


@dataclass(frozen=True)
class LossForm:
    """A loss by name, and what is wrong with its value: a fault of the loss, or None."""

    name: str
    fault: str | None = None
    epsilon: float = 0.0

    @property
    def choices(self) -> tuple[FaultChoice, ...]:
        """The fault as hypotheses have it."""
        if self.fault is None:
            return ()
        name, _, value = self.fault.partition("=")
        return (FaultChoice(name, None, value or None),)

    def __call__(self, A: Array, Y: Array) -> float:
        """The sum over samples and outputs, of A and Y (outputs, n)."""
        return _loss(self, *A.shape)(A, Y)

    def __str__(self) -> str:
        return f"{self.name}{f' ({self.fault})' if self.fault else ''}"


def units() -> Iterator[Unit]:
    """Activations that a layer may have, the plain ones first."""
    yield from (Unit(name) for name in ACTIVATIONS)
    yield from (Unit("leaky_relu", (("slope", slope),)) for slope in SLOPES if slope != 0.01)
    yield from (Unit(name, fault="sigmoid_twice") for name in TWICE)


def loss_forms(outputs: int) -> Iterator[LossForm]:
    """Losses that the outputs may have, the plain ones first; half a squared error is a squared one's multiple."""
    names = [name for name in LOSSES if name != "half_squared_error"]
    yield from (LossForm(name) for name in names)
    for name in names:
        if name != "absolute_error":
            yield LossForm(name, "loss_cross_terms")
            if outputs > 1:
                yield LossForm(name, "loss_cross_terms=outputs")
    if outputs == 1:
        yield from (LossForm(name, "target_broadcast") for name in names if name != "categorical_cross_entropy")


@lru_cache(maxsize=4096)
def _activation(unit: Unit, width: int, n: int) -> Callable[[Array], Array]:
    one = Architecture((width, width), (unit.choice,), bias=False)
    if unit.fault is None:
        program = forward_program(one)
    else:
        context = Context(one, "half_squared_error", LossOptions(), batch_sizes=(n,))
        program = place((FaultChoice(unit.fault),), context).program()
    calls, arrays = _tied(one, program, n, Phase.FORWARD, Phase.OUTPUT)

    def compute(Z: Array) -> Array:
        np.copyto(arrays["Z1"], Z)
        with np.errstate(all="ignore"):
            run(calls)
        return np.array(arrays["A1"])

    return compute


@lru_cache(maxsize=4096)
def _loss(form: LossForm, width: int, n: int) -> Callable[[Array, Array], float]:
    one = Architecture((width, width), (ActivationChoice("identity"),), bias=False)
    options = LossOptions("sum", form.epsilon, from_logits=False)
    program = place(form.choices, Context(one, form.name, options, batch_sizes=(n,))).program()
    calls, arrays = _tied(one, program, n, Phase.BATCH, Phase.OUTPUT, Phase.LOSS)

    def compute(A: Array, Y: Array) -> float:
        np.copyto(arrays["Z1"], A)
        np.copyto(arrays["Y"], Y)
        with np.errstate(all="ignore"):
            run(calls)
        return float(arrays["loss"])

    return compute


def _tied(
    one: Architecture, program: Program, n: int, *phases: Phase
) -> tuple[list[Callable[[], object]], dict[str, Array]]:
    """The calls of a one-layer network after its product, and its arrays."""
    workspace = Workspace(one, program, scalars=("loss",))
    ((features, outputs),) = pairwise(one.sizes)
    batch = workspace.batch(np.zeros((features, n)), np.zeros((outputs, n)))
    calls = [batch.bind(call) for call in program.of(*phases) if call.result != "Z1"]
    return calls, {name: batch[name] for name in ("Z1", "A1", "Y", "loss") if name in (*batch.arrays, "loss", "Y")}
