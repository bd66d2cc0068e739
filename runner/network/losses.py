"""Losses: the value and its derivative with respect to the network's output, side by side, as calls of a program.

A loss sums over the outputs; over the samples it is averaged or summed (`reduction`). Every derivative is that of the
loss as logged. To add a loss, write an entry of `LOSSES`: `value` writes the scalar `loss`, `derivative` dLoss/dA.
"""

from __future__ import annotations

from runner.network import ops
from runner.network.cross_entropy import (
    binary,
    binary_derivative,
    binary_from_logits,
    binary_from_logits_derivative,
    categorical,
    categorical_derivative,
    categorical_from_logits,
    categorical_from_logits_derivative,
)
from runner.network.loss import Loss, LossOptions, weights
from runner.network.program import ONE, ZERO, Emitter, Phase, number


def _residual(e: Emitter, a: str) -> str:
    return e("E", ops.subtract, a, "Y")


def _half_squared(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    residual = _residual(e, a)
    e("loss", ops.inner, residual, o.weighted(e, residual), shape=())
    o.scale(e, "loss", 0.5)


def _half_squared_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.multiply, "E", o.over_samples())


def _squared(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    residual = _residual(e, a)
    e("loss", ops.inner, residual, o.weighted(e, residual), shape=())
    o.scale(e, "loss")


def _squared_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.multiply, "E", o.over_samples(2.0))


def _absolute(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    residual = _residual(e, a)
    e("|E|", ops.absolute, residual)
    weights(e, "|E|", o)
    e("loss", ops.inner, "|E|", "w", shape=())


def _absolute_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.sign, "E")
    o.scale(e, da)


def _huber(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    """E² / 2 up to |E| = delta, from there the line delta (|E| - delta / 2): with C = E clipped it is C (E - C / 2)."""
    residual = _residual(e, a)
    e("C", ops.minimum, residual, number(o.delta))
    e("C", ops.maximum, "C", number(-o.delta))
    e("E - C", ops.subtract, residual, "C")
    e("H", ops.multiply, "C", number(0.5))
    e("H", ops.add, "H", "E - C")
    e("loss", ops.inner, "C", o.weighted(e, "H"), shape=())
    o.scale(e, "loss")


def _huber_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.multiply, "C", o.over_samples())


def _hinge(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    """max(0, 1 - S A) for S = 2 Y - 1; of several outputs each is one class against all others."""
    with e.during(Phase.BATCH):
        e("S", ops.multiply, "Y", number(2.0))
        e("S", ops.subtract, "S", ONE, text="S = 2 Y - 1")
    e("M", ops.subtract, ONE, e(f"S * {a}", ops.multiply, "S", a))
    e("L", ops.maximum, "M", ZERO)
    weights(e, "L", o)
    e("loss", ops.inner, "L", "w", shape=())


def _hinge_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.sign, "L")
    e(da, ops.multiply, da, "S")
    o.scale(e, da, -1.0)


_ALL = (
    Loss("half_squared_error", _half_squared, _half_squared_derivative),
    Loss("squared_error", _squared, _squared_derivative),
    Loss("absolute_error", _absolute, _absolute_derivative, kink="E"),
    Loss("huber", _huber, _huber_derivative, kink="E - C"),
    Loss("hinge", _hinge, _hinge_derivative, kink="M", boundary=0.0, output="identity"),
    Loss(
        "binary_cross_entropy",
        binary,
        binary_derivative,
        {"sigmoid": (binary_from_logits, binary_from_logits_derivative)},
    ),
    Loss(
        "categorical_cross_entropy",
        categorical,
        categorical_derivative,
        {"softmax": (categorical_from_logits, categorical_from_logits_derivative)},
    ),
)

LOSSES: dict[str, Loss] = {loss.name: loss for loss in _ALL}
