"""The gradient of every activation, loss and depth, against central differences and against complex-step formulas."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
import oracle
import pytest
from numpy.typing import NDArray

from runner.network.activations import ACTIVATIONS
from runner.network.architecture import Architecture
from runner.network.build import training_program
from runner.network.inference import columns
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions
from runner.network.losses import LOSSES
from runner.network.program import Phase
from runner.network.workspace import Workspace, run

FEATURES, OUTPUTS, SAMPLES = 3, 2, 7
HIDDEN = {0: (), 1: (4,), 2: (4, 3), 3: (4, 3, 5)}


class Case:
    """A network with random parameters and data, for the program and for the oracle."""

    def __init__(
        self,
        hidden: tuple[int, ...],
        activation: str,
        output: str,
        loss: str,
        bias: bool,
        options: LossOptions,
        decay: float = 0.0,
    ) -> None:
        rng = np.random.default_rng(7)
        self.names = [activation] * len(hidden) + [output]
        choices = tuple(ActivationChoice(name) for name in self.names)
        self.architecture = Architecture((FEATURES, *hidden, OUTPUTS), choices, bias)
        self.formula = oracle.Formula(
            self.names, loss, options.reduction, options.epsilon, decay, options.smoothing, options.class_weights
        )
        program = training_program(self.architecture, loss, options, decay)
        self.workspace = Workspace(self.architecture, program, scalars=("loss",))
        self.workspace.theta[:] = rng.normal(size=self.workspace.theta.shape) * 0.8
        self.X = rng.normal(size=(SAMPLES, FEATURES))
        self.Y = np.round(_targets(output, options, rng)) if loss == "hinge" else _targets(output, options, rng)
        batch = self.workspace.batch(*columns(self.X, self.Y, bias))
        run(batch.calls(Phase.BATCH))
        fused = options.from_logits and output in LOSSES[loss].fused
        self.forward = batch.calls(Phase.FORWARD, *(() if fused else (Phase.OUTPUT,)), Phase.LOSS)
        self.calls = batch.calls(Phase.FORWARD, *(() if fused else (Phase.OUTPUT,)), Phase.LOSS, Phase.BACKWARD)

    def loss(self) -> float:
        run(self.forward)
        return float(self.workspace.arrays["loss"])

    def gradient(self) -> NDArray[np.float64]:
        run(self.calls)
        return self.workspace.gradient.copy()

    def weights(self) -> oracle.Weights:
        pairs: oracle.Weights = []
        for layer in self.architecture.layers:
            w, b = self.workspace.layer_parameters(layer.index)
            pairs.append((w.T.astype(complex), None if b is None else b.astype(complex)))
        return pairs

    def arrays(self, flat: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        """A flat gradient as dW of (fan_in, fan_out) and, where there are biases, db, layer after layer."""
        for layer in self.architecture.layers:
            block = flat[layer.segment].reshape(layer.fan_out, layer.columns)
            yield block[:, : layer.fan_in].T
            if self.architecture.bias:
                yield block[:, layer.fan_in]


def _targets(output: str, options: LossOptions, rng: np.random.Generator) -> NDArray[np.float64]:
    if options.labels:
        return rng.integers(0, 2, (SAMPLES, OUTPUTS)).astype(float)
    if output == "softmax":
        return np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, SAMPLES)]
    return rng.random((SAMPLES, OUTPUTS))


ERRORS = [
    LossOptions(),
    LossOptions(reduction="sum"),
]
ENTROPIES = [
    LossOptions(),
    LossOptions(labels=True),
    LossOptions(from_logits=False),
    LossOptions(reduction="sum", epsilon=1e-2, from_logits=False),
]


def _cases(depth: int, bias: bool, names: Iterable[str] = ACTIVATIONS) -> Iterator[Case]:
    """Every activation, output, loss and way of writing it; cross-entropies need outputs that are probabilities."""
    # The third hidden layer is one more like the second: what follows it was tried at depth 2.
    outputs = names if depth < 3 else ("identity", "sigmoid", "softmax")
    for activation, output, loss in itertools.product(names if depth else ["tanh"], outputs, LOSSES):
        entropy = "entropy" in loss
        if not entropy or output in ("sigmoid", "softmax"):
            for options in ENTROPIES if entropy else ERRORS:
                yield Case(HIDDEN[depth], activation, output, loss, bias, options)


ALL = pytest.mark.parametrize(("depth", "bias"), list(itertools.product(HIDDEN, (True, False))))


def _assert_right(case: Case) -> None:
    weights = case.weights()
    expected = case.formula.loss(weights, case.X, case.Y).real
    assert case.loss() == pytest.approx(expected, rel=1e-12, abs=1e-14)
    right = case.formula.gradient(weights, case.X, case.Y)
    for ours, theirs in zip(case.arrays(case.gradient()), right, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12 * max(1.0, np.abs(theirs).max()))


@ALL
def test_loss_and_gradient_are_those_of_independent_formulas(depth: int, bias: bool) -> None:
    """Losses agree with textbook formulas, gradients with their complex-step derivatives, to 1e-12."""
    for case in _cases(depth, bias, oracle.ACTIVATIONS):
        _assert_right(case)


@pytest.mark.parametrize("bias", [True, False])
def test_gradient_is_the_central_difference_of_the_loss(bias: bool) -> None:
    """Every array of the gradient agrees with central differences to 1e-7 of its norm.

    One depth is enough: at every depth the same arrays agree with complex-step derivatives, which are more exact.
    """
    for case in _cases(2, bias):
        theta, h = case.workspace.theta, 1e-5
        numerical = np.empty_like(theta)
        for k in range(theta.size):
            at = theta[k]
            theta[k] = at + h
            above = case.loss()
            theta[k] = at - h
            numerical[k] = (above - case.loss()) / (2 * h)
            theta[k] = at
        for ours, theirs in zip(case.arrays(case.gradient()), case.arrays(numerical), strict=True):
            assert np.linalg.norm(ours - theirs) <= 1e-7 * max(np.linalg.norm(theirs), 1e-2)


@pytest.mark.parametrize("bias", [True, False])
def test_weight_decay_is_in_loss_and_gradient(bias: bool) -> None:
    """With weight decay the loss has half the squared norm of the weights, not the biases; the gradient follows."""
    _assert_right(Case((4,), "tanh", "identity", "half_squared_error", bias, LossOptions(), decay=0.3))


def test_tiny_losses_keep_their_relative_precision() -> None:
    """A label that is right by a logit of 40 costs log(1 + exp(-40)), not 0."""
    case = Case((), "tanh", "sigmoid", "binary_cross_entropy", True, LossOptions(reduction="sum", labels=True))
    case.workspace.theta[:] = 0.0
    _, b = case.workspace.layer_parameters(1)
    assert b is not None
    case.Y[:] = 1.0
    b[:] = 40.0
    batch = case.workspace.batch(*columns(case.X, case.Y, True))
    run(batch.calls(Phase.BATCH, Phase.FORWARD, Phase.LOSS))
    assert float(case.workspace.arrays["loss"]) == pytest.approx(SAMPLES * OUTPUTS * np.log1p(np.exp(-40.0)), rel=1e-12)


def test_logits_of_any_size_are_computed() -> None:
    """From logits, neither cross-entropy overflows, however sure the network is."""
    for output, loss in (("sigmoid", "binary_cross_entropy"), ("softmax", "categorical_cross_entropy")):
        case = Case((), "tanh", output, loss, True, LossOptions(labels=output == "sigmoid"))
        case.workspace.theta *= 1e4
        assert np.isfinite(case.loss())
        assert np.isfinite(case.gradient()).all()
