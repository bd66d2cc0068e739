"""Faults of the forward pass; going back, everything but what is named is as it should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from runner.network import ops
from runner.network.architecture import Layer
from runner.network.faults.edit import FORWARD, Edit
from runner.network.faults.fault import Context, Fault, no_bias, one_sample
from runner.network.program import SAMPLES, ZERO, Phase

# What is remembered from call to call.
STATE = ("sample kept", "is a sample kept")


def _names(layer: Layer) -> tuple[str, str]:
    return f"Z{layer.index}", f"A{layer.index}"


def _activation_calls(e: Edit, layer: Layer) -> list[int]:
    z = f"Z{layer.index}"
    return [at for at in e.where(*FORWARD, layer=layer.index) if e.calls[at].result != z]


def _derivative_calls(e: Edit, layer: Layer) -> list[int]:
    f = f"F{layer.index}"
    return e.where(Phase.BACKWARD, layer=layer.index, results=(f, f"step({f})"))


def _read(e: Edit, positions: Iterable[int], names: Mapping[str, str], shown: tuple[str, str]) -> None:
    """Let calls read other arrays, or their transposes, for those named; `shown` is how their texts say it."""
    others = {**names, **{f"{name}ᵀ": f"{other}ᵀ" for name, other in names.items()}}
    for position in positions:
        call = e.calls[position]
        operands = tuple(others.get(str(operand), operand) for operand in call.operands)
        e.calls[position] = replace(call, operands=operands, text=call.text.replace(*shown), note=e.note)


def _reads_preactivation(e: Edit, context: Context, layer: Layer, value: str) -> None:
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


def _without_effect(e: Edit, context: Context, layer: Layer, value: str) -> None:
    z, a = _names(layer)
    with e.instead(_activation_calls(e, layer)):
        e(a, ops.copy, z)
    if layer.choice.name == "relu":  # its mask is read off A, which tells no more
        f = f"F{layer.index}"
        with e.instead(_derivative_calls(e, layer)):
            e(f, ops.maximum, z, ZERO)
            e(f, ops.sign, f)


def _no_relu(context: Context, layer: Layer, value: str) -> str | None:
    return None if layer.choice.name in ("relu", "leaky_relu") else f"its activation is {layer.choice.name}, not a ReLU"


def _twice(e: Edit, context: Context, layer: Layer, value: str) -> None:
    z, a = _names(layer)
    da, dz, f, inner = f"dA{layer.index}", f"dZ{layer.index}", f"F{layer.index}", f"f({z})"
    activation, parameters = layer.choice.activation, layer.choice.parameters
    with e.instead(_activation_calls(e, layer)):
        e.shapes[inner] = e.like(layer)
        activation.forward(e, z, inner, parameters)
        activation.forward(e, inner, a, parameters)
    back_from = (z, inner) if value == "inner" else (inner, a)
    if activation.derivative is not None:
        with e.instead(_derivative_calls(e, layer)):
            activation.derivative(e, *back_from, f, parameters)
    elif activation.backward is not None:
        with e.instead(e.where(Phase.BACKWARD, layer=layer.index, results=(dz, f"sum({da} * {a})"))):
            activation.backward(e, *back_from, da, dz)


def _same_twice(context: Context, layer: Layer, value: str) -> str | None:
    name = layer.choice.name
    return f"its activation is {name}: applied twice it is the same" if name in ("identity", "relu") else None


def _bias_missing(e: Edit, context: Context, layer: Layer, value: str) -> None:
    z, w = f"Z{layer.index}", f"W{layer.index}"
    inputs = e.inputs_of(layer)[1]
    with e.instead(e.where(*FORWARD, results=(z,))):
        e(z, ops.matmul, w, inputs)


def _sign_flipped(e: Edit, context: Context, layer: Layer, value: str) -> None:
    b, db = f"b{layer.index}", f"db{layer.index}"
    if value == "gradient":
        with e.after(e.gradient_call(layer)):
            e(db, ops.negative, db)
        return
    _bias_missing(e, context, layer, value)
    z = f"Z{layer.index}"
    with e.after(e.where(*FORWARD, results=(z,))[-1]):
        e(z, ops.subtract, z, b)


def _over_batch(e: Edit, context: Context, layer: Layer, value: str) -> None:
    for over_units, over_samples in (
        (ops.max_over_units, ops.max_over_samples),
        (ops.sum_over_units, ops.sum_over_samples),
    ):
        for position in e.where(*FORWARD, layer=layer.index, op=over_units):
            call = e.calls[position]
            text = f"{call.result} = {over_samples.text.format(*call.operands)}"
            e.calls[position] = replace(call, op=over_samples, text=text, note=e.note)
            e.shapes[call.result] = (layer.fan_out, 1)


def _no_softmax(context: Context, layer: Layer, value: str) -> str | None:
    return None if layer.choice.name == "softmax" else f"its activation is {layer.choice.name}, not softmax"


def _naive_sigmoid(e: Edit, context: Context, layer: Layer, value: str) -> None:
    z, a = _names(layer)
    as_written = layer.choice.activation.as_written
    assert as_written is not None
    with e.instead(_activation_calls(e, layer)):
        as_written(e, z, a, layer.choice.parameters)


def _guarded_sigmoid(context: Context, layer: Layer, value: str) -> str | None:
    if layer.choice.name != "sigmoid":
        return f"its activation is {layer.choice.name}, not sigmoid"
    if layer is context.output and not context.options.from_logits:
        return "with loss.from_logits=false the output is unguarded as it is"
    return None


def _naive_softmax(e: Edit, context: Context, layer: Layer, value: str) -> None:
    z, a = _names(layer)
    guarded = [
        *e.where(*FORWARD, layer=layer.index, results=(f"max({z})",)),
        *e.where(*FORWARD, layer=layer.index, results=(a,), op=ops.subtract),
        *e.where(*FORWARD, layer=layer.index, results=(a,), op=ops.exp),
    ]
    with e.instead(guarded):
        e(a, ops.exp, z)


def _stale_inputs(e: Edit, context: Context, layer: Layer, value: str) -> None:
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
        "Z[l+1] = W[l+1] Z[l] + b[l+1] for W[l+1] A[l] + b[l+1]; dW[l+1] = dZ[l+1] Z[l]ᵀ too; f' still applied",
        _reads_preactivation,
        lambda context, layer, value: (
            "it is the output layer: no layer reads it"
            if layer is context.output
            else "its activation is the identity: Z and A are the same"
            if layer.choice.name == "identity"
            else None
        ),
        replaces=("what the next layer reads",),
    ),
    Fault(
        "relu_without_effect",
        "forward",
        "A = Z for max(Z, 0) (the loop changed copies); the mask is still applied going back",
        _without_effect,
        _no_relu,
        replaces=("the activation",),
    ),
    Fault(
        "sigmoid_twice",
        "forward",
        "A = f(f(Z)) for f(Z); going back through f'(Z) alone (=outer: through f'(f(Z)) alone)",
        _twice,
        _same_twice,
        value="inner",
        values=("inner", "outer"),
        replaces=("the activation",),
        apart=True,
    ),
    Fault(
        "bias_missing",
        "forward",
        "Z = W A for W A + b; db still computed",
        _bias_missing,
        no_bias,
        replaces=("the bias",),
    ),
    Fault(
        "bias_sign_flipped",
        "forward",
        "Z = W A - b for W A + b, while db adds (=gradient: Z as it should be, db = -dZ 1)",
        _sign_flipped,
        no_bias,
        value="forward",
        values=("forward", "gradient"),
        replaces=("the bias",),
    ),
    Fault(
        "softmax_over_batch",
        "forward",
        "A = exp(Z) / sum over samples, for the sum over classes",
        _over_batch,
        _no_softmax,
        takes_layer=False,
        apart=True,
    ),
    Fault(
        "naive_sigmoid",
        "forward",
        "A = 1 / (1 + exp(-Z)) with exp unguarded: right until it overflows",
        _naive_sigmoid,
        _guarded_sigmoid,
        takes_layer=False,
        replaces=("the activation",),
        apart=True,
    ),
    Fault(
        "naive_softmax",
        "forward",
        "A = exp(Z) / sum over units of exp(Z), without subtracting the maximum: right until it overflows",
        _naive_softmax,
        _no_softmax,
        takes_layer=False,
        replaces=("the activation",),
        apart=True,
    ),
    Fault(
        "output_ignores_input",
        "forward",
        "Z[1] = W[1] x + b[1] with x the first sample ever seen, for every sample; dW[1] from the inputs as they are",
        _stale_inputs,
        lambda context, layer, value: one_sample(context),
        candidates=lambda architecture: (1,),
        takes_layer=False,
        replaces=("the inputs",),
    ),
)
