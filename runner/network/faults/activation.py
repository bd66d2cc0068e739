"""Faults of the activation functions; going back, everything but what is named is as it should be."""

from __future__ import annotations

from dataclasses import replace

from runner.network import ops
from runner.network.faults.edit import FORWARD, ProgramEdit
from runner.network.faults.fault import RELUS, Context, Fault, not_softmax
from runner.network.layer import Layer
from runner.network.notation import formula
from runner.network.program import ZERO, Phase


def _names(layer: Layer) -> tuple[str, str]:
    return f"Z{layer.index}", f"A{layer.index}"


def _activation_calls(e: ProgramEdit, layer: Layer) -> list[int]:
    # What the activation is made of follows the last call of Z, and dropout comes after it.
    made = e.where(*FORWARD, layer=layer.index, results=(f"Z{layer.index}",))[-1]
    return [at for at in e.where(*FORWARD, layer=layer.index) if at > made and e.calls[at].result != f"Ã{layer.index}"]


def _derivative_calls(e: ProgramEdit, layer: Layer) -> list[int]:
    f = f"F{layer.index}"
    return e.where(Phase.BACKWARD, layer=layer.index, results=(f, f"step({f})"))


def _without_effect(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    z, a = _names(layer)
    with e.instead(_activation_calls(e, layer)):
        e(a, ops.copy, z)
    mask = _derivative_calls(e, layer)
    if any(a in e.calls[at].operands for at in mask):  # A no longer says where Z was negative
        f = f"F{layer.index}"
        with e.instead(mask):
            e(f, ops.maximum, z, ZERO)
            e(f, ops.sign, f)


def _no_relu(context: Context, layer: Layer, value: str) -> str | None:
    return None if layer.choice.name in RELUS else f"its activation is {layer.choice.name}, not a ReLU"


def _twice(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
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
    by_hand, parameters = layer.choice.activation.by_hand, layer.choice.parameters
    if by_hand is None:
        return None
    once = [by_hand.value(z, parameters) for z in (-1.5, 0.7)]
    same = once == [by_hand.value(a, parameters) for a in once]
    return f"its activation is {layer.choice}: applied twice it is the same" if same else None


def _over_batch(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    for over_units, over_samples in (
        (ops.max_over_units, ops.max_over_samples),
        (ops.sum_over_units, ops.sum_over_samples),
    ):
        for position in e.where(*FORWARD, layer=layer.index, op=over_units):
            call = e.calls[position]
            text = f"{call.result} = {formula(over_samples.text, *map(str, call.operands))}"
            e.calls[position] = replace(call, op=over_samples, text=text, note=e.note)
            e.shapes[call.result] = (layer.fan_out, 1)


def _naive_sigmoid(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
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


def _naive_softmax(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    z, a = _names(layer)
    guarded = [
        *e.where(*FORWARD, layer=layer.index, results=(f"max({z})",)),
        *e.where(*FORWARD, layer=layer.index, results=(a,), op=ops.subtract),
        *e.where(*FORWARD, layer=layer.index, results=(a,), op=ops.exp),
    ]
    with e.instead(guarded):
        e(a, ops.exp, z)


FAULTS = (
    Fault(
        "relu_without_effect",
        "forward",
        "activation",
        "A = Z (the loop changed copies); going back, the mask is still applied",
        "A = max(Z, 0)",
        _without_effect,
        _no_relu,
        replaces=("the activation",),
    ),
    Fault(
        "sigmoid_twice",
        "forward",
        "activation",
        "A = f(f(Z)), dZ = dA * f'(Z) (=outer: dZ = dA * f'(f(Z)))",
        "A = f(Z), dZ = dA * f'(Z)",
        _twice,
        _same_twice,
        value="inner",
        values=("inner", "outer"),
        replaces=("the activation",),
        apart=True,
    ),
    Fault(
        "softmax_over_batch",
        "forward",
        "activation",
        "A = exp(Z) / sum over samples of exp(Z)",
        "A = exp(Z) / sum over classes of exp(Z)",
        _over_batch,
        not_softmax,
        takes_layer=False,
        apart=True,
    ),
    Fault(
        "naive_sigmoid",
        "forward",
        "activation",
        "A = 1 / (1 + exp(-Z)) with nothing to keep exp from overflowing",
        "A = 1 / (1 + exp(-Z)) with Z limited from below",
        _naive_sigmoid,
        _guarded_sigmoid,
        takes_layer=False,
        replaces=("the activation",),
        apart=True,
        overflows=True,
    ),
    Fault(
        "naive_softmax",
        "forward",
        "activation",
        "A = exp(Z) / sum over classes of exp(Z), which overflows",
        "the same of Z - max Z",
        _naive_softmax,
        not_softmax,
        takes_layer=False,
        replaces=("the activation",),
        apart=True,
        overflows=True,
    ),
)
