"""L-BFGS: a step along -H g, where H is the inverse Hessian as the last steps and gradients show it.

One step of the run is one iteration: a direction by the two-loop recursion (Nocedal and Wright 2006, algorithm 7.4) and
a length by SciPy's line search for the strong Wolfe conditions (`scipy.optimize.line_search`). Everything that an
iteration needs of earlier ones is in named arrays, which checkpoints save: a resumed run has the same bits.
SciPy's own L-BFGS-B was rejected for that: its state is inside of one call of `minimize`, which can't be entered again.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import NDArray

from runner.network import ops
from runner.network.layout import Layout
from runner.network.ops import Array, Bound, Op
from runner.network.program import Emitter, Phase, Program
from runner.network.workspace import Workspace, run
from runner.settings.optimizer import LBFGSSettings

Vector = NDArray[np.float64]

# The differences s of parameters and y of gradients of the last steps, the newest first; how many there are; and where
# the last step began, which is all zeros before the first.
STATE = ("s", "y", "pairs", "theta before", "g before")
# The constants of the strong Wolfe conditions for quasi-Newton directions (Nocedal and Wright 2006, section 3.1).
_DECREASE, _CURVATURE = 1e-4, 0.9
_TRIALS = 20


class Objective:
    """Loss and gradient on fixed samples as functions of the parameters, in float64 and in arrays of its own."""

    def __init__(
        self, layout: Layout, program: Program, phases: tuple[Phase, ...], inputs: Array, targets: Array
    ) -> None:
        self._workspace = Workspace(layout, program)
        batch = self._workspace.batch(*(array.astype(np.float64) for array in (inputs, targets)))
        run(batch.calls(Phase.BATCH))
        self._calls = batch.calls(*phases)
        self._at: Vector | None = None

    def loss(self, theta: Vector) -> float:
        """The loss at parameters (parameters,); infinity where it is not finite, so that a line search turns back."""
        self._go_to(theta)
        loss = float(self._workspace.arrays["loss"])
        return loss if math.isfinite(loss) else math.inf

    def gradient(self, theta: Vector) -> Vector:
        """The gradient (parameters,)."""
        self._go_to(theta)
        return self._workspace.gradient.copy()

    def _go_to(self, theta: Vector) -> None:
        if self._at is None or not np.array_equal(self._at, theta):
            self._at = theta.copy()
            np.copyto(self._workspace.theta, theta)
            run(self._calls)


def emit(e: Emitter, settings: LBFGSSettings, layout: Layout, phases: tuple[Phase, ...]) -> None:
    """Write the calls of an iteration, which end with the update u."""
    program, shape = e.program(), e.shape("g")
    for name in ("s", "y"):
        e.shapes[name] = (settings.memory, *shape)
    e.shapes |= {"pairs": (), "theta before": shape, "g before": shape}
    pairs, before = ("s", "y"), ("theta before", "g before")
    text = f"pairs = (s, y) of the last {settings.memory} steps with sᵀ y > 0"
    e("pairs", Op("remember", "pairs", _bind_remember), "theta", "g", *pairs, *before, text=text)
    e(
        "p",
        Op("direction", "direction", _bind_direction),
        "g",
        *pairs,
        "pairs",
        shape=shape,
        text="p = -H g, H by the pairs",
    )

    def bind_search(operands: tuple[Array, ...], out: Array) -> Bound:
        return _search(Objective(layout, program, phases, *operands[-2:]), operands[:-2], out)

    e(
        "u",
        Op("line_search", "line search", bind_search),
        *("p", "theta", "g", "loss", "pairs", *before, layout.inputs, "Y"),
        shape=shape,
        text="u = -a p, a by a line search (strong Wolfe conditions)",
    )
    e("u", ops.multiply, "u", "lr")


def _bind_remember(operands: tuple[Array, ...], out: Array) -> Bound:
    theta, g, s, y, theta_before, g_before = operands

    def remember() -> None:
        step, turn = theta - theta_before, g - g_before
        # Before the first step nothing has been; a step of no length says nothing.
        if not g_before.any() or float(step @ turn) <= np.finfo(g.dtype).eps * float(turn @ turn):
            return
        s[1:], y[1:] = s[:-1].copy(), y[:-1].copy()
        s[0], y[0] = step, turn
        out[...] = min(float(out) + 1, len(s))

    return remember


def _bind_direction(operands: tuple[Array, ...], out: Array) -> Bound:
    g, s, y, pairs = operands

    def turn() -> None:
        out[...] = direction(g.astype(np.float64), s[: int(pairs)], y[: int(pairs)])

    return turn


def direction(g: Vector, s: Array, y: Array) -> Vector:
    """-H g of a gradient (parameters,) by the pairs s, y (pairs, parameters), the newest first."""
    q, weights = g.copy(), []
    for one, other in zip(s, y, strict=True):
        weights.append(float(one @ q) / float(one @ other))
        q -= weights[-1] * other
    if len(s):
        q *= float(s[0] @ y[0]) / float(y[0] @ y[0])
    for one, other, weight in zip(s[::-1], y[::-1], weights[::-1], strict=True):
        q += (weight - float(other @ q) / float(one @ other)) * one
    return -q


def _search(objective: Objective, operands: tuple[Array, ...], out: Array) -> Bound:
    p, theta, g, loss, pairs, theta_before, g_before = operands

    def search() -> None:
        stuck = bool(g_before.any()) and np.array_equal(theta, theta_before)
        at, slope = theta.astype(np.float64), g.astype(np.float64)
        theta_before[...], g_before[...] = theta, g
        out[...] = 0.0
        if stuck:  # what found no step from here finds none again
            return
        # Without pairs the first length to try is 1 / |g|, as in SciPy's BFGS; with them it is 1.
        steepest = -slope
        directions = [p.astype(np.float64)] if pairs else []
        for along in (*directions, steepest):
            length = _length(objective, at, along, slope, float(loss), first=along is steepest)
            if length is not None:
                out[...] = -length * along
                return
            pairs[...] = 0.0  # the curvature that they tell is not that of here

    return search


def _length(objective: Objective, theta: Vector, p: Vector, g: Vector, loss: float, *, first: bool) -> float | None:
    """The length of a step along p that fulfils the conditions; None where there is none, or none was found."""
    from scipy.optimize import line_search  # a quarter of a second, for who needs it

    before = loss + float(np.linalg.norm(g)) / 2 if first else None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # None says that no length was found
        found = line_search(
            objective.loss, objective.gradient, theta, p, g, loss, before, c1=_DECREASE, c2=_CURVATURE, maxiter=_TRIALS
        )[0]
    return None if found is None else float(found)
