"""softmax_on_one_unit."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.causes.cause import ForeseenCause
from runner.diagnosis.changes import Change
from runner.diagnosis.findings import Suspicion
from runner.training.setup import Setup


class SoftmaxOnOneUnit(ForeseenCause):
    """A softmax over a single unit is 1 whatever its input: nothing comes out, and no gradient goes back.

    Limits: none; it is so for every input.
    """

    name = "softmax_on_one_unit"
    says = "softmax of a layer with one unit: exp(Z) / exp(Z) = 1"

    def foresee(self, setup: Setup) -> Iterator[Suspicion]:
        """A layer of one unit whose activation is softmax."""
        for layer in setup.architecture.layers:
            if layer.choice.name == "softmax" and layer.fan_out == 1:
                output = layer is setup.architecture.layers[-1]
                path = "network.output" if output else "network.activation"
                yield Suspicion(
                    cause=self.name,
                    symptom=f"Layer {layer.index} has one unit, and softmax of one unit is 1 for every sample.",
                    evidence={"units": 1, "activation": "softmax"},
                    where={"layer": layer.index, "tensor": f"A{layer.index}"},
                    mends=(
                        ((Change(path, "auto"), Change("loss.name", "auto")), (Change(path, "auto"),))
                        if output
                        else ((Change(path, "tanh"),),)
                    ),
                    strength=9.0,
                    certain=True,
                )
