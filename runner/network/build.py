"""Compiling an architecture: forward pass, loss, backward pass, as one program."""

from __future__ import annotations

from functools import lru_cache

from runner.network import ops
from runner.network.architecture import Architecture
from runner.network.dropout import dropped, emit_mask, mask
from runner.network.layer import Layer, parameter_names
from runner.network.loss import LossOptions
from runner.network.losses import LOSSES
from runner.network.normalisation import back_through_statistics, name_columns, normalise
from runner.network.program import SAMPLES, Emitter, Phase, Program, number


def forward_program(architecture: Architecture, *, as_written: bool = False) -> Program:
    """The program that computes the outputs A_L of (outputs, n) from the inputs."""
    e = _emitter(architecture)
    _forward(e, architecture, as_written=as_written)
    return e.program()


@lru_cache(maxsize=100)  # the runs of a sweep have few different ones
def training_program(
    architecture: Architecture, loss: str, options: LossOptions, weight_decay: float = 0.0, l1: float = 0.0
) -> Program:
    """The program that computes the loss and the gradient of all parameters.

    With `weight_decay` the gradient gets decay x W (biases not) and the loss half decay times the squared norm of W;
    with `l1` the gradient gets l1 x sign(W) and the loss l1 times the sum of |W|.
    """
    e = _emitter(architecture)
    output = architecture.layers[-1]
    fused = options.fused(LOSSES[loss], output.choice.name)
    _forward(e, architecture, as_written=not options.from_logits)
    e.layer = output.index
    if fused:
        value, derivative = fused
        source, result = f"Z{output.index}", f"dZ{output.index}"
    else:
        value, derivative = LOSSES[loss].value, LOSSES[loss].derivative
        source, result = f"A{output.index}", gradient_of_output(output)
    with e.during(Phase.LOSS):
        value(e, source, result, options)
    with e.during(Phase.BACKWARD):
        derivative(e, source, result, options)
        options.weigh(e, result)
        _backward(e, architecture)
    add_penalties(e, weight_decay, l1)
    return e.program()


def _emitter(architecture: Architecture) -> Emitter:
    """An emitter that knows the arrays which the workspace gives: inputs, targets, parameters, gradients."""
    e = Emitter()
    for flat in ("theta", "g", "is_weight"):
        e.shapes[flat] = (architecture.parameter_count,)
    for layer in architecture.layers:
        for name in parameter_names(layer, architecture.bias):
            e.shapes[name] = (layer.fan_out, layer.columns)
        if layer.normalised:
            name_columns(e, layer, architecture.bias)
    e.shapes["Y"] = (architecture.sizes[-1], SAMPLES)
    e.shapes[_with_ones(architecture, 0)] = (architecture.sizes[0] + architecture.bias, SAMPLES)
    return e


def _with_ones(architecture: Architecture, index: int) -> str:
    read = _read(architecture, index)
    return f"[{read};1]" if architecture.bias else read


def _read(architecture: Architecture, index: int) -> str:
    """What the layer above reads: the inputs, or the activations of a layer, after dropout where it has any."""
    return dropped(architecture.layers[index - 1]) if index else "A0"


def gradient_of_output(layer: Layer) -> str:
    """The name of dLoss/dA of a layer, which is dLoss/dZ where the activation is the identity."""
    return f"dZ{layer.index}" if layer.choice.activation.is_identity else f"dA{layer.index}"


def gradient_of_read(layer: Layer) -> str:
    """The name of the gradient of what the layer above reads, which the product with its weights gives."""
    return f"d{dropped(layer)}" if layer.dropout else gradient_of_output(layer)


def _forward(e: Emitter, architecture: Architecture, *, as_written: bool) -> None:
    for layer in architecture.layers:
        e.layer, index = layer.index, layer.index
        is_output = layer is architecture.layers[-1]
        weights, _ = parameter_names(layer, architecture.bias)
        z, a = f"Z{index}", f"A{index}"
        bias = f" + b{index}" if architecture.bias else ""
        e.phase = Phase.FORWARD
        inputs, read = _with_ones(architecture, index - 1), _read(architecture, index - 1)
        if layer.normalised:
            assert architecture.batch_norm is not None
            normalise(e, architecture.batch_norm, layer, inputs, read, architecture.bias)
        else:
            e(
                z,
                ops.matmul,
                weights,
                inputs,
                shape=(layer.fan_out, SAMPLES),
                text=f"{z} = W{index} {read}{bias}",
            )
        if is_output:
            e.phase = Phase.OUTPUT
        elif architecture.bias:
            whole = _with_ones(architecture, index)
            e.shapes[whole] = (layer.fan_out + 1, SAMPLES)
            e.filled.add(whole)
            e.top_rows(dropped(layer), whole, layer.fan_out)
        if layer.dropout:
            e.shapes[a] = e.shape(z)
            emit_mask(e, layer)
        activation = layer.choice.activation
        forward = (activation.as_written if as_written and is_output else None) or activation.forward
        forward(e, z, a, layer.choice.parameters)
        if layer.dropout:
            e(dropped(layer), ops.multiply, a, mask(layer))


def _backward(e: Emitter, architecture: Architecture) -> None:
    """From dLoss/dA (or dLoss/dZ) of the output down to the gradient of the first layer."""
    for layer in reversed(architecture.layers):
        index, e.layer = layer.index, layer.index
        weights, gradient = parameter_names(layer, architecture.bias)
        delta = f"dZ{index}"
        if not e.knows(delta):
            _through_activation(e, layer)
        bias = f", db{index} = dZ{index} 1" if architecture.bias else ""
        inputs, read = _with_ones(architecture, index - 1), _read(architecture, index - 1)
        if layer.normalised:
            delta = back_through_statistics(e, layer, inputs, read, architecture.bias)
        else:
            e(gradient, ops.matmul, delta, f"{inputs}ᵀ", text=f"dW{index} = dZ{index} {read}ᵀ{bias}")
        if index > 1:
            below = architecture.layers[index - 2]
            result = gradient_of_read(below)
            # The product with all of [W b] keeps the operand contiguous; its last rows are never read.
            whole = f"[{result};·]" if layer.columns > layer.fan_in else result
            e.shapes[whole] = (layer.columns, SAMPLES)
            if layer.columns > layer.fan_in:
                e.top_rows(result, whole, layer.fan_in)
            e.layer = below.index
            e(
                result,
                ops.matmul,
                f"{weights}ᵀ",
                delta,
                out=whole,
                text=f"{result} = W{index}ᵀ {delta}",
            )
            if below.dropout:
                e(gradient_of_output(below), ops.multiply, result, mask(below))


def _through_activation(e: Emitter, layer: Layer) -> None:
    """dZ from dA."""
    index, activation = layer.index, layer.choice.activation
    z, a, da, dz, f = f"Z{index}", f"A{index}", f"dA{index}", f"dZ{index}", f"F{index}"
    e.shapes[dz] = e.shape(z)
    if activation.backward is not None:
        activation.backward(e, z, a, da, dz)
    elif activation.derivative is not None:
        e.shapes[f] = e.shape(z)
        activation.derivative(e, z, a, f, layer.choice.parameters)
        e(dz, ops.multiply, da, f)


def add_penalties(e: Emitter, weight_decay: float, l1: float, loss_phase: Phase = Phase.LOSS) -> None:
    """Add the penalties on the weights to the loss and their derivatives to the gradient; biases have none.

    The derivative of |w| at w = 0 is taken as 0, the subgradient that leaves such a weight alone.
    """
    if not weight_decay and not l1:
        return
    e.layer = 0
    with e.during(loss_phase):
        e("weights", ops.multiply, "theta", "is_weight", shape=e.shape("theta"), text="weights = all W")
    if weight_decay:
        with e.during(loss_phase):
            e("penalty", ops.inner, "weights", "weights", shape=())
            e("penalty", ops.multiply, "penalty", number(0.5 * weight_decay))
            e("loss", ops.add, "loss", "penalty")
        with e.during(Phase.BACKWARD):
            e("decay", ops.multiply, "weights", number(weight_decay))
            e("g", ops.add, "g", "decay")
    if l1:
        with e.during(loss_phase):
            e("signs", ops.sign, "weights")
            e("l1", ops.inner, "signs", "weights", shape=())
            e("l1", ops.multiply, "l1", number(l1))
            e("loss", ops.add, "loss", "l1")
        with e.during(Phase.BACKWARD):
            e("shrinkage", ops.multiply, "signs", number(l1))
            e("g", ops.add, "g", "shrinkage")
