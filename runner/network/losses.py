"""Losses: the value and its derivative with respect to the network's output, side by side, as calls of a program.

A loss sums over the outputs; over the samples it is averaged or summed (`reduction`). Every derivative is that of the
loss as logged. To add a loss, write an entry of `LOSSES`.

`value` writes the scalar `loss` and `derivative` dLoss/dA. Where the output activation and the loss have a joint form
that neither overflows nor divides (sigmoid with binary, softmax with categorical cross-entropy), `fused` holds it: it
works on the logits Z and gives dLoss/dZ at once. The plain forms are unguarded but for `epsilon`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from runner.network import ops
from runner.network.activations import emit_softplus
from runner.network.notation import formula
from runner.network.program import ONE, SAMPLES, Constant, Emitter, Phase, number

Reduction = Literal["mean", "sum"]


@dataclass(frozen=True)
class LossOptions:
    """How a loss is written.

    `labels` says that every target is 0 or 1, which permits a form of the binary cross-entropy that keeps its relative
    precision where the loss is tiny. `joint` permits the joint forms; a mistake made between the output activation and
    the loss needs the two apart.
    """

    reduction: Reduction = "mean"
    epsilon: float = 0.0
    from_logits: bool = True
    labels: bool = False
    joint: bool = True

    def fused(self, loss: str, output: str) -> tuple[Emit, Emit] | None:
        """The joint form of a loss and an output activation, where there is one and it is to be used."""
        return LOSSES[loss].fused.get(output) if self.from_logits and self.joint else None

    def over_samples(self, factor: float = 1.0) -> Constant:
        """`factor` for a sum over the samples, `factor` / n for a mean."""
        if self.reduction == "sum":
            return number(factor)
        return Constant(f"{factor:g}/n", lambda n, dtype: factor / n)

    def scale(self, e: Emitter, name: str, factor: float = 1.0) -> None:
        """Multiply a result by the factor of the reduction, unless that is 1."""
        if self.reduction == "mean" or factor != 1.0:
            e(name, ops.multiply, name, self.over_samples(factor))


Emit = Callable[[Emitter, str, str, LossOptions], None]


@dataclass(frozen=True)
class Loss:
    """A loss function; `fused` are its joint forms by the name of the output activation."""

    name: str
    value: Emit
    derivative: Emit
    fused: Mapping[str, tuple[Emit, Emit]] = field(default_factory=dict)


def _residual(e: Emitter, a: str) -> str:
    return e("E", ops.subtract, a, "Y")


def _half_squared(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    residual = _residual(e, a)
    e("loss", ops.inner, residual, residual, shape=())
    o.scale(e, "loss", 0.5)


def _half_squared_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.multiply, "E", o.over_samples())


def _squared(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    residual = _residual(e, a)
    e("loss", ops.inner, residual, residual, shape=())
    o.scale(e, "loss")


def _squared_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.multiply, "E", o.over_samples(2.0))


def _absolute(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    residual = _residual(e, a)
    e("|E|", ops.absolute, residual)
    _weights(e, "|E|", o)
    e("loss", ops.inner, "|E|", "w", shape=())


def _absolute_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.sign, "E")
    o.scale(e, da)


def _weights(e: Emitter, like: str, o: LossOptions) -> None:
    """An array w of 1 or 1/n, so that a mean over everything is one product."""
    with e.during(Phase.BATCH):
        e("w", ops.copy, o.over_samples(), shape=e.shape(like))


@dataclass(frozen=True)
class EntropyNames:
    """The arrays of a cross-entropy of outputs `a` as written, each named by its formula.

    `p` and `q` are the probabilities of 1 and of 0 as the logarithms read them: with epsilon where there is one.
    """

    p: str
    q: str

    @classmethod
    def of(cls, a: str, o: LossOptions) -> EntropyNames:
        """Those of a layer's outputs."""
        guard = "" if o.epsilon == 0.0 else " + epsilon"
        return cls(f"{a}{guard}", f"1 - {a}{guard}")

    @property
    def log_p(self) -> str:
        """The logarithm of `p`."""
        return f"log({self.p})"

    @property
    def log_q(self) -> str:
        """The logarithm of `q`."""
        return f"log({self.q})"

    @property
    def ratio(self) -> str:
        """Y / p, which goes into the derivative."""
        return formula("{0} / {1}", "Y", self.p)


NOT_Y = "1 - Y"


def _binary(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    names = EntropyNames.of(a, o)
    with e.during(Phase.BATCH):
        e(NOT_Y, ops.subtract, ONE, "Y")
    _guarded(e, a, o)
    _guarded(e, e(f"1 - {a}", ops.subtract, ONE, a), o)
    e(names.log_p, ops.log, names.p)
    e(names.log_q, ops.log, names.q)
    e("loss", ops.inner, "Y", names.log_p, shape=())
    e("loss0", ops.inner, NOT_Y, names.log_q, shape=())
    e("loss", ops.add, "loss", "loss0")
    o.scale(e, "loss", -1.0)


def _binary_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    names = EntropyNames.of(a, o)
    e(names.ratio, ops.divide, "Y", names.p)
    e(da, ops.divide, NOT_Y, names.q)
    e(da, ops.subtract, da, names.ratio)
    o.scale(e, da)


def _categorical(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    _guarded(e, a, o)
    names = EntropyNames.of(a, o)
    e(names.log_p, ops.log, names.p)
    e("loss", ops.inner, "Y", names.log_p, shape=())
    o.scale(e, "loss", -1.0)


def _categorical_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.divide, "Y", EntropyNames.of(a, o).p)
    o.scale(e, da, -1.0)


def _guarded(e: Emitter, name: str, o: LossOptions) -> None:
    if o.epsilon != 0.0:
        e(f"{name} + epsilon", ops.add, name, number(o.epsilon))


def _binary_from_logits(e: Emitter, z: str, dz: str, o: LossOptions) -> None:
    if o.labels:
        # For a label y the loss is softplus((1 - 2y) z): no difference of large numbers is left.
        with e.during(Phase.BATCH):
            e("S", ops.multiply, "Y", number(-2.0))
            e("S", ops.add, "S", ONE, text="S = 1 - 2 Y")
        z = e(f"S * {z}", ops.multiply, "S", z)
    emit_softplus(e, z, "L")
    _weights(e, "L", o)
    per_sample = "L"
    if not o.labels:
        e(f"Y * {z}", ops.multiply, "Y", z)
        per_sample = e(f"L - Y * {z}", ops.subtract, "L", f"Y * {z}")
    e("loss", ops.inner, per_sample, "w", shape=())


def _binary_from_logits_derivative(e: Emitter, z: str, dz: str, o: LossOptions) -> None:
    # sigmoid(x) = exp(x - softplus(x)), accurate in both tails.
    e(dz, ops.subtract, f"S * {z}" if o.labels else z, "L")
    e(dz, ops.exp, dz)
    if o.labels:
        with e.during(Phase.BATCH):
            scaled = f"S * {o.over_samples()}" if o.reduction == "sum" else "S / n"
            e(scaled, ops.multiply, "S", o.over_samples(), text=scaled)
        e(dz, ops.multiply, dz, scaled)
    else:
        e(dz, ops.subtract, dz, "Y")
        o.scale(e, dz)


def _categorical_from_logits(e: Emitter, z: str, dz: str, o: LossOptions) -> None:
    row = (1, SAMPLES)
    e("max", ops.max_over_units, z, shape=row)
    e("U", ops.subtract, z, "max")
    e("exp(U)", ops.exp, "U")
    e("sum(exp(U))", ops.sum_over_units, "exp(U)", shape=row, text="sum(exp(U)) over units")
    e("log(sum(exp(U)))", ops.log, "sum(exp(U))")
    e("log p", ops.subtract, "U", "log(sum(exp(U)))")
    e("loss", ops.inner, "Y", "log p", shape=())
    o.scale(e, "loss", -1.0)


def _categorical_from_logits_derivative(e: Emitter, z: str, dz: str, o: LossOptions) -> None:
    # softmax(z) times the sum of the sample's targets (1 for one-hot targets), minus the targets.
    with e.during(Phase.BATCH):
        e("sum(Y)", ops.sum_over_units, "Y", shape=(1, SAMPLES), text="sum(Y) over units")
    ratio = e("sum(Y) / sum(exp(U))", ops.divide, "sum(Y)", "sum(exp(U))")
    e(dz, ops.multiply, "exp(U)", ratio)
    e(dz, ops.subtract, dz, "Y")
    o.scale(e, dz)


_ALL = (
    Loss("half_squared_error", _half_squared, _half_squared_derivative),
    Loss("squared_error", _squared, _squared_derivative),
    Loss("absolute_error", _absolute, _absolute_derivative),
    Loss(
        "binary_cross_entropy",
        _binary,
        _binary_derivative,
        {"sigmoid": (_binary_from_logits, _binary_from_logits_derivative)},
    ),
    Loss(
        "categorical_cross_entropy",
        _categorical,
        _categorical_derivative,
        {"softmax": (_categorical_from_logits, _categorical_from_logits_derivative)},
    ),
)

LOSSES: dict[str, Loss] = {loss.name: loss for loss in _ALL}
