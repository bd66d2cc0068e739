"""Faults that take f' of something else: of another activation, at another layer's Z, with another slope."""

from __future__ import annotations

from runner.network import ops
from runner.network.activations import ACTIVATIONS
from runner.network.faults.derivative import THE_WAY, derivative_of, with_derivative
from runner.network.faults.edit import ProgramEdit
from runner.network.faults.fault import RELUS, Context, Fault, Fitted, as_number, every_layer, rank
from runner.network.layer import Layer
from runner.network.program import ZERO, number

_CHOOSABLE = tuple(name for name, activation in ACTIVATIONS.items() if activation.derivative is not None)


def _wrong(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    other = ACTIVATIONS[_other_name(layer, value)]
    with_derivative(e, layer, lambda f: derivative_of(e, other, other.parameters, f"Z{layer.index}", f))


def _other_name(layer: Layer, value: str) -> str:
    """The activation whose f' is taken: sigmoid, or tanh on a sigmoid layer, where nothing is said."""
    if value != "another":
        return value
    return "tanh" if layer.choice.name == "sigmoid" else "sigmoid"


def _not_another(context: Context, layer: Layer, value: str) -> str | None:
    own, other = layer.choice.name, _other_name(layer, value)
    if own == other:
        return f"{other} is its own activation"
    if {own, other} == set(RELUS):
        return "ReLU's f' on leaky ReLU, or the reverse, is leaky_slope_mismatch"
    return None


def _of_neighbour(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    choice, neighbour = layer.choice, f"Z{_neighbour(context, layer, value)}"
    with_derivative(e, layer, lambda f: derivative_of(e, choice.activation, choice.parameters, neighbour, f))


def _neighbour(context: Context, layer: Layer, value: str) -> int | None:
    """The layer below, if its width is the same, else the one above; or the one that `value` says."""
    wanted: tuple[int, ...] = (layer.index - 1, layer.index + 1)
    if value != "neighbour":
        wanted = tuple(index for index in wanted if index == int(value))
    for index in wanted:
        if 1 <= index <= len(context.architecture.layers) and context.layer(index).fan_out == layer.fan_out:
            return index
    return None


def _no_neighbour(context: Context, layer: Layer, value: str) -> str | None:
    if layer.choice.activation.derivative is None:
        return f"its activation is {layer.choice.name}: it has no f' to take element by element"
    if value != "neighbour" and not value.isdecimal():
        return f"{value!r} is not the number of a layer"
    if _neighbour(context, layer, value) is None:
        return f"no neighbour{'' if value == 'neighbour' else ' ' + value} has its width of {layer.fan_out}"
    return None


def _slope(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    z = f"Z{layer.index}"

    def write(f: str) -> None:
        e(f, ops.maximum, z, ZERO)
        e(f, ops.sign, f)
        if layer.choice.name == "relu":
            e(f, ops.maximum, f, number(as_number(value)))

    with_derivative(e, layer, write)


def _no_slope(context: Context, layer: Layer, value: str) -> str | None:
    if layer.choice.name not in RELUS:
        return f"its activation is {layer.choice.name}, not a ReLU"
    if layer.choice.name == "leaky_relu" and layer.choice.parameters["slope"] == 0.0:
        return "its slope is 0: it is a ReLU"
    return None


FAULTS = (
    Fault(
        "wrong_activation_derivative",
        "backward",
        "delta",
        "dZ = dA * h'(Z), with h another activation (sigmoid, or tanh on a sigmoid layer, or =NAME)",
        "dZ = dA * f'(Z)",
        _wrong,
        _not_another,
        every_layer,
        value="another",
        values=("another", *_CHOOSABLE),
        replaces=THE_WAY,
        apart=True,
        tie_order=rank(2),
    ),
    Fault(
        "derivative_of_other_layer",
        "backward",
        "delta",
        "dZ = dA * f'(Z[m]), with m the layer below or above, as wide (or =LAYER)",
        "dZ = dA * f'(Z)",
        _of_neighbour,
        _no_neighbour,
        value="neighbour",
        values=("neighbour", "LAYER"),
        replaces=THE_WAY,
        apart=True,
    ),
    Fault(
        "leaky_slope_mismatch",
        "backward",
        "delta",
        "on leaky ReLU f' is 0 where Z < 0; on ReLU it is 0.01 there (or =NUMBER)",
        "dZ = dA * f'(Z), with the slope of the forward pass",
        _slope,
        _no_slope,
        value="0.01",
        replaces=THE_WAY,
        apart=True,
        fitted=Fitted(lambda n: 1.0, lambda t, n: t),
    ),
)
