"""A pack of networks, and one network, on the same program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import DTypeLike

from runner.network import ops
from runner.network.architecture import Architecture
from runner.network.build import training_program
from runner.network.inference import columns
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions
from runner.network.losses import LOSSES
from runner.network.program import Emitter, Phase
from runner.network.workspace import Workspace, run

PHASES = (Phase.BATCH, Phase.FORWARD, Phase.OUTPUT, Phase.LOSS, Phase.BACKWARD)
OUTPUTS = {
    "binary_cross_entropy": "sigmoid",
    "categorical_cross_entropy": "softmax",
    "half_squared_error": "identity",
    "squared_error": "softmax",
    "absolute_error": "tanh",
    "huber": "identity",
    "hinge": "identity",
}


def _architecture(hidden: tuple[int, ...], activation: str, output: str, bias: bool, outputs: int = 3) -> Architecture:
    choices = tuple(ActivationChoice(name) for name in [activation] * len(hidden) + [output])
    return Architecture((5, *hidden, outputs), choices, bias)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize("samples", [1, 4, 64, 400])
def test_a_pack_has_the_bits_of_its_members(loss: str, samples: int, dtype: DTypeLike) -> None:
    """Loss and gradient of each network of a pack equal, bit for bit, those of the network alone."""
    rng = np.random.default_rng(samples)
    for hidden, activation, bias in (((7,), "tanh", True), ((4, 33), "relu", True), ((3, 2), "softplus", False)):
        architecture = _architecture(hidden, activation, OUTPUTS[loss], bias)
        program = training_program(architecture, loss, LossOptions(labels=True), weight_decay=0.1)
        inputs, targets = columns(
            rng.normal(size=(samples, 5)).astype(dtype), rng.integers(0, 2, (samples, 3)).astype(dtype), bias
        )
        pack = Workspace(architecture, program, dtype, replicas=6, scalars=("loss",))
        pack.theta[:] = rng.normal(size=pack.theta.shape)
        run(pack.batch(inputs, np.repeat(targets[None], 6, axis=0)).calls(*PHASES))
        for member in range(6):
            alone = Workspace(architecture, program, dtype, scalars=("loss",))
            alone.theta[:] = pack.theta[member]
            run(alone.batch(inputs, targets).calls(*PHASES))
            assert np.array_equal(alone.gradient, pack.gradient[member])
            assert alone.arrays["loss"] == pack.arrays["loss"][member, 0]


def test_an_edited_program_runs_like_any_other() -> None:
    """Replacing a named call changes what it computes and nothing else: here f'(A1) stands for f'(Z1)."""
    rng = np.random.default_rng(0)
    architecture = _architecture((4,), "tanh", "identity", bias=True)
    right = training_program(architecture, "half_squared_error", LossOptions())
    call = next(call for call in right.calls if call.result == "dZ1")
    at = right.calls.index(call)
    edit = Emitter(replace(right, calls=()))
    edit.phase, edit.layer = Phase.BACKWARD, 1
    edit("tanh(A1)", ops.tanh, "A1")
    edit("tanh(A1)", ops.square, "tanh(A1)")
    edit("kept", ops.multiply, "dA1", "tanh(A1)")
    edit("dZ1", ops.subtract, "dA1", "kept")
    wrong = replace(edit.program(), calls=(*right.calls[:at], *edit.calls, *right.calls[at + 1 :]))

    X, Y = rng.normal(size=(6, 5)), rng.normal(size=(6, 3))
    theta = rng.normal(size=architecture.parameter_count)
    gradients = []
    for program in (right, wrong):
        workspace = Workspace(architecture, program, scalars=("loss",))
        workspace.theta[:] = theta
        run(workspace.batch(*columns(X, Y, bias=True)).calls(*PHASES))
        gradients.append(workspace.gradient.copy())
    (w1, b1), (w2, b2) = ((w.T, b) for w, b in (workspace.layer_parameters(1), workspace.layer_parameters(2)))
    assert b1 is not None
    assert b2 is not None
    A1 = np.tanh(X @ w1 + b1)
    dZ2 = (A1 @ w2 + b2 - Y) / 6
    dZ1 = dZ2 @ w2.T * (1 - np.tanh(A1) ** 2)
    first, second = (layer.segment for layer in architecture.layers)
    dW1 = gradients[1][first].reshape(4, 6)[:, :5].T
    np.testing.assert_allclose(dW1, X.T @ dZ1, rtol=1e-12, atol=1e-14)
    assert np.array_equal(gradients[0][second], gradients[1][second])
    assert not np.allclose(gradients[0][first], gradients[1][first])


def test_weights_make_the_round_trip() -> None:
    """`weights` gives W as (fan_in, fan_out) and b as (fan_out,); `set_weights` takes them back."""
    architecture = _architecture((4,), "tanh", "identity", bias=True)
    program = training_program(architecture, "half_squared_error", LossOptions())
    one, other = (Workspace(architecture, program) for _ in range(2))
    one.theta[:] = np.arange(one.theta.size)
    weights = one.weights()
    assert {name: array.shape for name, array in weights.items()} == {
        "layer_1/W": (5, 4),
        "layer_1/b": (4,),
        "layer_2/W": (4, 3),
        "layer_2/b": (3,),
    }
    other.set_weights(weights)
    assert np.array_equal(one.theta, other.theta)


def test_a_sum_refuses_an_array_it_would_have_to_copy() -> None:
    """A sum over everything is tied to its operand in place; one with gaps is refused when tied."""
    gaps = np.zeros((4, 6))[:, :4]
    with pytest.raises(ValueError, match="contiguous"):
        ops.inner.bind((gaps, gaps), np.zeros(()))
