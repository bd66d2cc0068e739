"""The cross-entropies, as written by hand and in the joint forms that neither overflow nor divide.

The joint forms work on the logits Z and give dLoss/dZ at once: sigmoid with the binary one, softmax with the
categorical one. The forms as written are unguarded but for `epsilon`.
"""

from __future__ import annotations

from dataclasses import dataclass

from runner.network import ops
from runner.network.activations import ACTIVATIONS
from runner.network.loss import SMOOTHED, LossOptions, weights
from runner.network.notation import formula
from runner.network.program import ONE, SAMPLES, Emitter, Phase, number


@dataclass(frozen=True)
class EntropyNames:
    """The arrays of a cross-entropy of outputs `a` as written, each named by its formula.

    `p` and `q` are the probabilities of 1 and of 0 as the logarithms read them: with epsilon where there is one.
    """

    p: str
    q: str
    y: str = "Y"

    @classmethod
    def of(cls, a: str, o: LossOptions) -> EntropyNames:
        """Those of a layer's outputs."""
        guard = "" if o.epsilon == 0.0 else " + epsilon"
        return cls(f"{a}{guard}", f"1 - {a}{guard}", "Y" if o.smoothing == 0.0 else SMOOTHED)

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
        return formula("{0} / {1}", self.y, self.p)

    @property
    def not_y(self) -> str:
        """1 - Y."""
        return f"1 - {self.y}"


NOT_Y = "1 - Y"


def binary(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    """-mean(Y log A + (1 - Y) log(1 - A)), the logarithms as written."""
    names = EntropyNames.of(a, o)
    with e.during(Phase.BATCH):
        e(names.not_y, ops.subtract, ONE, o.targets(e))
        y, not_y = o.weighted(e, names.y), o.weighted(e, names.not_y)
    _guarded(e, a, o)
    _guarded(e, e(f"1 - {a}", ops.subtract, ONE, a), o)
    e(names.log_p, ops.log, names.p)
    e(names.log_q, ops.log, names.q)
    e("loss", ops.inner, y, names.log_p, shape=())
    e("loss0", ops.inner, not_y, names.log_q, shape=())
    e("loss", ops.add, "loss", "loss0")
    o.scale(e, "loss", -1.0)


def binary_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    """((1 - Y) / (1 - A) - Y / A) / n."""
    names = EntropyNames.of(a, o)
    e(names.ratio, ops.divide, names.y, names.p)
    e(da, ops.divide, names.not_y, names.q)
    e(da, ops.subtract, da, names.ratio)
    o.scale(e, da)


def categorical(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    """-mean over samples of the sum over classes of Y log A, the logarithm as written."""
    _guarded(e, a, o)
    names = EntropyNames.of(a, o)
    e(names.log_p, ops.log, names.p)
    e("loss", ops.inner, _of_classes(e, o), names.log_p, shape=())
    o.scale(e, "loss", -1.0)


def categorical_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    """-Y / A / n."""
    names = EntropyNames.of(a, o)
    e(da, ops.divide, names.y, names.p)
    o.scale(e, da, -1.0)


def _of_classes(e: Emitter, o: LossOptions) -> str:
    """The targets of a categorical cross-entropy, with the weights of their samples."""
    with e.during(Phase.BATCH):
        return o.weighted(e, o.targets(e, classes=int(e.shape("Y")[0])))


def _guarded(e: Emitter, name: str, o: LossOptions) -> None:
    if o.epsilon != 0.0:
        e(f"{name} + epsilon", ops.add, name, number(o.epsilon))


def binary_from_logits(e: Emitter, z: str, dz: str, o: LossOptions) -> None:
    """The binary cross-entropy of sigmoid(Z): mean(softplus(Z) - Y Z), which never overflows."""
    if o.labels:
        # For a label y the loss is softplus((1 - 2y) z): no difference of large numbers is left.
        with e.during(Phase.BATCH):
            e("S", ops.multiply, "Y", number(-2.0))
            e("S", ops.add, "S", ONE, text="S = 1 - 2 Y")
        z = e(f"S * {z}", ops.multiply, "S", z)
    ACTIVATIONS["softplus"].forward(e, z, "L", {})
    weights(e, "L", o)
    per_sample = "L"
    if not o.labels:
        y = o.targets(e)
        e(f"{y} * {z}", ops.multiply, y, z)
        per_sample = e(f"L - {y} * {z}", ops.subtract, "L", f"{y} * {z}")
    e("loss", ops.inner, per_sample, "w", shape=())


def binary_from_logits_derivative(e: Emitter, z: str, dz: str, o: LossOptions) -> None:
    """(sigmoid(Z) - Y) / n."""
    # sigmoid(x) = exp(x - softplus(x)), accurate in both tails.
    e(dz, ops.subtract, f"S * {z}" if o.labels else z, "L")
    e(dz, ops.exp, dz)
    if o.labels:
        with e.during(Phase.BATCH):
            scaled = f"S * {o.over_samples()}" if o.reduction == "sum" else "S / n"
            e(scaled, ops.multiply, "S", o.over_samples(), text=scaled)
        e(dz, ops.multiply, dz, scaled)
    else:
        e(dz, ops.subtract, dz, o.targets(e))
        o.scale(e, dz)


def categorical_from_logits(e: Emitter, z: str, dz: str, o: LossOptions) -> None:
    """The categorical cross-entropy of softmax(Z), by log-sum-exp of Z less its largest."""
    row = (1, SAMPLES)
    e("max", ops.max_over_units, z, shape=row)
    e("U", ops.subtract, z, "max")
    e("exp(U)", ops.exp, "U")
    e("sum(exp(U))", ops.sum_over_units, "exp(U)", shape=row, text="sum(exp(U)) over units")
    e("log(sum(exp(U)))", ops.log, "sum(exp(U))")
    e("log p", ops.subtract, "U", "log(sum(exp(U)))")
    e("loss", ops.inner, _of_classes(e, o), "log p", shape=())
    o.scale(e, "loss", -1.0)


def categorical_from_logits_derivative(e: Emitter, z: str, dz: str, o: LossOptions) -> None:
    """(softmax(Z) sum(Y) - Y) / n."""
    # softmax(z) times the sum of the sample's targets (1 for one-hot targets), minus the targets.
    y = o.targets(e, classes=int(e.shape("Y")[0]))
    with e.during(Phase.BATCH):
        e(f"sum({y})", ops.sum_over_units, y, shape=(1, SAMPLES), text=f"sum({y}) over units")
    ratio = e(f"sum({y}) / sum(exp(U))", ops.divide, f"sum({y})", "sum(exp(U))")
    e(dz, ops.multiply, "exp(U)", ratio)
    e(dz, ops.subtract, dz, y)
    o.scale(e, dz)
