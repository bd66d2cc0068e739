"""softmax_on_one_unit."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.causes.cause import ForeseenCause
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.measures.output_and_loss import fitting_fixes
from runner.diagnosis.suspicion import Suspicion
from runner.network.layer import Layer
from runner.training.setup import Setup


class SoftmaxOnOneUnit(ForeseenCause):
    """A softmax over a single unit is 1 whatever its input: the output is constant, and no gradient passes.

    Limits: none; it is so for every input.
    """

    name = "softmax_on_one_unit"
    says = "the softmax of a layer with one unit is exp(Z) / exp(Z) = 1"

    def foresee(self, setup: Setup) -> Iterator[Suspicion]:
        """A layer of one unit whose activation is softmax."""
        for layer in setup.architecture.layers:
            if layer.choice.name == "softmax" and layer.fan_out == 1:
                output = layer is setup.architecture.layers[-1]
                yield Suspicion(
                    cause=self.name,
                    symptom=f"Layer {layer.index} has one unit, and the softmax of one unit is 1 for every sample.",
                    evidence={"units": 1, "activation": "softmax"},
                    where={"layer": layer.index, "tensor": f"A{layer.index}"},
                    fixes=fitting_fixes(setup) if output else _hidden_fixes(setup, layer),
                    strength=9.0,
                    certain=True,
                    impossible=True,
                )


def _hidden_fixes(setup: Setup, layer: Layer) -> tuple[Fix, ...]:
    """Another activation for this layer alone, or for all where their parameters leave no short way to say it."""
    choices = setup.architecture.activations[:-1]
    if len(choices) == 1 or any(choice.overrides for choice in choices):
        return ((Change("network.activation", "tanh"),),)
    names = [choice.name for choice in choices]
    names[layer.index - 1] = "tanh"
    return ((Change("network.activation", tuple(names)),),)
