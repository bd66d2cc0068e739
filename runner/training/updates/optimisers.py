"""Optimisers: how a gradient becomes an update, as calls at the end of a program.

Each writes the update `u` from the gradient; clipping before and theta - u after are shared. The numbers that change
from step to step are scalars of the workspace, set by `Rates`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runner.network import ops
from runner.network.layout import Layout
from runner.network.program import ONE, Emitter, Phase, Program, number
from runner.settings.optimizer import (
    AdamSettings,
    GradientSettings,
    LBFGSSettings,
    OptimizerSettings,
    RMSpropSettings,
    SGDSettings,
)
from runner.training.updates import lbfgs
from runner.training.updates.rates import scalars


@dataclass(frozen=True)
class Optimiser:
    """An optimiser: `emit` writes u from a gradient; `state` names the arrays that it keeps from step to step."""

    emit: Callable[[Emitter, OptimizerSettings, str], None]
    state: tuple[str, ...]


def _sgd(e: Emitter, s: OptimizerSettings, g: str) -> None:
    assert isinstance(s, SGDSettings)
    # The update overwrites the gradient, which is not needed any more: a third less memory traffic.
    e.slice("u", "g", slice(0, *e.shape("g")))
    if s.momentum == 0.0:
        e("u", ops.multiply, g, "lr", text=f"u = lr {g}")
        return
    # v = momentum v + g; u = lr v, or with Nesterov's look ahead lr (g + momentum v) (Sutskever et al. 2013).
    momentum = number(s.momentum)
    e("v", ops.multiply, "v", momentum, shape=e.shape("g"))
    e("v", ops.add, "v", g)
    direction = "v"
    if s.nesterov:
        direction = e("ahead", ops.multiply, "v", momentum)
        e(direction, ops.add, direction, g)
    e("u", ops.multiply, direction, "lr", text=f"u = lr {direction}")


def _rmsprop(e: Emitter, s: OptimizerSettings, g: str) -> None:
    assert isinstance(s, RMSpropSettings)
    # Tieleman and Hinton 2012: s = rho s + (1 - rho) g²; u = lr g / (sqrt(s) + epsilon).
    _running_mean_of_square(e, "s", g, s.rho)
    e("u", ops.sqrt, "s")
    e("u", ops.add, "u", number(s.epsilon))
    e("u", ops.divide, g, "u")
    e("u", ops.multiply, "u", "lr")


def _adam(e: Emitter, s: OptimizerSettings, g: str) -> None:
    assert isinstance(s, AdamSettings)
    # Kingma and Ba 2015, algorithm 1; both corrections are scalars that `Rates` sets.
    e("share", ops.multiply, g, number(1 - s.beta1))
    e("m", ops.multiply, "m", number(s.beta1), shape=e.shape("g"))
    e("m", ops.add, "m", "share")
    _running_mean_of_square(e, "s", g, s.beta2)
    e("u", ops.sqrt, "s")
    e("u", ops.multiply, "u", "correction2")
    e("u", ops.add, "u", number(s.epsilon))
    e("u", ops.divide, "m", "u")
    e("u", ops.multiply, "u", "lr", text="u = lr / (1 - beta1^t) * u")


def _adamw(e: Emitter, s: OptimizerSettings, g: str) -> None:
    # Loshchilov and Hutter 2019, algorithm 2 without its schedule: Adam's update, and beside it lr x decay x W.
    _adam(e, s, g)
    if s.weight_decay:
        e("decayed", ops.multiply, "theta", "is_weight", text="decayed = all W")
        e("decayed", ops.multiply, "decayed", number(s.weight_decay))
        e("decayed", ops.multiply, "decayed", "rate", text="decayed = lr * decayed")
        e("u", ops.add, "u", "decayed")


def _running_mean_of_square(e: Emitter, name: str, g: str, rate: float) -> None:
    e("g²", ops.square, g)
    e("g²", ops.multiply, "g²", number(1 - rate))
    e(name, ops.multiply, name, number(rate), shape=e.shape("g"))
    e(name, ops.add, name, "g²")


OPTIMISERS: dict[str, Optimiser] = {
    "sgd": Optimiser(_sgd, ("v",)),
    "rmsprop": Optimiser(_rmsprop, ("s",)),
    "adam": Optimiser(_adam, ("m", "s")),
    "adamw": Optimiser(_adamw, ("m", "s")),
}


# The arrays that each optimiser keeps from step to step.
STATE: dict[str, tuple[str, ...]] = {
    **{name: optimiser.state for name, optimiser in OPTIMISERS.items()},
    "lbfgs": lbfgs.STATE,
}


def with_update(program: Program, settings: OptimizerSettings, layout: Layout, phases: tuple[Phase, ...]) -> Program:
    """The program with the calls that turn its gradient into new parameters; `phases` are those up to the gradient."""
    e = Emitter(program)
    e.phase, e.layer = Phase.UPDATE, 0
    e.shapes |= dict.fromkeys(scalars(settings), ())
    if isinstance(settings, LBFGSSettings):
        lbfgs.emit(e, settings, layout, phases)
    if isinstance(settings, GradientSettings):
        OPTIMISERS[settings.name].emit(e, settings, _clipped(e, settings))
    e("theta", ops.subtract, "theta", "u")
    return e.program()


def _clipped(e: Emitter, settings: GradientSettings) -> str:
    """The name of the gradient, or of what clipping leaves of it."""
    g = "g"
    if settings.clip_norm is not None:
        # g times min(1, clip_norm / |g|) (Pascanu et al. 2013, algorithm 1).
        e("clip", ops.inner, "g", "g", shape=())
        e("clip", ops.sqrt, "clip")
        e("clip", ops.divide, number(settings.clip_norm), "clip")
        e("clip", ops.minimum, "clip", ONE)
        g = e("clipped", ops.multiply, "g", "clip")
    return g


def update_is_scaled_gradient(settings: OptimizerSettings) -> bool:
    """Whether u = lr g exactly, so that the norm of one gives that of the other."""
    return isinstance(settings, SGDSettings) and settings.momentum == 0.0 and settings.clip_norm is None
