"""Dropout and batch normalisation in a program: loss and gradient against formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracle
import pytest

from runner.network.architecture import Architecture
from runner.network.build import training_program
from runner.network.dropout import use_fixed_masks
from runner.network.inference import columns
from runner.network.layer import ActivationChoice, BatchNorm
from runner.network.loss import LossOptions
from runner.network.program import Phase
from runner.network.workspace import Workspace, run

LAYERS: dict[str, dict[str, Any]] = {
    "dropout": {"dropout": (0.4, 0.25)},
    "batch norm": {"batch_norm": BatchNorm(epsilon=1e-3)},
    "both": {"dropout": (0.4, 0.0), "batch_norm": BatchNorm(epsilon=0.0)},
}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ["tanh", "relu", "identity", "softmax", "gelu"])
@pytest.mark.parametrize("kind", LAYERS)
def test_loss_and_gradient_are_those_of_formulas(kind: str, activation: str, bias: bool) -> None:
    """With given masks, through the statistics of the batch: a textbook formula and its complex-step derivative."""
    rng, n, names, more = np.random.default_rng(3), 6, [activation, "tanh", "identity"], LAYERS[kind]
    architecture = Architecture((3, 5, 4, 2), tuple(map(ActivationChoice, names)), bias, **more)
    program = training_program(architecture, "half_squared_error", LossOptions(), 0.1)
    workspace = Workspace(architecture, program, scalars=("loss",))
    workspace.theta[:] = rng.normal(size=workspace.theta.shape)
    X, Y = rng.normal(size=(n, 3)), rng.normal(size=(n, 2))
    batch = workspace.batch(*columns(X, Y, bias))
    use_fixed_masks(batch)
    run(batch.calls(Phase.BATCH, Phase.FORWARD, Phase.OUTPUT, Phase.LOSS, Phase.BACKWARD))
    masks = []
    for layer in architecture.layers:
        masks.append(batch[f"M{layer.index}"].T if layer.dropout else np.ones((n, layer.fan_out)))
        assert set(np.unique(masks[-1])) <= {0.0, 1.0 / (1.0 - layer.dropout)}
    batch_norm = architecture.batch_norm
    epsilon = None if batch_norm is None else batch_norm.epsilon
    formula = oracle.Formula(names, "half_squared_error", decay=0.1, masks=masks, normalised=epsilon)
    weights: oracle.Weights = []
    for layer in architecture.layers:
        w, b = layer.split(workspace.theta.astype(complex))
        gamma = (layer.gamma(workspace.theta.astype(complex))[:, 0],) if layer.normalised else ()
        weights.append((w.T, b[:, 0] if bias else None, *gamma))
    assert float(workspace.arrays["loss"]) == pytest.approx(formula.loss(weights, X, Y).real, rel=1e-12)
    found = {name: array.T for _, name, array in architecture.arrays(workspace.gradient)}
    expected = list(formula.gradient(weights, X, Y))
    assert len(found) == len(expected)
    for ours, theirs in zip(found.values(), expected, strict=True):
        np.testing.assert_allclose(
            ours.reshape(theirs.shape), theirs, rtol=0, atol=1e-12 * np.abs(theirs).max() + 1e-13
        )


def test_layers_without_either_have_the_calls_that_they_had() -> None:
    """A program with neither has no call of them; with both, the output layer has none."""
    sizes, choices = (3, 4, 2), (ActivationChoice("tanh"), ActivationChoice("identity"))
    plain = training_program(Architecture(sizes, choices), "half_squared_error", LossOptions())
    zero = training_program(Architecture(sizes, choices, dropout=(0.0,)), "half_squared_error", LossOptions())
    both = training_program(
        Architecture(sizes, choices, dropout=(0.1,), batch_norm=BatchNorm()), "half_squared_error", LossOptions()
    )
    assert zero.describe() == plain.describe()
    assert len(plain.calls) == 14
    assert not {Phase.MASK, Phase.RUNNING} & {call.phase for call in plain.calls}
    of_output = [call.text for call in both.calls if call.layer == 2 and call.phase is Phase.FORWARD]
    assert of_output == ["Z2 = W2 Ã1 + b2"]
