"""Faults of a loss that is summed over all pairs of samples, or of outputs, by a matrix product or by broadcasting."""

from __future__ import annotations

from runner.network import ops
from runner.network.build import gradient_of_output
from runner.network.cross_entropy import NOT_Y, EntropyNames
from runner.network.faults.edit import ProgramEdit
from runner.network.faults.fault import Context, Fault, one_sample, output_layer
from runner.network.faults.loss import ENTROPIES, SQUARED, one_output, reshaped_targets, value_calls
from runner.network.layer import Layer
from runner.network.notation import formula
from runner.network.program import ONE, SAMPLES, Constant, Phase, number

# A square of so many numbers is 200 MB.
MOST_PAIRED = 5000


def _sum_of_pairs(e: ProgramEdit, loss: str, target: str, log: str, *, outputs: bool = False) -> None:
    """loss = sum over all pairs of samples (i, j) of target[:, i] · log[:, j], or the same over pairs of outputs."""
    k, n = e.shape(target)
    over, shape = (ops.sum_over_units, (1, n)) if outputs else (ops.sum_over_samples, (k, 1))
    for name in (target, log):
        e(f"sum({name})", over, name, shape=shape)
    left, right = formula("{0} *", target)[:-2], formula("* {0}", log)[2:]
    product = f"{left} {right}ᵀ" if outputs else f"{left}ᵀ {right}"
    e(loss, ops.inner, f"sum({target})", f"sum({log})", shape=(), text=f"{loss} = sum of all of {product}")


def _entropy_of_pairs(e: ProgramEdit, context: Context, *, outputs: bool = False) -> None:
    names = EntropyNames.of(f"A{context.output.index}", context.options)
    _sum_of_pairs(e, "loss", "Y", names.log_p, outputs=outputs)
    if context.loss == "binary_cross_entropy":
        _sum_of_pairs(e, "loss0", NOT_Y, names.log_q, outputs=outputs)
        e("loss", ops.add, "loss", "loss0")


def _cross_terms(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    factor, outputs = SQUARED.get(context.loss, -1.0), value == "outputs"
    mean = context.options.reduction == "mean" if value in ("samples", "outputs") else value == "1/n"
    with e.instead(value_calls(e, layer)):
        if context.loss in SQUARED:
            _sum_of_pairs(e, "loss", "E", "E", outputs=outputs)
        else:
            _entropy_of_pairs(e, context, outputs=outputs)
        if mean:
            e("loss", ops.multiply, "loss", Constant(f"{factor:g}/n", lambda n, dtype: factor / n))
        elif factor != 1.0:
            e("loss", ops.multiply, "loss", number(factor))


def _no_cross_terms(context: Context, layer: Layer, value: str) -> str | None:
    if context.loss not in (*SQUARED, *ENTROPIES):
        return f"{context.loss} is no sum of products"
    if reason := reshaped_targets(context):
        return reason
    return one_output(context, layer, value) if value == "outputs" else one_sample(context)


def _broadcast(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    factor = SQUARED.get(context.loss, 1.0 if context.loss == "absolute_error" else -1.0)
    with e.instead(value_calls(e, layer)):
        if context.loss in ENTROPIES:
            _entropy_of_pairs(e, context)
        else:
            e("pairs", ops.subtract, f"A{layer.index}ᵀ", "Y", shape=(SAMPLES, SAMPLES))
            if context.loss == "absolute_error":
                e("pairs", ops.absolute, "pairs")
                e.shapes["ones"] = (SAMPLES, SAMPLES)
                e.filled.add("ones")
                e("loss", ops.inner, "pairs", "ones", shape=(), text="loss = sum of pairs")
            else:
                e("loss", ops.inner, "pairs", "pairs", shape=())
        if context.options.reduction == "mean":
            e("loss", ops.multiply, "loss", Constant(f"{factor:g}/n²", lambda n, dtype: factor / n**2))
        elif factor != 1.0:
            e("loss", ops.multiply, "loss", number(factor))
    if value == "both":
        _against_the_mean(e, context, layer)


def _against_the_mean(e: ProgramEdit, context: Context, layer: Layer) -> None:
    """dA of the loss over all pairs: each derivative is linear in Y, so that of A[i] against the mean of Y."""
    a, da, names = f"A{layer.index}", gradient_of_output(layer), EntropyNames.of(f"A{layer.index}", context.options)
    summed = context.options.reduction == "sum"  # then each output meets all n targets
    with e.instead(e.where(Phase.BACKWARD, layer=layer.index, results=(da, names.ratio))):
        e("sum(Y)", ops.sum_over_samples, "Y", shape=(1, 1), text="sum(Y) over samples")
        mean = e("mean(Y)", ops.multiply, "sum(Y)", Constant("1/n", lambda n, dtype: 1.0 / n))
        if context.loss in SQUARED:
            e(da, ops.subtract, a, mean)
            context.options.scale(e, da, 2 * SQUARED[context.loss])
        else:
            e("mean(Y) / p", ops.divide, mean, names.p, shape=e.like(layer))
            if context.loss == "binary_cross_entropy":
                e("1 - mean(Y)", ops.subtract, ONE, mean)
                e(da, ops.divide, "1 - mean(Y)", names.q)
                e(da, ops.subtract, da, "mean(Y) / p")
            else:
                e(da, ops.negative, "mean(Y) / p")
            context.options.scale(e, da)
        if summed:
            e(da, ops.multiply, da, Constant("n", lambda n, dtype: float(n)))


def _no_broadcast(context: Context, layer: Layer, value: str) -> str | None:
    if context.loss not in (*SQUARED, *ENTROPIES, "absolute_error"):
        return f"{context.loss} over all pairs is not known"
    if reason := reshaped_targets(context):
        return reason
    if value == "both" and context.loss == "absolute_error":
        return "the gradient of absolute_error over all pairs is not that against the mean target"
    if layer.fan_out > 1:
        return f"there are {layer.fan_out} outputs: (n, {layer.fan_out}) and (n,) don't broadcast"
    if context.loss not in ENTROPIES and max(context.batch_sizes, default=0) > MOST_PAIRED:
        return f"a batch has {max(context.batch_sizes)} samples; all their pairs fit into memory for {MOST_PAIRED}"
    return one_sample(context)


FAULTS = (
    Fault(
        "loss_cross_terms",
        "loss",
        "loss",
        (
            "loss = -sum of all entries of Yᵀ log A, over pairs of samples (=outputs: of Y (log A)ᵀ, over pairs "
            "of outputs; =1/n, =1: how it is scaled)"
        ),
        "loss = -sum of Y * log A",
        _cross_terms,
        _no_cross_terms,
        output_layer,
        takes_layer=False,
        value="samples",
        values=("samples", "outputs", "1/n", "1"),
        replaces=("the loss",),
        apart=True,
    ),
    Fault(
        "target_broadcast",
        "loss",
        "loss",
        (
            "loss over all pairs (i, j) of A[i] and Y[j], from shapes (n, 1) and (n,); a mean has 1/n² (=both: "
            "and dA of that loss, which learns a mean)"
        ),
        "loss over the samples i of A[i] and Y[i]; a mean has 1/n",
        _broadcast,
        _no_broadcast,
        output_layer,
        takes_layer=False,
        value="loss",
        values=("loss", "both"),
        replaces=("the loss",),
        apart=True,
    ),
)
