"""Dropout in a program: loss and gradient through given masks, against formulas."""

from __future__ import annotations

import numpy as np
import oracle
import pytest

from runner.network.architecture import ActivationChoice, Architecture
from runner.network.build import training_program
from runner.network.dropout import use_fixed_masks
from runner.network.inference import columns
from runner.network.loss import LossOptions
from runner.network.program import Phase
from runner.network.workspace import Workspace, run


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ["tanh", "relu", "identity", "softmax", "gelu"])
def test_loss_and_gradient_with_masks_are_those_of_formulas(activation: str, bias: bool) -> None:
    """With given masks, loss and gradient are a textbook formula and its complex-step derivative to 1e-12."""
    rng, n, names = np.random.default_rng(3), 6, [activation, "tanh", "identity"]
    choices = tuple(map(ActivationChoice, names))
    architecture = Architecture((3, 5, 4, 2), choices, bias, dropout=(0.4, 0.25))
    program = training_program(architecture, "half_squared_error", LossOptions())
    workspace = Workspace(architecture, program, scalars=("loss",))
    workspace.theta[:] = rng.normal(size=workspace.theta.shape)
    X, Y = rng.normal(size=(n, 3)), rng.normal(size=(n, 2))
    batch = workspace.batch(*columns(X, Y, bias))
    use_fixed_masks(batch)
    run(batch.calls(Phase.BATCH, Phase.FORWARD, Phase.OUTPUT, Phase.LOSS, Phase.BACKWARD))
    masks = [batch["M1"].T, batch["M2"].T, np.ones((n, 2))]
    for mask, rate in zip(masks, (0.4, 0.25), strict=False):
        assert set(np.unique(mask)) == {0.0, 1.0 / (1.0 - rate)}
    formula = oracle.Formula(names, "half_squared_error", masks=masks)
    weights: oracle.Weights = []
    for layer in architecture.layers:
        w, b = workspace.layer_parameters(layer.index)
        weights.append((w.T.astype(complex), None if b is None else b.astype(complex)))
    assert float(workspace.arrays["loss"]) == pytest.approx(formula.loss(weights, X, Y).real, rel=1e-12)
    found = {name: array.T for _, name, array in architecture.arrays(workspace.gradient)}
    expected = iter(formula.gradient(weights, X, Y))
    for layer in architecture.layers:
        np.testing.assert_allclose(found[f"W{layer.index}"], next(expected), rtol=0, atol=1e-12)
        if bias:
            np.testing.assert_allclose(found[f"b{layer.index}"][0], next(expected), rtol=0, atol=1e-12)
