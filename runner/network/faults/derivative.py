"""Faults on the way back through an activation: dZ = dA * something that isn't f'(Z).

f'(Z) is computed all the same where the right program computes it: the watch reads from it which units are saturated.
"""

from __future__ import annotations

from collections.abc import Callable

from runner.network import ops
from runner.network.activations import ACTIVATIONS, Activation, Parameters
from runner.network.architecture import Layer
from runner.network.faults.edit import Edit
from runner.network.faults.fault import Context, Fault, as_number, every_layer, never
from runner.network.program import ONE, ZERO, Phase, number

# Activations whose f' is told from Z and from A alike, since both have the same sign.
_BY_SIGN = ("relu", "leaky_relu")
_CHOOSABLE = tuple(name for name, activation in ACTIVATIONS.items() if activation.derivative is not None)


def _through(e: Edit, layer: Layer) -> list[int]:
    """The calls that make dZ from dA."""
    index = layer.index
    return e.where(Phase.BACKWARD, layer=index, results=(f"dZ{index}", f"sum(dA{index} * A{index})"))


def _with_derivative(e: Edit, layer: Layer, write: Callable[[str], None]) -> None:
    """Let dZ = dA * F with the F that `write` writes; on an identity layer dZ is what dA would be."""
    index = layer.index
    dz, f = f"dZ{index}", f"wrong F{index}"
    e.shapes[f] = e.like(layer)
    calls = _through(e, layer)
    if layer.choice.name == "identity":
        with e.after(calls[-1]):
            write(f)
            e(dz, ops.multiply, dz, f)
    else:
        with e.instead(calls):
            write(f)
            e(dz, ops.multiply, f"dA{index}", f)


def _derivative_of(e: Edit, activation: Activation, parameters: Parameters, z: str, f: str) -> None:
    """f'(z) of an activation into `f`, with f(z) computed for it."""
    assert activation.derivative is not None
    a = f"{activation.name}({z})"
    e.shapes[a] = e.shape(z)
    activation.forward(e, z, a, parameters)
    activation.derivative(e, z, a, f, parameters)


def _missing(e: Edit, context: Context, layer: Layer, value: str) -> None:
    with e.instead(_through(e, layer)):
        e(f"dZ{layer.index}", ops.copy, f"dA{layer.index}")


def _identity(context: Context, layer: Layer, value: str) -> str | None:
    return "its activation is the identity: f' is 1" if layer.choice.name == "identity" else None


def _at_activation(e: Edit, context: Context, layer: Layer, value: str) -> None:
    a, choice = f"A{layer.index}", layer.choice
    if choice.activation.backward is not None:
        again = f"{choice.name}({a})"
        with e.instead(_through(e, layer)):
            e.shapes[again] = e.like(layer)
            choice.activation.forward(e, a, again, choice.parameters)
            choice.activation.backward(e, a, again, f"dA{layer.index}", f"dZ{layer.index}")
    else:
        _with_derivative(e, layer, lambda f: _derivative_of(e, choice.activation, choice.parameters, a, f))


def _same_at_activation(context: Context, layer: Layer, value: str) -> str | None:
    if layer.choice.name in _BY_SIGN:
        return f"its activation is {layer.choice.name}: f'(A) is f'(Z)"
    return _identity(context, layer, value)


def _formula_in_a(e: Edit, layer: Layer, f: str) -> None:
    """The formula that gives f' from A, given Z."""
    z, name = f"Z{layer.index}", layer.choice.name
    if name == "tanh":
        e(f, ops.square, z)
        e(f, ops.subtract, ONE, f)
    elif name == "elu":  # a + alpha left of 0, 1 right of it
        alpha, step = layer.choice.parameters["alpha"], f"step({z})"
        e(f, ops.minimum, z, ZERO)
        e(f, ops.add, f, number(alpha))
        e(step, ops.maximum, z, ZERO)
        e(step, ops.sign, step)
        e(step, ops.multiply, step, number(1.0 - alpha))
        e(f, ops.add, f, step)
    elif name == "softplus":  # 1 - exp(-a)
        e(f, ops.negative, z)
        e(f, ops.exp, f)
        e(f, ops.subtract, ONE, f)
    else:
        e(f, ops.subtract, ONE, z)
        e(f, ops.multiply, z, f)


def _on_preactivation(e: Edit, context: Context, layer: Layer, value: str) -> None:
    _with_derivative(e, layer, lambda f: _formula_in_a(e, layer, f))


def _no_formula_in_a(context: Context, layer: Layer, value: str) -> str | None:
    if layer.choice.name in _BY_SIGN:
        return f"its activation is {layer.choice.name}: its formula gives the same of Z as of A"
    return _identity(context, layer, value)


def _returns_input(e: Edit, context: Context, layer: Layer, value: str) -> None:
    _with_derivative(e, layer, lambda f: _put(e, f, f"Z{layer.index}"))


def _put(e: Edit, name: str, source: str) -> None:
    e(name, ops.copy, source)


def _wrong(e: Edit, context: Context, layer: Layer, value: str) -> None:
    other = ACTIVATIONS[_other_name(layer, value)]
    _with_derivative(e, layer, lambda f: _derivative_of(e, other, other.parameters, f"Z{layer.index}", f))


def _other_name(layer: Layer, value: str) -> str:
    """The activation whose f' is taken: sigmoid, or tanh on a sigmoid layer, where nothing is said."""
    if value != "another":
        return value
    return "tanh" if layer.choice.name == "sigmoid" else "sigmoid"


def _not_another(context: Context, layer: Layer, value: str) -> str | None:
    own, other = layer.choice.name, _other_name(layer, value)
    if own == other:
        return f"{other} is its own activation"
    if {own, other} == set(_BY_SIGN):
        return "ReLU's f' on leaky ReLU, or the reverse, is leaky_slope_mismatch"
    return None


def _of_neighbour(e: Edit, context: Context, layer: Layer, value: str) -> None:
    choice, neighbour = layer.choice, f"Z{_neighbour(context, layer, value)}"
    _with_derivative(e, layer, lambda f: _derivative_of(e, choice.activation, choice.parameters, neighbour, f))


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


def _slope(e: Edit, context: Context, layer: Layer, value: str) -> None:
    z = f"Z{layer.index}"

    def write(f: str) -> None:
        e(f, ops.maximum, z, ZERO)
        e(f, ops.sign, f)
        if layer.choice.name == "relu":
            e(f, ops.maximum, f, number(as_number(value)))

    _with_derivative(e, layer, write)


def _no_slope(context: Context, layer: Layer, value: str) -> str | None:
    if layer.choice.name not in _BY_SIGN:
        return f"its activation is {layer.choice.name}, not a ReLU"
    if layer.choice.name == "leaky_relu" and layer.choice.parameters["slope"] == 0.0:
        return "its slope is 0: it is a ReLU"
    try:
        as_number(value)
    except ValueError:
        return f"{value!r} is no positive number"
    return None


def _elementwise(e: Edit, context: Context, layer: Layer, value: str) -> None:
    a = f"A{layer.index}"

    def write(f: str) -> None:
        e(f, ops.subtract, ONE, a)
        e(f, ops.multiply, a, f)

    _with_derivative(e, layer, write)


def _no_softmax(context: Context, layer: Layer, value: str) -> str | None:
    return None if layer.choice.name == "softmax" else f"its activation is {layer.choice.name}, not softmax"


def _matmul(e: Edit, context: Context, layer: Layer, value: str) -> None:
    index = layer.index
    with e.instead(e.where(Phase.BACKWARD, layer=index, results=(f"dZ{index}",))):
        e(f"dZ{index}", ops.matmul, f"dA{index}", f"F{index}")


def _no_square(context: Context, layer: Layer, value: str) -> str | None:
    if layer.choice.activation.derivative is None:
        return f"its activation is {layer.choice.name}: there is no product with f'"
    if context.batch_sizes and set(context.batch_sizes) != {layer.fan_out}:
        return f"the product needs as many samples in every batch as the layer has units ({layer.fan_out})"
    return "one unit and one sample: the products are the same" if layer.fan_out == 1 else None


_REPLACES = ("the way through f'",)

FAULTS = (
    Fault(
        "missing_activation_derivative",
        "backward",
        "dZ = dA for dA * f'(Z); at the output dZ = dLoss/dA",
        _missing,
        _identity,
        replaces=_REPLACES,
        apart=True,
    ),
    Fault(
        "derivative_at_activation",
        "backward",
        "dZ = dA * f'(A) for dA * f'(Z)",
        _at_activation,
        _same_at_activation,
        replaces=_REPLACES,
        apart=True,
    ),
    Fault(
        "derivative_formula_on_preactivation",
        "backward",
        "the layer's own formula in A given Z: dZ = dA * Z (1 - Z) for A (1 - A), 1 - Z² for 1 - A²",
        _on_preactivation,
        _no_formula_in_a,
        replaces=_REPLACES,
        apart=True,
    ),
    Fault(
        "derivative_returns_input",
        "backward",
        "dZ = dA * Z for dA * f'(Z)",
        _returns_input,
        never,
        replaces=_REPLACES,
        apart=True,
    ),
    Fault(
        "wrong_activation_derivative",
        "backward",
        "dZ = dA * h'(Z) with h another activation (sigmoid, on a sigmoid layer tanh, where none is given)",
        _wrong,
        _not_another,
        every_layer,
        value="another",
        values=("another", *_CHOOSABLE),
        replaces=_REPLACES,
        apart=True,
    ),
    Fault(
        "derivative_of_other_layer",
        "backward",
        "dZ = dA * f'(Z of the layer below, or above, of equal width) for f' of its own Z",
        _of_neighbour,
        _no_neighbour,
        value="neighbour",
        values=("neighbour", "LAYER"),
        replaces=_REPLACES,
        apart=True,
    ),
    Fault(
        "leaky_slope_mismatch",
        "backward",
        "dZ = dA * (Z > 0) on leaky ReLU; on ReLU dZ = dA * (1 where Z > 0, else 0.01, or the slope given)",
        _slope,
        _no_slope,
        value="0.01",
        replaces=_REPLACES,
        apart=True,
    ),
    Fault(
        "softmax_derivative_elementwise",
        "backward",
        "dZ = dA * p (1 - p) for p * (dA - sum over classes of dA p)",
        _elementwise,
        _no_softmax,
        takes_layer=False,
        replaces=_REPLACES,
        apart=True,
    ),
)

PRODUCT = Fault(
    "matmul_for_elementwise",
    "backward",
    "dZ = dA f'(Z) as a matrix product, for the product of their elements",
    _matmul,
    _no_square,
    replaces=_REPLACES,
    apart=True,
)
