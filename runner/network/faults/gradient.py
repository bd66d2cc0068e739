"""Faults of the gradient itself: of dW and db from a right delta, of the whole, of what other calls have left."""

from __future__ import annotations

from runner.network import ops
from runner.network.faults.edit import ProgramEdit
from runner.network.faults.fault import Context, Fault, averaged, first_layer, never, no_bias, output_layer
from runner.network.layer import Layer, parameter_names
from runner.network.program import SAMPLES, ZERO, Constant

# What faults remember from step to step, beside what optimisers do.
STATE = ("gradient so far", "gradient kept", "is a gradient kept")


def _block(context: Context, layer: Layer) -> str:
    return parameter_names(layer, context.architecture.bias)[1]


def _negated(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    block = _block(context, layer)
    with e.after_gradient(with_decay=True):
        e.layer = layer.index
        e(block, ops.negative, block)


def _own_output(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    index = layer.index
    own = f"own dW{index}"
    with e.after(e.gradient_call(layer)):
        e(
            own,
            ops.matmul,
            f"dZ{index}",
            f"A{index}ᵀ",
            shape=(layer.fan_out, layer.fan_out),
        )
        e(f"dW{index}", ops.copy, own)


def _unequal_widths(context: Context, layer: Layer, value: str) -> str | None:
    if layer.fan_in != layer.fan_out and layer.fan_out > 1:
        return f"A{layer.index} has {layer.fan_out} units, A{layer.index - 1} has {layer.fan_in}: dW would not fit W"
    return None


def _weights_for_inputs(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    index = layer.index
    total = f"sum of dZ{index}"
    with e.after(e.gradient_call(layer)):
        e(total, ops.sum_over_samples, f"dZ{index}", shape=(layer.fan_out, 1), text=f"{total} over samples")
        e(f"dW{index}", ops.multiply, f"W{index}", total)


def _not_updated(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    bias = f", db{layer.index} = 0" if context.architecture.bias else ""
    with e.after_gradient(with_decay=True):
        e.layer = layer.index
        e(_block(context, layer), ops.copy, ZERO, text=f"dW{layer.index} = 0{bias}")


def _bias_zero(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    with e.after(e.gradient_call(layer)):
        e(f"db{layer.index}", ops.copy, ZERO)


def _no_bias_column(context: Context, layer: Layer, value: str) -> str | None:
    if layer.normalised:
        return "the layer is normalised over the batch (network.batch_norm): its bias is no column of W"
    return no_bias(context, layer, value)


def _bias_summed(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    db = f"db{layer.index}"
    with e.after(e.gradient_call(layer)):
        e(db, ops.multiply, db, Constant("n", lambda n, dtype: float(n)))


def _wrong_axis(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    index = layer.index
    dz, over_units = f"dZ{index}", f"sum over units of dZ{index}"
    with e.after(e.gradient_call(layer)):
        e(over_units, ops.sum_over_units, dz, shape=(1, SAMPLES), text=over_units)
        if value == "units":
            e(f"db{index}", ops.copy, f"{over_units}ᵀ")
        else:
            total = e(f"sum of dZ{index}", ops.sum_over_samples, over_units, shape=(1, 1), text=f"sum of dZ{index}")
            e(f"db{index}", ops.copy, total)


def _no_wrong_axis(context: Context, layer: Layer, value: str) -> str | None:
    if reason := no_bias(context, layer, value):
        return reason
    if value == "units" and context.batch_sizes and set(context.batch_sizes) != {layer.fan_out}:
        return f"a sum for each sample fits b only where every batch has {layer.fan_out} samples, as many as units"
    return "it has one unit" if layer.fan_out == 1 else None


def _accumulated(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    with e.after_gradient(with_decay=True):
        e("gradient so far", ops.add, "gradient so far", "g", shape=e.shape("g"))
        e("g", ops.copy, "gradient so far")


def _of_the_call_before(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    e.shapes |= {"gradient kept": e.shape("g"), "is a gradient kept": ()}
    with e.after_gradient(with_decay=True):
        e("g", ops.previous, "g", "gradient kept", "is a gradient kept")


def _parameters(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    with e.after_gradient(with_decay=True):
        e("g", ops.copy, "theta")


FAULTS = (
    Fault(
        "sign_flipped",
        "backward",
        "gradient",
        "minus the gradient of the loss (@l: in dW and db of layer l alone)",
        "the gradient of the loss",
        _negated,
        never,
    ),
    Fault(
        "weight_gradient_uses_own_output",
        "backward",
        "weights",
        "dW[l] = dZ[l] A[l]ᵀ (of one unit: a number, which NumPy spreads over all of dW[l])",
        "dW[l] = dZ[l] A[l-1]ᵀ",
        _own_output,
        _unequal_widths,
        replaces=("dW",),
        apart=True,
    ),
    Fault(
        "weight_gradient_uses_weights",
        "backward",
        "weights",
        "dW[l] = (sum over samples of dZ[l]) * W[l]: each delta times the weight for each delta times its input",
        "dW[l] = dZ[l] A[l-1]ᵀ",
        _weights_for_inputs,
        never,
        replaces=("dW",),
    ),
    Fault(
        "first_bias_input_zero",
        "backward",
        "bias",
        "[dW[1] db[1]] = dZ[1] [X; 0]ᵀ, so that db[1] = 0 (the bias is a column of W[1])",
        "[dW[1] db[1]] = dZ[1] [X; 1]ᵀ",
        _bias_zero,
        _no_bias_column,
        first_layer,
        takes_layer=False,
        replaces=("db",),
    ),
    Fault(
        "bias_gradient_not_averaged",
        "backward",
        "bias",
        "db of the summed loss, n times too large; dW of the mean loss",
        "db of the mean loss, like dW",
        _bias_summed,
        lambda context, layer, value: no_bias(context, layer, value) or averaged(context),
        replaces=("db",),
    ),
    Fault(
        "bias_gradient_wrong_axis",
        "backward",
        "bias",
        "db = sum over units and samples of dZ (=units: over units alone, where there are n units)",
        "db = sum over samples of dZ",
        _wrong_axis,
        _no_wrong_axis,
        value="everything",
        values=("everything", "units"),
        replaces=("db",),
    ),
    Fault(
        "gradient_not_reset",
        "backward",
        "calls",
        "dW, db = the sum of the gradients of all calls so far",
        "dW, db = the gradient of this call",
        _accumulated,
        never,
        output_layer,
        takes_layer=False,
    ),
    Fault(
        "stale_cache",
        "backward",
        "calls",
        "dW, db = the gradient of the call before, from its data and parameters",
        "dW, db = the gradient of this call",
        _of_the_call_before,
        never,
        output_layer,
        takes_layer=False,
    ),
    Fault(
        "parameters_as_gradient",
        "backward",
        "gradient",
        "dW = W, db = b",
        "dW = dZ A[l-1]ᵀ, db = sum over samples of dZ",
        _parameters,
        never,
        output_layer,
        takes_layer=False,
    ),
    Fault(
        "layer_not_updated",
        "backward",
        "gradient",
        "dW = 0, db = 0",
        "dW = dZ A[l-1]ᵀ, db = sum over samples of dZ",
        _not_updated,
        never,
        replaces=("dW", "db"),
    ),
    Fault(
        "bias_gradient_missing",
        "backward",
        "bias",
        "db = 0",
        "db = sum over samples of dZ",
        _bias_zero,
        no_bias,
        replaces=("db",),
    ),
)
