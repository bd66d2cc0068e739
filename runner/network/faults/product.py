"""Faults of the product that takes the delta of layer l + 1 back through its weights to layer l."""

from __future__ import annotations

from runner.network import ops
from runner.network.build import gradient_of_read
from runner.network.faults.edit import ProgramEdit
from runner.network.faults.fault import Context, Fault, is_output
from runner.network.layer import Layer, parameter_names
from runner.network.program import Call, Phase, number


def _product(e: ProgramEdit, layer: Layer) -> tuple[int, Call]:
    """The call W[l+1]ᵀ dZ[l+1] and where it stands."""
    position = e.where(Phase.BACKWARD, layer=layer.index, results=(gradient_of_read(layer),), op=ops.matmul)[0]
    return position, e.calls[position]


def _through(e: ProgramEdit, layer: Layer, matrix: str, *, out: bool = False) -> None:
    """Take the delta back through another matrix; `out`: one with a column for the bias."""
    position, call = _product(e, layer)
    with e.instead([position]):
        e(call.result, ops.matmul, matrix, call.operands[1], out=call.out if out else None)


def _blocks(context: Context, index: int) -> tuple[str, str]:
    return parameter_names(context.layer(index), context.architecture.bias)


def _not_transposed(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    _through(e, layer, f"W{layer.index + 1}")


def _not_square(context: Context, layer: Layer, value: str) -> str | None:
    if reason := is_output(context, layer):
        return reason
    above = context.layer(layer.index + 1)
    if above.fan_in != above.fan_out:
        return f"W{above.index} is {above.fan_out} x {above.fan_in}: only a square one goes both ways"
    return f"W{above.index} is a single number" if above.fan_in == 1 else None


def _whole_gradient(e: ProgramEdit, context: Context, index: int) -> str:
    """The gradient of a layer's parameters as the update uses it, penalties included (the bias's isn't read)."""
    block, gradient = _blocks(context, index)
    decay, shrinkage = (e.where(Phase.BACKWARD, results=(name,)) for name in ("decay", "shrinkage"))
    if not decay and not shrinkage:
        return gradient
    whole, part = f"{gradient} with penalties", f"penalties of {block}"
    with e.before(_product(e, context.layer(index - 1))[0]):
        e(whole, ops.copy, gradient, shape=e.shape(block))
        if decay:
            e(part, ops.multiply, block, number(context.weight_decay))
            e(whole, ops.add, whole, part)
        if shrinkage:
            e(part, ops.sign, block)
            e(part, ops.multiply, part, number(context.l1))
            e(whole, ops.add, whole, part)
    return whole


def _weight_gradient(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    _through(e, layer, f"{_whole_gradient(e, context, layer.index + 1)}ᵀ", out=True)


def _other_weights(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    other = _same_shape(context, layer, value)
    assert other is not None
    _through(e, layer, f"{_blocks(context, other)[0]}ᵀ", out=True)


def _same_shape(context: Context, layer: Layer, value: str) -> int | None:
    """The layer next to l + 1 whose weights have the same shape, the lower first; or the one that `value` says."""
    above = context.layer(layer.index + 1)
    layers = context.architecture.layers
    wanted = (above.index - 1, above.index + 1) if value == "neighbour" else (int(value),)
    for index in wanted:
        fits = 1 <= index <= len(layers) and index != above.index
        if fits and (layers[index - 1].fan_in, layers[index - 1].fan_out) == (above.fan_in, above.fan_out):
            return index
    return None


def _no_other_weights(context: Context, layer: Layer, value: str) -> str | None:
    if reason := is_output(context, layer):
        return reason
    if value != "neighbour" and not value.isdecimal():
        return f"{value!r} is not the number of a layer"
    if _same_shape(context, layer, value) is None:
        above = context.layer(layer.index + 1)
        which = "no neighbour" if value == "neighbour" else f"layer {value} is not another one that"
        return f"{which} has weights of the shape of W{above.index}, {above.fan_out} x {above.fan_in}"
    return None


def _updated_before(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    block, gradient = _blocks(context, layer.index + 1)[0], _whole_gradient(e, context, layer.index + 1)
    after = block.replace("]", "']").replace(" ", "' ") if context.architecture.bias else f"{block}'"
    position, _ = _product(e, layer)
    with e.before(position):
        e.shapes["lr"] = ()
        e(after, ops.scaled, gradient, "lr", shape=e.shape(block))
        e(after, ops.subtract, block, after)
    _through(e, layer, f"{after}ᵀ", out=True)


def _bias_leaks(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    above = context.layer(layer.index + 1)
    block, inputs, index = _blocks(context, above.index)[0], above.fan_in, above.index
    # A copy, since only whole arrays have the same product in a pack and alone.
    wrong = f"W{index}*"
    parts = {f"[W{index} b{index}][:,2:]": (slice(0, inputs), slice(1, above.columns))}
    if value == "first":
        parts = {
            f"b{index}": (slice(0, 1), slice(inputs, above.columns)),
            f"W{index}[:,:-1]": (slice(1, inputs), slice(0, inputs - 1)),
        }
    e.shapes[wrong] = (above.fan_out, inputs)
    with e.before(_product(e, layer)[0]):
        for source, (to, columns) in parts.items():
            if to.start < to.stop:
                part = f"{wrong}[:,{to.start + 1}:{to.stop}]"
                e.columns |= {part: (wrong, to), source: (block, columns)}
                e(part, ops.copy, source, text=f"{part} = {source}")
    _through(e, layer, f"{wrong}ᵀ")


def _no_leak(context: Context, layer: Layer, value: str) -> str | None:
    return is_output(context, layer) or (None if context.architecture.bias else "the network has no biases")


_REPLACES = ("the product with the weights above",)

FAULTS = (
    Fault(
        "weights_not_transposed",
        "backward",
        "product",
        "dA[l] = W[l+1] dZ[l+1]",
        "dA[l] = W[l+1]ᵀ dZ[l+1]",
        _not_transposed,
        _not_square,
        replaces=_REPLACES,
    ),
    Fault(
        "delta_uses_weight_gradient",
        "backward",
        "product",
        "dA[l] = dW[l+1]ᵀ dZ[l+1]",
        "dA[l] = W[l+1]ᵀ dZ[l+1]",
        _weight_gradient,
        lambda context, layer, value: is_output(context, layer),
        replaces=_REPLACES,
    ),
    Fault(
        "delta_uses_neighbour_weights",
        "backward",
        "product",
        "dA[l] = W[m]ᵀ dZ[l+1], with m another layer: l, else l + 2 (or =LAYER)",
        "dA[l] = W[l+1]ᵀ dZ[l+1]",
        _other_weights,
        _no_other_weights,
        value="neighbour",
        values=("neighbour", "LAYER"),
        replaces=_REPLACES,
    ),
    Fault(
        "weights_updated_before_backprop",
        "backward",
        "product",
        "dA[l] = (W[l+1] - lr * dW[l+1])ᵀ dZ[l+1]",
        "dA[l] = W[l+1]ᵀ dZ[l+1]",
        _updated_before,
        lambda context, layer, value: is_output(context, layer),
        replaces=_REPLACES,
        uses_rate=True,
    ),
    Fault(
        "bias_leaks_into_delta",
        "backward",
        "product",
        "dA[l] = [W b]ᵀ dZ[l+1] without its first row (=first: [b W]ᵀ dZ[l+1] without its last)",
        "dA[l] = W[l+1]ᵀ dZ[l+1]: the row of the bias is left out",
        _bias_leaks,
        _no_leak,
        value="last",
        values=("last", "first"),
        replaces=_REPLACES,
    ),
)
