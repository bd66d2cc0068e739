"""What an activation function is: its calls, its formula by hand, and what the program knows about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runner.network.program import Emitter

Parameters = Mapping[str, float]
Forward = Callable[[Emitter, str, str, Parameters], None]
Derivative = Callable[[Emitter, str, str, str, Parameters], None]
Backward = Callable[[Emitter, str, str, str, str], None]
DerivativeOfValue = Callable[[Emitter, str, str, Parameters], None]
Image = Callable[[Parameters], tuple[float, float]]


@dataclass(frozen=True)
class ByHand:
    """The textbook formula for a single number: its value, and how a person writes it down with that number in it.

    It is independent of the calls: the ladder and the tests compare the two.
    """

    value: Callable[[float, Parameters], float]
    text: Callable[[float, Parameters], str]


def anywhere(p: Parameters) -> tuple[float, float]:
    """The image of an activation whose values have no bounds."""
    return -math.inf, math.inf


def between(low: float, high: float) -> Image:
    """The image of an activation whose parameters don't change it."""
    return lambda p: (low, high)


def of_value(formula: DerivativeOfValue) -> Derivative:
    """The derivative of an activation whose f' needs a = f(z) alone."""
    return lambda e, z, a, f, p: formula(e, a, f, p)


@dataclass(frozen=True)
class Activation:
    """An activation function.

    `formula` is f(z) as text. `parameters` are its numbers with their defaults and `bounds` the closed interval that
    each must lie in; `image` is the range of its values, asymptotes included; `steepest` the largest |f'|, against
    which a unit counts as flat. `as_written` is the formula as it is usually written by hand, where that differs from
    `forward`: it is used at the output with `loss.from_logits: false`. `derivative_of_value` writes f' from a alone,
    where people know such a formula (a (1 - a) for the sigmoid). `by_hand` is None where f needs more than one number.

    `odd`: f(-z) = -f(z). `homogeneous`: f(cz) = c f(z) for c > 0, so that f' depends on the sign of z alone.
    `rectifier`: about 0 on one side, so that half of the variance is lost. `init`: the rule of initial weights that
    suits it, where that is another than he for a rectifier and xavier for the rest.
    """

    name: str
    formula: str
    forward: Forward
    derivative: Derivative | None
    by_hand: ByHand | None = None
    image: Image = anywhere
    steepest: float = 1.0
    parameters: Parameters = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    as_written: Forward | None = None
    backward: Backward | None = None
    derivative_of_value: DerivativeOfValue | None = None
    odd: bool = False
    homogeneous: bool = False
    rectifier: bool = False
    init: str = ""

    @property
    def suited_init(self) -> str:
        """The rule of initial weights that keeps the variance of activations through layers of it."""
        return self.init or ("he" if self.rectifier else "xavier")

    @property
    def is_identity(self) -> bool:
        """Whether f(z) = z, so that dLoss/dA is dLoss/dZ."""
        return self.derivative is None and self.backward is None
