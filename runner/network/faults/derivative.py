"""Faults on the way back through an activation: dZ = dA * something that isn't f'(Z).

f'(Z) is computed all the same where the right program computes it: the watch reads from it which units are saturated.
"""

from __future__ import annotations

from collections.abc import Callable

from runner.network import ops
from runner.network.activation import Activation, Parameters
from runner.network.faults.edit import ProgramEdit
from runner.network.faults.fault import Context, Fault, never, not_softmax
from runner.network.layer import Layer
from runner.network.program import ONE, Phase

THE_WAY = ("the way through f'",)


def _through(e: ProgramEdit, layer: Layer) -> list[int]:
    """The calls that make dZ from dA."""
    index = layer.index
    return e.where(Phase.BACKWARD, layer=index, results=(f"dZ{index}", f"sum(dA{index} * A{index})"))


def with_derivative(e: ProgramEdit, layer: Layer, write: Callable[[str], object]) -> None:
    """Let dZ = dA * F with the F that `write` writes; on an identity layer dZ is what dA would be."""
    index = layer.index
    dz, f = f"dZ{index}", f"wrong F{index}"
    e.shapes[f] = e.like(layer)
    calls = _through(e, layer)
    if layer.choice.activation.is_identity:
        with e.after(calls[-1]):
            write(f)
            e(dz, ops.multiply, dz, f)
    else:
        with e.instead(calls):
            write(f)
            e(dz, ops.multiply, f"dA{index}", f)


def derivative_of(e: ProgramEdit, activation: Activation, parameters: Parameters, z: str, f: str) -> None:
    """f'(z) of an activation into `f`, with f(z) computed for it."""
    assert activation.derivative is not None
    a = f"{activation.name}({z})"
    e.shapes[a] = e.shape(z)
    activation.forward(e, z, a, parameters)
    activation.derivative(e, z, a, f, parameters)


def _missing(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    with e.instead(_through(e, layer)):
        e(f"dZ{layer.index}", ops.copy, f"dA{layer.index}")


def _identity(context: Context, layer: Layer, value: str) -> str | None:
    return "its activation is the identity: f' is 1" if layer.choice.activation.is_identity else None


def _at_activation(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    a, choice = f"A{layer.index}", layer.choice
    if choice.activation.backward is not None:
        again = f"{choice.name}({a})"
        with e.instead(_through(e, layer)):
            e.shapes[again] = e.like(layer)
            choice.activation.forward(e, a, again, choice.parameters)
            choice.activation.backward(e, a, again, f"dA{layer.index}", f"dZ{layer.index}")
    else:
        with_derivative(e, layer, lambda f: derivative_of(e, choice.activation, choice.parameters, a, f))


def _same_at_activation(context: Context, layer: Layer, value: str) -> str | None:
    if reason := _identity(context, layer, value):
        return reason
    homogeneous = layer.choice.activation.homogeneous
    return f"its activation is {layer.choice.name}: f'(A) is f'(Z)" if homogeneous else None


def _on_preactivation(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    choice = layer.choice
    formula = choice.activation.derivative_of_value
    assert formula is not None
    with_derivative(e, layer, lambda f: formula(e, f"Z{layer.index}", f, choice.parameters))


def _no_formula_in_a(context: Context, layer: Layer, value: str) -> str | None:
    if reason := _identity(context, layer, value):
        return reason
    name, activation = layer.choice.name, layer.choice.activation
    if activation.homogeneous:
        return f"its activation is {name}: its formula gives the same of Z as of A"
    return None if activation.derivative_of_value else f"its activation is {name}: no formula in A is known for its f'"


def _returns_input(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    with_derivative(e, layer, lambda f: e(f, ops.copy, f"Z{layer.index}"))


def _elementwise(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    a = f"A{layer.index}"

    def write(f: str) -> None:
        e(f, ops.subtract, ONE, a)
        e(f, ops.multiply, a, f)

    with_derivative(e, layer, write)


def _matmul(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    index = layer.index
    with e.instead(e.where(Phase.BACKWARD, layer=index, results=(f"dZ{index}",))):
        factors = (f"dA{index}", f"F{index}")
        e(f"dZ{index}", ops.matmul, *(factors if value == "columns" else factors[::-1]))


def _no_square(context: Context, layer: Layer, value: str) -> str | None:
    if layer.choice.activation.derivative is None:
        return f"its activation is {layer.choice.name}: there is no product with f'"
    if context.batch_sizes and set(context.batch_sizes) != {layer.fan_out}:
        return f"the product needs as many samples in every batch as the layer has units ({layer.fan_out})"
    return "one unit and one sample: the products are the same" if layer.fan_out == 1 else None


FAULTS = (
    Fault(
        "missing_activation_derivative",
        "backward",
        "delta",
        "dZ = dA",
        "dZ = dA * f'(Z)",
        _missing,
        _identity,
        replaces=THE_WAY,
        apart=True,
    ),
    Fault(
        "derivative_at_activation",
        "backward",
        "delta",
        "dZ = dA * f'(A)",
        "dZ = dA * f'(Z)",
        _at_activation,
        _same_at_activation,
        replaces=THE_WAY,
        apart=True,
    ),
    Fault(
        "derivative_formula_on_preactivation",
        "backward",
        "delta",
        "the formula of f' in terms of A, given Z: dZ = dA * Z * (1 - Z), or dA * (1 - Z²)",
        "dZ = dA * A * (1 - A) for sigmoid, dA * (1 - A²) for tanh",
        _on_preactivation,
        _no_formula_in_a,
        replaces=THE_WAY,
        apart=True,
    ),
    Fault(
        "derivative_returns_input",
        "backward",
        "delta",
        "dZ = dA * Z",
        "dZ = dA * f'(Z)",
        _returns_input,
        never,
        replaces=THE_WAY,
        apart=True,
    ),
    Fault(
        "softmax_derivative_elementwise",
        "backward",
        "delta",
        "dZ = dA * A * (1 - A)",
        "dZ = A * (dA - sum over classes of dA * A)",
        _elementwise,
        not_softmax,
        takes_layer=False,
        replaces=THE_WAY,
        apart=True,
    ),
    Fault(
        "matmul_for_elementwise",
        "backward",
        "delta",
        "dZ = dA f'(Z), a matrix product (=rows: of arrays with samples as rows)",
        "dZ = dA * f'(Z), element by element",
        _matmul,
        _no_square,
        value="columns",
        values=("columns", "rows"),
        replaces=THE_WAY,
        apart=True,
    ),
)
