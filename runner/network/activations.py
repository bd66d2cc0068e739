"""Activations: the function and its derivative side by side, as calls of a program.

`activation` says what an entry holds. To add one, write an entry of `ACTIVATIONS`; the settings, `show activations`,
the gradient check, the ladder and the tests take it from there. `forward` writes the calls for a from z; `derivative`
writes those for f'(z) into f, where both z and a = f(z) are available. Softmax, whose outputs depend on all units, has
`backward` instead. At a kink f' is the derivative from the left.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike

from runner.network import ops
from runner.network.activation import Activation, ByHand, Parameters, between, of_value
from runner.network.program import ONE, ZERO, Constant, Emitter, number


def _lowest_exponent(n: int, dtype: DTypeLike) -> float:
    return -(math.floor(math.log(np.finfo(np.dtype(dtype)).max)) - 1.0)


# exp(-z) is finite and its reciprocal a normal number down to here: -708 in float64, -87 in float32.
LOWEST_EXPONENT = Constant("lowest", _lowest_exponent)
MINUS_ONE = number(-1.0)
# Klambauer et al. 2017, eq. 14: with these, mean 0 and variance 1 are a fixed point from layer to layer.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _identity(e: Emitter, z: str, a: str, p: Parameters) -> None:
    e(a, ops.copy, z)


def _sigmoid(e: Emitter, z: str, a: str, p: Parameters) -> None:
    e(a, ops.maximum, z, LOWEST_EXPONENT)
    _sigmoid_as_written(e, a, a, p)


def _sigmoid_as_written(e: Emitter, z: str, a: str, p: Parameters) -> None:
    e(a, ops.negative, z)
    e(a, ops.exp, a)
    e(a, ops.add, ONE, a)
    e(a, ops.reciprocal, a)


def _sigmoid_derivative_of_value(e: Emitter, a: str, f: str, p: Parameters) -> None:
    e(f, ops.subtract, ONE, a)
    e(f, ops.multiply, a, f)


def _tanh(e: Emitter, z: str, a: str, p: Parameters) -> None:
    e(a, ops.tanh, z)


def _tanh_derivative_of_value(e: Emitter, a: str, f: str, p: Parameters) -> None:
    e(f, ops.square, a)
    e(f, ops.subtract, ONE, f)


def _relu(e: Emitter, z: str, a: str, p: Parameters) -> None:
    e(a, ops.maximum, z, ZERO)


def _relu_derivative(e: Emitter, z: str, a: str, f: str, p: Parameters) -> None:
    e(f, ops.sign, a)


def _leaky_relu(e: Emitter, z: str, a: str, p: Parameters) -> None:
    e(a, ops.multiply, number(p["slope"]), z)
    e(a, ops.maximum, z, a)


def _leaky_relu_derivative(e: Emitter, z: str, a: str, f: str, p: Parameters) -> None:
    e(f, ops.sign, z)
    e(f, ops.maximum, f, number(p["slope"]))


def _elu(e: Emitter, z: str, a: str, p: Parameters) -> None:
    negative_part = f"below({a})"
    e(negative_part, ops.minimum, z, ZERO)
    e(negative_part, ops.expm1, negative_part)
    e(negative_part, ops.multiply, number(p["alpha"]), negative_part)
    e(a, ops.maximum, z, ZERO)
    e(a, ops.add, a, negative_part)


def _elu_derivative(e: Emitter, z: str, a: str, f: str, p: Parameters) -> None:
    # alpha exp(z) left of 0; right of it exp(min(z, 0)) is 1, and alpha + (1 - alpha) step(z) is 1, too.
    alpha, step = p["alpha"], f"step({f})"
    e(f, ops.minimum, z, ZERO)
    e(f, ops.exp, f)
    if alpha != 1.0:
        e(f, ops.multiply, number(alpha), f)
        e(step, ops.maximum, z, ZERO)
        e(step, ops.sign, step)
        e(step, ops.multiply, number(1.0 - alpha), step)
        e(f, ops.add, f, step)


def _elu_derivative_of_value(e: Emitter, a: str, f: str, p: Parameters) -> None:
    # a + alpha left of 0, 1 right of it.
    step = f"step({a})"
    e(f, ops.minimum, a, ZERO)
    e(f, ops.add, f, number(p["alpha"]))
    e(step, ops.maximum, a, ZERO)
    e(step, ops.sign, step)
    e(step, ops.multiply, step, number(1.0 - p["alpha"]))
    e(f, ops.add, f, step)


def _gelu(e: Emitter, z: str, a: str, p: Parameters) -> None:
    share = f"share({a})"
    e(share, ops.normal_cdf, z)
    e(a, ops.multiply, z, share)


def _gelu_derivative(e: Emitter, z: str, a: str, f: str, p: Parameters) -> None:
    # share + z times the normal density, exp(-z²/2) / sqrt(2 pi).
    e(f, ops.square, z)
    e(f, ops.multiply, number(-0.5), f)
    e(f, ops.exp, f)
    e(f, ops.multiply, z, f)
    e(f, ops.multiply, Constant("1/sqrt(2 pi)", lambda n, dtype: 1.0 / math.sqrt(2.0 * math.pi)), f)
    e(f, ops.add, f, f"share({a})")


def _silu(e: Emitter, z: str, a: str, p: Parameters) -> None:
    share = f"share({a})"
    e.shapes[share] = e.shape(z)
    _sigmoid(e, z, share, p)
    e(a, ops.multiply, z, share)


def _silu_derivative(e: Emitter, z: str, a: str, f: str, p: Parameters) -> None:
    # share + z share (1 - share), in which z share is a.
    share = f"share({a})"
    e(f, ops.subtract, ONE, share)
    e(f, ops.multiply, a, f)
    e(f, ops.add, f, share)


def _selu(e: Emitter, z: str, a: str, p: Parameters) -> None:
    _elu(e, z, a, {"alpha": SELU_ALPHA})
    e(a, ops.multiply, number(SELU_SCALE), a)


def _selu_derivative(e: Emitter, z: str, a: str, f: str, p: Parameters) -> None:
    _elu_derivative(e, z, a, f, {"alpha": SELU_ALPHA})
    e(f, ops.multiply, number(SELU_SCALE), f)


def _selu_derivative_of_value(e: Emitter, a: str, f: str, p: Parameters) -> None:
    # a + scale alpha left of 0, scale right of it.
    step = f"step({a})"
    e(f, ops.minimum, a, ZERO)
    e(f, ops.add, f, number(SELU_SCALE * SELU_ALPHA))
    e(step, ops.maximum, a, ZERO)
    e(step, ops.sign, step)
    e(step, ops.multiply, step, number(SELU_SCALE * (1.0 - SELU_ALPHA)))
    e(f, ops.add, f, step)


def _softplus(e: Emitter, z: str, a: str, p: Parameters) -> None:
    # max(z, 0) + log(1 + exp(-|z|)), which never overflows.
    tail = f"tail({a})"
    e(tail, ops.copysign, z, MINUS_ONE, text=f"{tail} = -|{z}|")
    e(tail, ops.exp, tail)
    e(tail, ops.log1p, tail)
    e(a, ops.maximum, z, ZERO)
    e(a, ops.add, a, tail)


def _softplus_derivative(e: Emitter, z: str, a: str, f: str, p: Parameters) -> None:
    # sigmoid(z) = exp(z - softplus(z)), accurate in both tails.
    e(f, ops.subtract, z, a)
    e(f, ops.exp, f)


def _softplus_derivative_of_value(e: Emitter, a: str, f: str, p: Parameters) -> None:
    # 1 - exp(-a)
    e(f, ops.negative, a)
    e(f, ops.exp, f)
    e(f, ops.subtract, ONE, f)


def _softmax(e: Emitter, z: str, a: str, p: Parameters) -> None:
    largest, total = f"max({z})", f"sum({a})"
    one_row = (1, *e.shape(z)[1:])
    e(largest, ops.max_over_units, z, shape=one_row)
    e(a, ops.subtract, z, largest)
    e(a, ops.exp, a)
    e(total, ops.sum_over_units, a, shape=one_row)
    e(a, ops.divide, a, total)


def _softmax_backward(e: Emitter, z: str, a: str, da: str, dz: str) -> None:
    # The Jacobian diag(a) - a aᵀ times da, sample by sample.
    common = f"sum({da} * {a})"
    e(dz, ops.multiply, da, a)
    e(common, ops.sum_over_units, dz, shape=(1, *e.shape(dz)[1:]), text=f"{common} over units")
    e(dz, ops.subtract, da, common)
    e(dz, ops.multiply, dz, a)


_ALL = (
    Activation("identity", "z", _identity, None, ByHand(lambda z, p: z, lambda z, p: "z"), odd=True, homogeneous=True),
    Activation(
        "sigmoid",
        "1 / (1 + exp(-z))",
        _sigmoid,
        of_value(_sigmoid_derivative_of_value),
        ByHand(
            lambda z, p: 1.0 / (1.0 + math.exp(-z)) if z > 0 else math.exp(z) / (1.0 + math.exp(z)),
            lambda z, p: f"1 / (1 + exp({-z:.6g}))",
        ),
        between(0.0, 1.0),
        steepest=0.25,
        as_written=_sigmoid_as_written,
        derivative_of_value=_sigmoid_derivative_of_value,
    ),
    Activation(
        "tanh",
        "tanh(z)",
        _tanh,
        of_value(_tanh_derivative_of_value),
        ByHand(lambda z, p: math.tanh(z), lambda z, p: f"tanh({z:.6g})"),
        between(-1.0, 1.0),
        derivative_of_value=_tanh_derivative_of_value,
        odd=True,
    ),
    Activation(
        "relu",
        "max(z, 0)",
        _relu,
        _relu_derivative,
        ByHand(lambda z, p: z if z > 0 else 0.0, lambda z, p: f"max({z:.6g}, 0)"),
        between(0.0, math.inf),
        homogeneous=True,
        rectifier=True,
    ),
    Activation(
        "leaky_relu",
        "z if z > 0, else slope * z",
        _leaky_relu,
        _leaky_relu_derivative,
        ByHand(
            lambda z, p: z if z > 0 else p["slope"] * z,
            lambda z, p: f"{z:.6g}" if z > 0 else f"{p['slope']:.6g} * {z:.6g}",
        ),
        lambda p: (0.0 if p["slope"] == 0.0 else -math.inf, math.inf),
        parameters={"slope": 0.01},
        bounds={"slope": (0.0, 1.0)},
        homogeneous=True,
        rectifier=True,
    ),
    Activation(
        "elu",
        "z if z > 0, else alpha * (exp(z) - 1)",
        _elu,
        _elu_derivative,
        ByHand(
            lambda z, p: z if z > 0 else p["alpha"] * (math.exp(z) - 1.0),
            lambda z, p: f"{z:.6g}" if z > 0 else f"{p['alpha']:.6g} * (exp({z:.6g}) - 1)",
        ),
        lambda p: (-p["alpha"], math.inf),
        parameters={"alpha": 1.0},
        bounds={"alpha": (0.0, math.inf)},
        derivative_of_value=_elu_derivative_of_value,
        rectifier=True,
    ),
    Activation(
        "gelu",
        "z * Phi(z), with Phi the distribution function of the standard normal",
        _gelu,
        _gelu_derivative,
        ByHand(
            lambda z, p: z * 0.5 * math.erfc(-z / math.sqrt(2.0)),
            lambda z, p: f"{z:.6g} * (1 + erf({z:.6g} / sqrt(2))) / 2",
        ),
        between(-0.16997120747990370, math.inf),  # where z = -0.7518
        steepest=0.5 * (1.0 + math.erf(1.0)) + math.exp(-1.0) / math.sqrt(math.pi),  # where z = sqrt(2)
        rectifier=True,
    ),
    Activation(
        "silu",
        "z / (1 + exp(-z))",
        _silu,
        _silu_derivative,
        ByHand(
            lambda z, p: z / (1.0 + math.exp(-z)) if z > 0 else z * math.exp(z) / (1.0 + math.exp(z)),
            lambda z, p: f"{z:.6g} / (1 + exp({-z:.6g}))",
        ),
        between(-0.27846454276107380, math.inf),  # where z = -1.2785
        steepest=1.0998393201288670,  # where z = 2.3994
        rectifier=True,
    ),
    Activation(
        "selu",
        "1.0507 * (z if z > 0, else 1.67326 * (exp(z) - 1))",
        _selu,
        _selu_derivative,
        ByHand(
            lambda z, p: SELU_SCALE * (z if z > 0 else SELU_ALPHA * (math.exp(z) - 1.0)),
            lambda z, p: f"1.0507 * {z:.6g}" if z > 0 else f"1.0507 * 1.67326 * (exp({z:.6g}) - 1)",
        ),
        between(-SELU_SCALE * SELU_ALPHA, math.inf),
        steepest=SELU_SCALE * SELU_ALPHA,
        derivative_of_value=_selu_derivative_of_value,
        init="lecun",
    ),
    Activation(
        "softplus",
        "log(1 + exp(z))",
        _softplus,
        _softplus_derivative,
        ByHand(
            lambda z, p: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
            lambda z, p: f"log(1 + exp({z:.6g}))",
        ),
        between(0.0, math.inf),
        derivative_of_value=_softplus_derivative_of_value,
        rectifier=True,
    ),
    Activation(
        "softmax",
        "exp(z) / sum over units of exp(z)",
        _softmax,
        None,
        image=between(0.0, 1.0),
        backward=_softmax_backward,
        derivative_of_value=_sigmoid_derivative_of_value,
    ),
)

ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in _ALL}
