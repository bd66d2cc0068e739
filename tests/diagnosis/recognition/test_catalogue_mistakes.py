"""Every fault of the program is named through a black box, whatever the arrangement of its arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from plain_networks import STYLES, Plain

from runner.diagnosis.gradients.computation import Computation
from runner.diagnosis.gradients.hypotheses import single_faults
from runner.diagnosis.recognition.layout import Layout, layouts
from runner.diagnosis.recognition.mistakes import name_mistakes
from runner.diagnosis.recognition.recognise import recognise
from runner.network.architecture import ActivationChoice, Architecture
from runner.network.faults.catalogue import FaultChoice
from runner.network.faults.fault import Context
from runner.network.faults.placement import place
from runner.network.loss import LossOptions

# Right until exp overflows; from a sample that nobody knows; and what needs batches as wide as a layer.
NOT_LOOKED_FOR = ("naive_sigmoid", "naive_softmax", "output_ignores_input")


@dataclass
class Program:
    """A program with faults, behind the arrays of a layout."""

    context: Context
    layout: Layout
    faults: tuple[FaultChoice, ...]
    lr: float = 0.05
    shapes: tuple[tuple[int, ...], ...] = field(init=False)

    def __post_init__(self) -> None:
        self.shapes = self.layout.shapes
        self._computation = Computation(place(self.faults, self.context), self.lr)

    def loss(self, arrays: Any, X: Any, Y: Any) -> float:
        return self._computation.loss(self.layout.theta(arrays), X, Y)

    def gradients(self, arrays: Any, X: Any, Y: Any) -> Any:
        return self.layout.arrays(self._computation.gradient(self.layout.theta(arrays), X, Y))

    def predict(self, arrays: Any, X: Any) -> None:
        return None


def context_of(sizes: tuple[int, ...], activations: tuple[str, ...], loss: str, decay: float) -> Context:
    architecture = Architecture(sizes, tuple(map(ActivationChoice, activations)))
    return Context(architecture, loss, LossOptions(), decay, batch_sizes=(9, 7, 12))


CONTEXTS = {
    "regression": context_of((2, 4, 4, 1), ("tanh", "sigmoid", "identity"), "half_squared_error", 0.05),
    "classes": context_of((4, 5, 3), ("relu", "softmax"), "categorical_cross_entropy", 0.0),
    "labels": context_of((3, 4, 4, 3), ("softplus", "tanh", "sigmoid"), "binary_cross_entropy", 0.0),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CONTEXTS))
def test_faults_of_the_catalogue_are_named_in_any_layout(name: str) -> None:
    """Each by its name, its layer and its value, or told as tied with it, in 95 of 100 cases or more."""
    context, rng = CONTEXTS[name], np.random.default_rng(0)
    sizes = context.architecture.sizes
    biased = [style for style in STYLES if not style.startswith("no_bias")]
    X, Y = rng.normal(size=(9, sizes[0])), rng.normal(size=(9, sizes[-1]))
    if name != "regression":
        Y = np.eye(sizes[-1])[np.arange(9) % sizes[-1]]
    missed, cases = [], 0
    for number, faults in enumerate(single_faults(context)):
        (fault,) = faults
        if fault.name in NOT_LOOKED_FOR or number % 4:
            continue
        shapes = Plain(sizes, style=biased[number % len(biased)]).shapes
        box = Program(context, layouts(shapes, sizes[0], (sizes[-1],))[0], faults)
        found = recognise(box, X, Y, budget=60.0)
        causes = name_mistakes(box, found, X, Y, budget=10.0) if found is not None else []
        told = [" + ".join(cause.fault for cause in causes), *(causes[0].tied_with if causes else [])]
        cases += 1
        if str(fault) not in told and number_of(fault) not in told:
            missed.append((str(fault), told[:4]))
    assert cases > 15
    assert len(missed) <= 0.05 * cases, missed


def number_of(fault: FaultChoice) -> str:
    """A fault whose number is reported."""
    return f"{fault}={fault.fault.value}"
