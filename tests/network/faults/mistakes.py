"""Every mistake of the catalogue once more, by hand, as a hook of the textbook network.

`MISTAKES[name](net, layer, value)` makes it. The formulas are those of the catalogue's table, read independently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from textbook import LOSS_SLOPE, PAIR_LOSS, SLOPE, Array, F, Textbook, through_softmax

Mistake = Callable[[Textbook, int, str], None]
MISTAKES: dict[str, Mistake] = {}


def mistake(make: Mistake) -> Mistake:
    MISTAKES[make.__name__] = make
    return make


def at(net: Textbook, hook: str, layer: int, wrong: Callable[..., Any]) -> None:
    """Replace a hook at one layer; `wrong` gets the hook's other arguments."""
    right = getattr(net, hook)
    setattr(net, hook, lambda index, *rest: wrong(*rest) if index == layer else right(index, *rest))


@mistake
def output_reads_preactivation(net: Textbook, layer: int, value: str) -> None:
    at(net, "feeds", layer, lambda: net.Z[layer])


@mistake
def relu_without_effect(net: Textbook, layer: int, value: str) -> None:
    at(net, "activation", layer, lambda z: z)


@mistake
def sigmoid_twice(net: Textbook, layer: int, value: str) -> None:
    name = net.names[layer - 1]
    f = F[name]
    at(net, "activation", layer, lambda z: f(f(z)))

    def back(da: Array) -> Array:
        z = net.Z[layer] if value == "inner" else f(net.Z[layer])
        return through_softmax(f(z), da) if name == "softmax" else da * SLOPE[name](z)

    at(net, "through", layer, back)


@mistake
def bias_missing(net: Textbook, layer: int, value: str) -> None:
    at(net, "preactivation", layer, lambda read: read @ net.W[layer - 1])


@mistake
def bias_sign_flipped(net: Textbook, layer: int, value: str) -> None:
    if value == "gradient":
        at(net, "db", layer, lambda: -net.D[layer].sum(axis=0))
    else:
        at(net, "preactivation", layer, lambda read: read @ net.W[layer - 1] - net.b[layer - 1])


@mistake
def softmax_over_batch(net: Textbook, layer: int, value: str) -> None:
    at(net, "activation", layer, lambda z: np.exp(z) / np.exp(z).sum(axis=0))


@mistake
def naive_sigmoid(net: Textbook, layer: int, value: str) -> None:
    at(net, "activation", layer, lambda z: 1 / (1 + np.exp(-z)))


@mistake
def naive_softmax(net: Textbook, layer: int, value: str) -> None:
    at(net, "activation", layer, lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


@mistake
def output_ignores_input(net: Textbook, layer: int, value: str) -> None:
    def inputs() -> Array:
        first = net.memory.setdefault("first", net.X[0].copy())
        return np.tile(first, (net.n, 1))

    net.inputs = inputs  # type: ignore[method-assign]


@mistake
def loss_cross_terms(net: Textbook, layer: int, value: str) -> None:
    def product(a: Array, b: Array) -> float:
        return float((a @ b.T if value != "outputs" else a.T @ b).sum())  # rows are samples here

    def loss() -> float:
        A, Y = net.A[net.depth], net.Y
        if net.kind == "categorical_cross_entropy":
            total = -product(Y, np.log(A))
        elif net.kind == "binary_cross_entropy":
            total = -product(Y, np.log(A)) - product(1 - Y, np.log(1 - A))
        else:
            total = product(A - Y, A - Y) * (0.5 if net.kind == "half_squared_error" else 1.0)
        return total * {"1/n": 1 / net.n, "1": 1.0}.get(value, net.per_sample())

    net.loss = loss  # type: ignore[method-assign]


@mistake
def target_broadcast(net: Textbook, layer: int, value: str) -> None:
    def loss() -> float:
        pairs = PAIR_LOSS[net.kind](net.A[net.depth], net.Y.ravel())  # (n, 1) with (n,) is (n, n)
        return pairs.mean() if net.mean else pairs.sum()

    def gradient() -> Array:
        slopes = LOSS_SLOPE[net.kind](net.A[net.depth], net.Y.ravel())  # of each pair
        return slopes.sum(axis=1, keepdims=True) / (net.n**2 if net.mean else 1)

    net.loss = loss  # type: ignore[method-assign]
    if value == "both":
        net.dA_output = gradient  # type: ignore[method-assign]


@mistake
def gradient_of_another_loss(net: Textbook, layer: int, value: str) -> None:
    def residual() -> Array:
        return (net.A[net.depth] - net.Y) * net.per_sample()

    if "entropy" in net.kind:
        net.dA_output = residual  # type: ignore[method-assign]
    else:
        net.output_delta = residual  # type: ignore[method-assign]


@mistake
def bce_on_softmax(net: Textbook, layer: int, value: str) -> None:
    def loss() -> float:
        A, Y = net.A[net.depth], net.Y
        return -(Y * np.log(A) + (1 - Y) * np.log(1 - A)).sum() * net.per_sample()

    net.loss = loss  # type: ignore[method-assign]
    net.output_delta = lambda: (net.A[net.depth] - net.Y) * net.per_sample()  # type: ignore[method-assign]


def times(net: Textbook, factor: Callable[[], float]) -> None:
    right = net.scale
    net.scale = lambda: right() * factor()  # type: ignore[method-assign]


@mistake
def gradient_not_averaged(net: Textbook, layer: int, value: str) -> None:
    times(net, lambda: net.n)


@mistake
def gradient_averaged_loss_summed(net: Textbook, layer: int, value: str) -> None:
    times(net, lambda: 1 / net.n)


@mistake
def gradient_averaged_twice(net: Textbook, layer: int, value: str) -> None:
    times(net, lambda: 1 / net.n)


@mistake
def factor_two(net: Textbook, layer: int, value: str) -> None:
    times(net, lambda: {"2": 2.0, "1/2": 0.5, "0.5": 0.5}[value])


@mistake
def output_reduction_mismatch(net: Textbook, layer: int, value: str) -> None:
    if value == "k":
        right = net.loss
        net.loss = lambda: right() / net.k  # type: ignore[method-assign]
    else:
        times(net, lambda: 1 / net.k)


@mistake
def constant_scale(net: Textbook, layer: int, value: str) -> None:
    times(net, lambda: float(value))


@mistake
def batch_size_assumed(net: Textbook, layer: int, value: str) -> None:
    def assumed() -> float:
        first = net.memory.setdefault("n", net.n)
        return {"batch": float(first), "features": float(net.X.shape[1])}.get(value, 5.0)

    times(net, lambda: net.n / assumed())


@mistake
def weight_decay_not_in_loss(net: Textbook, layer: int, value: str) -> None:
    net.penalty = lambda: 0.0  # type: ignore[method-assign]


@mistake
def weight_decay_not_in_gradient(net: Textbook, layer: int, value: str) -> None:
    net.decay_gradient = lambda index: 0.0 * net.W[index - 1]  # type: ignore[method-assign]


def reporting(net: Textbook, wrong: Callable[[dict[str, Array]], dict[str, Array]]) -> None:
    right = net.reported
    net.reported = lambda gradients: wrong(right(gradients))  # type: ignore[method-assign]


@mistake
def sign_flipped(net: Textbook, layer: int, value: str) -> None:
    names = (f"dW{layer}", f"db{layer}")
    reporting(net, lambda g: {name: -array if name in names else array for name, array in g.items()})


@mistake
def missing_activation_derivative(net: Textbook, layer: int, value: str) -> None:
    at(net, "through", layer, lambda da: da)


@mistake
def derivative_at_activation(net: Textbook, layer: int, value: str) -> None:
    name = net.names[layer - 1]
    if name == "softmax":
        at(net, "through", layer, lambda da: through_softmax(F[name](net.A[layer]), da))
    else:
        at(net, "through", layer, lambda da: da * SLOPE[name](net.A[layer]))


@mistake
def derivative_formula_on_preactivation(net: Textbook, layer: int, value: str) -> None:
    formula: dict[str, Callable[[Array], Array]] = {
        "sigmoid": lambda a: a * (1 - a),
        "softmax": lambda a: a * (1 - a),
        "tanh": lambda a: 1 - a**2,
        "elu": lambda a: np.where(a > 0, 1.0, a + 1.0),
        "softplus": lambda a: 1 - np.exp(-a),
    }
    at(net, "through", layer, lambda da: da * formula[net.names[layer - 1]](net.Z[layer]))


@mistake
def derivative_returns_input(net: Textbook, layer: int, value: str) -> None:
    at(net, "through", layer, lambda da: da * net.Z[layer])


@mistake
def wrong_activation_derivative(net: Textbook, layer: int, value: str) -> None:
    if value == "another":
        value = "tanh" if net.names[layer - 1] == "sigmoid" else "sigmoid"
    at(net, "through", layer, lambda da: da * SLOPE[value](net.Z[layer]))


@mistake
def derivative_of_other_layer(net: Textbook, layer: int, value: str) -> None:
    neighbours = [index for index in (layer - 1, layer + 1) if 1 <= index <= net.depth]
    width = net.W[layer - 1].shape[1]
    equal = next(index for index in neighbours if net.W[index - 1].shape[1] == width)
    at(net, "through", layer, lambda da: da * SLOPE[net.names[layer - 1]](net.Z[equal]))


@mistake
def leaky_slope_mismatch(net: Textbook, layer: int, value: str) -> None:
    other = {"relu": float(value), "leaky_relu": 0.0}[net.names[layer - 1]]
    at(net, "through", layer, lambda da: da * np.where(net.Z[layer] > 0, 1.0, other))


@mistake
def softmax_derivative_elementwise(net: Textbook, layer: int, value: str) -> None:
    at(net, "through", layer, lambda da: da * net.A[layer] * (1 - net.A[layer]))


@mistake
def matmul_for_elementwise(net: Textbook, layer: int, value: str) -> None:
    # Here samples are rows; with samples as columns the product is dA F, and its transpose F dA with them as rows.
    def product(da: Array) -> Array:
        slope = SLOPE[net.names[layer - 1]](net.Z[layer])
        return da @ slope if value == "rows" else (da.T @ slope.T).T

    at(net, "through", layer, product)


@mistake
def weights_not_transposed(net: Textbook, layer: int, value: str) -> None:
    at(net, "back", layer, lambda: net.D[layer + 1] @ net.W[layer])


@mistake
def delta_uses_weight_gradient(net: Textbook, layer: int, value: str) -> None:
    at(net, "back", layer, lambda: net.D[layer + 1] @ net.dW_above.T)


@mistake
def delta_uses_neighbour_weights(net: Textbook, layer: int, value: str) -> None:
    shape = net.W[layer].shape
    other = layer if net.W[layer - 1].shape == shape else layer + 2
    at(net, "back", layer, lambda: net.D[layer + 1] @ net.W[other - 1].T)


@mistake
def weights_updated_before_backprop(net: Textbook, layer: int, value: str) -> None:
    at(net, "back", layer, lambda: net.D[layer + 1] @ (net.W[layer] - net.lr * net.dW_above).T)


@mistake
def bias_leaks_into_delta(net: Textbook, layer: int, value: str) -> None:
    W, b = net.W[layer], net.b[layer]
    wrong = np.vstack([W[1:], b]) if value == "last" else np.vstack([b, W[:-1]])
    at(net, "back", layer, lambda: net.D[layer + 1] @ wrong.T)


@mistake
def weight_gradient_uses_own_output(net: Textbook, layer: int, value: str) -> None:
    at(net, "dW", layer, lambda: net.A[layer].T @ net.D[layer] + np.zeros_like(net.W[layer - 1]))


@mistake
def weight_gradient_uses_weights(net: Textbook, layer: int, value: str) -> None:
    at(net, "dW", layer, lambda: net.W[layer - 1] * net.D[layer].sum(axis=0))


@mistake
def layer_not_updated(net: Textbook, layer: int, value: str) -> None:
    names = (f"dW{layer}", f"db{layer}")
    reporting(net, lambda g: {name: 0 * array if name in names else array for name, array in g.items()})


@mistake
def bias_gradient_missing(net: Textbook, layer: int, value: str) -> None:
    at(net, "db", layer, lambda: np.zeros_like(net.b[layer - 1]))


@mistake
def first_bias_input_zero(net: Textbook, layer: int, value: str) -> None:
    at(net, "db", 1, lambda: (np.zeros((1, net.n)) @ net.D[1])[0])


@mistake
def bias_gradient_not_averaged(net: Textbook, layer: int, value: str) -> None:
    at(net, "db", layer, lambda: net.n * net.D[layer].sum(axis=0))


@mistake
def bias_gradient_wrong_axis(net: Textbook, layer: int, value: str) -> None:
    if value == "units":
        at(net, "db", layer, lambda: net.D[layer].sum(axis=1))
    else:
        at(net, "db", layer, lambda: np.full_like(net.b[layer - 1], net.D[layer].sum()))


@mistake
def gradient_not_reset(net: Textbook, layer: int, value: str) -> None:
    def add(gradients: dict[str, Array]) -> dict[str, Array]:
        last = net.memory.get("sum", {name: np.zeros_like(array) for name, array in gradients.items()})
        net.memory["sum"] = {name: last[name] + array for name, array in gradients.items()}
        return net.memory["sum"]  # type: ignore[no-any-return]

    reporting(net, add)


@mistake
def stale_cache(net: Textbook, layer: int, value: str) -> None:
    def earlier(gradients: dict[str, Array]) -> dict[str, Array]:
        last = net.memory.get("last", gradients)
        net.memory["last"] = gradients
        return last  # type: ignore[no-any-return]

    reporting(net, earlier)


@mistake
def parameters_as_gradient(net: Textbook, layer: int, value: str) -> None:
    def parameters(gradients: dict[str, Array]) -> dict[str, Array]:
        both = {f"dW{i}": w for i, w in enumerate(net.W, 1)} | {f"db{i}": b for i, b in enumerate(net.b, 1)}
        return {name: both[name] for name in gradients}

    reporting(net, parameters)
