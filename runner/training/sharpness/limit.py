"""The largest learning rate at which gradient descent is stable, and how a rate compares with it."""

from __future__ import annotations

import math

from runner.settings.optimizer import OptimizerSettings, SGDSettings


def stability_limit(settings: OptimizerSettings, eigenvalue: float) -> float | None:
    """The learning rate above which steps along the eigenvector grow; None where no formula says so.

    For a quadratic loss of largest eigenvalue c: 2 / c for gradient descent, 2 (1 + b) / c with momentum b (Polyak
    1964), 2 (1 + b) / ((1 + 2 b) c) with Nesterov's (Cohen et al. 2021, appendix B: where a root of the recurrence
    leaves the unit circle). Infinite where c is not positive. Adam and RMSprop scale each parameter by itself, and
    clipping depends on the gradient's size: their limit can only be found by trial.
    """
    if not isinstance(settings, SGDSettings) or settings.clip_norm is not None:
        return None
    if eigenvalue <= 0.0:
        return math.inf
    b = settings.momentum
    return 2 * (1 + b) / ((1 + 2 * b if settings.nesterov else 1) * eigenvalue)


def against_limit(lr: float, limit: float) -> str:
    """A learning rate compared with its limit: 1.0e-8 is 5.9 times the limit of 1.7e-9 for these data."""
    if math.isinf(limit):
        return f"nothing limits a learning rate of {_number(lr, 3)} here: the loss curves upwards in no direction"
    return f"{_number(lr, 3)} is {_number(lr / limit, 2)} times the limit of {_number(limit, 2)} for these data"


def _number(value: float, digits: int) -> str:
    """Some significant digits; powers of ten for what is very small or large."""
    rounded = float(f"{value:.{digits}g}")
    if 1e-3 <= rounded < 1e4:
        return f"{rounded:g}"
    mantissa, _, exponent = f"{rounded:e}".partition("e")
    return f"{float(mantissa)}e{int(exponent)}"
