"""Using a trained network: the forward program over weights that were saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from runner.network.architecture import Architecture
from runner.network.faults.placement import forward_with
from runner.network.normalisation import with_running_statistics
from runner.network.ops import Array
from runner.network.program import Phase
from runner.network.workspace import Workspace, run


class Predictor:
    """A network with its weights (as weights.npz holds them: `layer_1/W` of (fan_in, fan_out), `layer_1/b`).

    Nothing is dropped out, and layers are normalised by their running statistics (`layer_1/running_mean`, ...). Of the
    `faults` that it was trained with, those of the forward pass are in its answers.
    """

    # Large enough to amortise the calls, small enough for the caches.
    CHUNK = 1024

    def __init__(self, architecture: Architecture, weights: Mapping[str, Array], faults: Sequence[str] = ()) -> None:
        self.architecture = architecture = replace(architecture, dropout=())
        program = with_running_statistics(forward_with(architecture, faults), architecture)
        self._workspace = Workspace(architecture, program, np.asarray(weights["layer_1/W"]).dtype)
        self._workspace.set_weights(weights)

    def __repr__(self) -> str:
        return f"Predictor({self.architecture})"

    def __call__(self, X: Array) -> Array:
        """The outputs A of (n, outputs) for inputs X of (n, features)."""
        X = np.asarray(X, dtype=self._workspace.dtype)
        outputs = np.empty((len(X), self.architecture.sizes[-1]), dtype=self._workspace.dtype)
        output = f"A{len(self.architecture.layers)}"
        with np.errstate(all="ignore"):
            for start in range(0, len(X), self.CHUNK):
                part = slice(start, start + self.CHUNK)
                batch = self._workspace.batch(*columns(X[part], outputs[part], self.architecture.bias))
                run(batch.calls(Phase.FORWARD, Phase.OUTPUT))
                outputs[part] = batch[output].T
        return outputs


def columns(X: Array, Y: Array, bias: bool) -> tuple[Array, Array]:
    """Samples as columns, as programs read them: X (n, features) as [A0;1] (features + 1, n), Y as (outputs, n)."""
    rows = X.shape[1]
    inputs = np.ones((rows + bias, len(X)), dtype=X.dtype)
    inputs[:rows] = X.T
    return inputs, np.ascontiguousarray(Y.T)
