"""Why a network whose gradient is right doesn't learn: what it can't represent, or can't leave.

The names are those of the causes of failed runs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from runner.diagnosis.ladder.descent import NEAR, Descent
from runner.diagnosis.ladder.rung_network import RungNetwork

Reason = tuple[str, str, str]

# Units whose weights differ by less than this share of their size are one unit.
_ALIKE = 1e-6
# A loss that is less than this share of the first one is that of right answers to something.
_SMALL = 0.5


def reason_of(network: RungNetwork, descent: Descent) -> Reason | None:
    """The name of a cause, what shows it, and what to do; None where none of the known ones is found."""
    return next((found for look in _LOOKS if (found := look(network, descent)) is not None), None)


def _other_targets(network: RungNetwork, descent: Descent) -> Reason | None:
    outputs = network.outputs(descent.theta)
    if outputs is None or not (np.minimum(np.abs(outputs), np.abs(outputs - 1.0)) < NEAR).all():
        return None
    answers = np.round(outputs)
    same_number = (answers.sum(axis=0) == network.Y.sum(axis=0)).all()
    if not same_number or descent.after > _SMALL * descent.before:
        return None
    seen = f"it has learnt other targets, {' '.join(f'{a:.0f}' for a in answers[:, -1])} for the four inputs in order"
    return "targets_shuffled_apart", seen, "Print inputs and targets side by side just before they are used."


def _linear(network: RungNetwork, descent: Descent) -> Reason | None:
    if not network.hidden or any(name != "identity" for name in network.hidden) or _separable(network):
        return None
    seen = "every hidden activation is the identity, so the network is linear, and no line separates XOR"
    return "no_hidden_nonlinearity", seen, "Give the hidden layer a nonlinear activation (network.activation=tanh)."


def _symmetric(network: RungNetwork, descent: Descent) -> Reason | None:
    rows = network.layer_rows(descent.theta)
    if len(rows) < 2 or any(np.abs(row - rows[0]).max() > _ALIKE * max(np.abs(rows[0]).max(), 1.0) for row in rows):
        return None
    seen = f"all {len(rows)} hidden units have the same weights and keep them the same: together they are one unit"
    return "symmetric_units", seen, "Start from random weights (init=xavier)."


def _without_bias(network: RungNetwork, descent: Descent) -> Reason | None:
    if network.has_bias:
        return None
    seen = "there are no biases: for the inputs (0, 0) every z is 0, whatever the weights"
    return "missing_bias", seen, "Give every neuron a bias (network.bias=true)."


def _median(network: RungNetwork, descent: Descent) -> Reason | None:
    formulas = network.formulas
    if formulas is None or formulas.loss != "absolute_error":
        return None
    seen = "the absolute error is smallest for the median target, which is one answer for all samples"
    return "wrong_loss_for_targets", seen, "Use binary cross-entropy or a squared error (loss=binary_cross_entropy)."


_LOOKS: tuple[Callable[[RungNetwork, Descent], Reason | None], ...] = (
    _other_targets,
    _linear,
    _symmetric,
    _without_bias,
    _median,
)


def _separable(network: RungNetwork) -> bool:
    """Whether the last target is AND, which a line separates."""
    return bool(network.Y[:, -1].sum() == 1.0)
