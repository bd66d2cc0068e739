"""Faults of the loss, and of what goes back from it into the output layer."""

from __future__ import annotations

from runner.network import ops
from runner.network.build import gradient_of_output
from runner.network.cross_entropy import EntropyNames
from runner.network.faults.edit import ProgramEdit
from runner.network.faults.fault import Context, Fault, output_layer
from runner.network.layer import Layer
from runner.network.losses import LOSSES
from runner.network.program import Constant, Phase

SQUARED = {"half_squared_error": 0.5, "squared_error": 1.0}
ENTROPIES = ("binary_cross_entropy", "categorical_cross_entropy")


def value_calls(e: ProgramEdit, layer: Layer) -> list[int]:
    """The calls that sum up the loss, the penalty apart; what they sum is also read going back."""
    return e.where(Phase.LOSS, layer=layer.index, results=("loss", "loss0"))


def _residual_as_delta(e: ProgramEdit, context: Context, layer: Layer) -> None:
    """D = A - Y (over n under a mean), in place of all that goes back from the loss through the activation."""
    dz, a = f"dZ{layer.index}", f"A{layer.index}"
    going_back = [at for at in e.where(Phase.BACKWARD, layer=layer.index) if at < e.gradient_call(layer)]
    with e.instead(going_back):
        e.shapes[dz] = e.like(layer)
        e(dz, ops.subtract, a, "Y")
        context.options.scale(e, dz)


def _another_loss(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    if context.loss in SQUARED:
        _residual_as_delta(e, context, layer)
        return
    da, names = gradient_of_output(layer), EntropyNames.of(f"A{layer.index}", context.options)
    with e.instead(e.where(Phase.BACKWARD, layer=layer.index, results=(da, names.ratio))):
        e(da, ops.subtract, f"A{layer.index}", "Y")
        context.options.scale(e, da)


def reshaped_targets(context: Context) -> str | None:
    """Why a fault that writes the loss anew can't act; None where the loss reads its targets as they are."""
    if context.options.class_weights is not None:
        return "the loss has class weights (loss.class_weights)"
    return "the loss has label smoothing (loss.label_smoothing)" if context.options.smoothing else None


def _same_gradient(context: Context, layer: Layer, value: str) -> str | None:
    if reason := reshaped_targets(context):
        return reason
    if context.loss == "half_squared_error" and layer.choice.activation.is_identity:
        return "A - Y is the right delta of half_squared_error on an identity output"
    if context.loss not in (*SQUARED, *ENTROPIES):
        return f"{context.loss} is neither a squared error nor a cross-entropy"
    return None


def _is_half(context: Context, value: str | None) -> int:
    """Whether A - Y goes back from a squared error through no f': `factor_two` says the same of any loss."""
    return int(context.output.choice.activation.is_identity)


def _bce_on_softmax(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    if context.loss != "binary_cross_entropy":
        with e.instead(e.where(Phase.LOSS, layer=layer.index)):
            LOSSES["binary_cross_entropy"].value(e, f"A{layer.index}", "", context.options)
    _residual_as_delta(e, context, layer)


def _no_entropy_on_softmax(context: Context, layer: Layer, value: str) -> str | None:
    if layer.choice.name != "softmax":
        return f"the output activation is {layer.choice.name}, not softmax"
    if context.loss not in ENTROPIES:
        return f"the loss is {context.loss}, not a cross-entropy"
    if reason := reshaped_targets(context):
        return reason
    return None if layer.fan_out > 1 else "softmax on one output is 1 whatever the input"


def _loss_over_outputs(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    k = context.output.fan_out
    averaged = Constant("1/k", lambda n, dtype: 1.0 / k)
    if value == "k":
        with e.after(value_calls(e, layer)[-1]):
            e("loss", ops.multiply, "loss", averaged)
    else:
        with e.after_gradient(with_decay=False):
            e("g", ops.multiply, "g", averaged)


def one_output(context: Context, layer: Layer, value: str) -> str | None:
    """Why a fault of several outputs can't act."""
    return "there is one output" if layer.fan_out == 1 else None


def _penalty_dropped(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    e.drop([at for at in e.where(Phase.LOSS, layer=0) if "penalty" in (e.calls[at].result, *e.calls[at].operands)])


def _decay_dropped(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    e.drop([at for at in e.where(Phase.BACKWARD) if "decay" in (e.calls[at].result, *e.calls[at].operands)])


def _no_decay(context: Context, layer: Layer, value: str) -> str | None:
    return None if context.weight_decay > 0 else "there is no weight decay (optimizer.weight_decay)"


FAULTS = (
    Fault(
        "gradient_of_another_loss",
        "loss",
        "delta",
        "dZ = A - Y under a squared error; dA = A - Y under a cross-entropy",
        "dZ = (A - Y) * f'(Z) under a squared error; dA = (A - Y) / (A * (1 - A)) under the binary cross-entropy",
        _another_loss,
        _same_gradient,
        output_layer,
        takes_layer=False,
        replaces=("the way through f'",),
        apart=True,
        generality=_is_half,
        tie_order=_is_half,
    ),
    Fault(
        "bce_on_softmax",
        "loss",
        "loss",
        "loss = -sum of Y * log A + (1 - Y) * log(1 - A) on softmax outputs, with dZ = A - Y",
        "loss = -sum of Y * log A, with dZ = A - Y",
        _bce_on_softmax,
        _no_entropy_on_softmax,
        output_layer,
        takes_layer=False,
        replaces=("the loss", "the way through f'"),
        apart=True,
    ),
    Fault(
        "output_reduction_mismatch",
        "loss",
        "gradient",
        "loss / k, with the gradient of the loss (=1/k: gradient / k, with the loss as it is)",
        "both divided by k, or neither",
        _loss_over_outputs,
        one_output,
        output_layer,
        takes_layer=False,
        value="k",
        values=("k", "1/k"),
    ),
    Fault(
        "weight_decay_not_in_loss",
        "loss",
        "loss",
        "the loss without decay / 2 * |W|²; dW has decay * W",
        "the loss with decay / 2 * |W|²",
        _penalty_dropped,
        _no_decay,
        output_layer,
        takes_layer=False,
        replaces=("the weight decay",),
    ),
    Fault(
        "weight_decay_not_in_gradient",
        "loss",
        "weights",
        "dW without decay * W; the loss has decay / 2 * |W|²",
        "dW with decay * W",
        _decay_dropped,
        _no_decay,
        output_layer,
        takes_layer=False,
        replaces=("the weight decay",),
    ),
)
