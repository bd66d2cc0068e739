"""Faults of how the layers are put together; going back, everything but what is named is as it should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from runner.network import ops
from runner.network.faults.edit import FORWARD, ProgramEdit
from runner.network.faults.fault import Context, Fault, first_layer, no_bias, one_sample, rank
from runner.network.layer import Layer
from runner.network.program import SAMPLES, number

# What is remembered from call to call.
STATE = ("sample kept", "is a sample kept")


def _read(e: ProgramEdit, positions: Iterable[int], names: Mapping[str, str], shown: tuple[str, str]) -> None:
    """Let calls read other arrays, or their transposes, for those named; `shown` is how their texts say it."""
    others = {**names, **{f"{name}ᵀ": f"{other}ᵀ" for name, other in names.items()}}
    for position in positions:
        call = e.calls[position]
        operands = tuple(others.get(str(operand), operand) for operand in call.operands)
        e.calls[position] = replace(call, operands=operands, text=call.text.replace(*shown), note=e.note)


def _reads_preactivation(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    above = context.layer(layer.index + 1)
    whole, _ = e.inputs_of(above)
    z = f"Z{layer.index}"
    fed = z
    if context.architecture.bias:
        fed, copied = f"[{z};1]", f"{z} to layer {above.index}"
        e.shapes[fed] = (layer.fan_out + 1, SAMPLES)
        e.filled.add(fed)
        e.top_rows(copied, fed, layer.fan_out)
        with e.before(e.where(*FORWARD, results=(f"Z{above.index}",))[0]):
            e(copied, ops.copy, z)
    readers = [*e.where(*FORWARD, results=(f"Z{above.index}",)), e.gradient_call(above)]
    _read(e, readers, {whole: fed}, (f"A{layer.index}", z))


def _not_read(context: Context, layer: Layer, value: str) -> str | None:
    if layer is context.output:
        return "it is the output layer: no layer reads it"
    if layer.dropout:
        return "its units are dropped out (network.dropout), which Z would go past"
    return "its activation is the identity: Z and A are the same" if layer.choice.activation.is_identity else None


def _bias_missing(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    z, w = f"Z{layer.index}", f"W{layer.index}"
    inputs = e.inputs_of(layer)[1]
    with e.instead(e.where(*FORWARD, results=(z,))):
        e(z, ops.matmul, w, inputs)


def _sign_flipped(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    b, db = f"b{layer.index}", f"db{layer.index}"
    if value == "gradient":
        with e.after(e.gradient_call(layer)):
            # NumPy 2.4's np.negative goes wrong in place on a column of a matrix with 8 columns.
            e(db, ops.multiply, db, number(-1.0))
        return
    _bias_missing(e, context, layer, value)
    z = f"Z{layer.index}"
    with e.after(e.where(*FORWARD, results=(z,))[-1]):
        e(z, ops.subtract, z, b)


def _stale_inputs(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    inputs = "[A0;1]" if context.architecture.bias else "A0"
    stale, kept, is_kept = f"stale {inputs}", *STATE
    rows = e.shapes[inputs][0]
    first = e.where(*FORWARD, results=("Z1",))[0]
    _read(e, [first], {inputs: stale, "A0": "stale A0"}, ("A0", "stale A0"))
    with e.before(first):
        e.shapes |= {kept: (rows, 1), is_kept: ()}
        e(kept, ops.first_sample, inputs, is_kept)
        e(stale, ops.copy, kept, shape=(rows, SAMPLES))
        if context.architecture.bias:
            e.top_rows("stale A0", stale, context.architecture.sizes[0])


FAULTS = (
    Fault(
        "output_reads_preactivation",
        "forward",
        "preactivation",
        "Z[l+1] = W[l+1] Z[l] + b[l+1], and dW[l+1] from Z[l]; f' is still applied",
        "Z[l+1] = W[l+1] A[l] + b[l+1], and dW[l+1] from A[l]",
        _reads_preactivation,
        _not_read,
        replaces=("what the next layer reads",),
        tie_order=rank(1),
        in_layer_above=True,
    ),
    Fault(
        "bias_missing",
        "forward",
        "preactivation",
        "Z = W A[l-1]; db is still computed",
        "Z = W A[l-1] + b",
        _bias_missing,
        no_bias,
        replaces=("the bias",),
    ),
    Fault(
        "bias_sign_flipped",
        "forward",
        "preactivation",
        "Z = W A[l-1] - b, with db as if b were added (=gradient: Z as it should be, db = -sum over samples of dZ)",
        "Z = W A[l-1] + b, db = sum over samples of dZ",
        _sign_flipped,
        no_bias,
        value="forward",
        values=("forward", "gradient"),
        replaces=("the bias",),
    ),
    Fault(
        "output_ignores_input",
        "forward",
        "preactivation",
        "Z[1] = W[1] x + b[1] for every sample, with x the first sample ever seen; dW[1] from the right inputs",
        "Z[1] = W[1] X + b[1]",
        _stale_inputs,
        lambda context, layer, value: one_sample(context),
        first_layer,
        takes_layer=False,
        replaces=("the inputs",),
    ),
)
