"""The largest eigenvalue of a Hessian, from differences of gradients.

The product of the Hessian H with a unit vector v is (g(theta + h v) - g(theta)) / h. Power iteration multiplies
repeatedly and uses only the last vector. Here all vectors are kept, and the largest eigenvalue is found in their span
(Lanczos 1950, with full orthogonalisation). That is more accurate for the same number of gradients, and it finds the
largest positive eigenvalue also where a negative one is larger in size; power iteration needs a second run with a shift
for that. Rejected: central differences, which cost twice as much; with steps this small their gain is below the
rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Gradient = Callable[[Array], Array]

# The step of a difference, as a share of the norm of the parameters (of SMALLEST where that is smaller). The root of
# the precision: the rounding of the gradient is some 1e-8 of the result, and few kinks of a ReLU lie within the step.
STEP, SMALLEST = 2.0**-26, 1e-2
# Distance from the parameters to the point that is measured, as a share of their norm. At the parameters a ReLU may be
# at its kink for a whole sample (inputs 0, biases still 0): the gradient jumps there, which says nothing of curvature.
BESIDE = 1e-4
# The share of a random vector in a given start, so that a direction that has become the largest since is in it.
FRESH = 0.1
# Products before the residual is trusted: a start near another eigenvector has a small one at once.
FEWEST = 3


@dataclass(frozen=True)
class Sharpness:
    """The largest (most positive) eigenvalue of a Hessian, with its unit `vector` (parameters,).

    Some eigenvalue lies within `residual` = |H vector - eigenvalue vector| of it; `converged` says whether that is
    within the tolerance; `evaluations` of the gradient were made.
    """

    eigenvalue: float
    vector: Array
    residual: float
    converged: bool
    evaluations: int


def largest_eigenvalue(
    gradient: Gradient,
    theta: Array,
    start: Array | None = None,
    *,
    products: int = 60,
    tolerance: float = 1e-3,
) -> Sharpness | None:
    """The largest eigenvalue of the Hessian just `beside` theta (parameters,); None where a gradient is not finite.

    `gradient` is evaluated once there, and once for each product of the Hessian with a vector: at most `products` of
    them, fewer where the residual falls below `tolerance` times the eigenvalue. `start` is a vector (parameters,) near
    the eigenvector, for example from an earlier measurement. A wrong gradient has a derivative that isn't symmetric:
    then the result is the largest eigenvalue of its symmetric part.
    """
    theta, size = beside(theta), len(theta)
    with np.errstate(all="ignore"):
        here = np.array(gradient(theta), dtype=np.float64)
        h = STEP * max(_norm(theta), SMALLEST)
        most = min(products, size)
        Q, T = np.empty((most + 1, size)), np.zeros((most + 1, most))
        Q[0] = _start(start, size)
        for k in range(1, most + 1):
            w = gradient(theta + h * Q[k - 1]) - here
            T[:k, k - 1] = overlaps = Q[:k] @ w
            w -= overlaps @ Q[:k]
            beyond = _norm(w)
            if not math.isfinite(beyond):
                return None
            last = k == most or beyond == 0.0
            if last or k >= FEWEST:
                eigenvalue, y, residual = _largest_within(T[:k, :k], beyond)
                converged = residual <= tolerance * abs(eigenvalue)
                if last or converged:
                    break
            T[k, k - 1] = beyond
            np.divide(w, beyond, out=Q[k])
        eigenvalue, residual = eigenvalue / h, residual / h
    vector = y @ Q[:k]
    return Sharpness(eigenvalue, vector, residual, converged, 1 + k) if math.isfinite(eigenvalue) else None


def beside(theta: Array) -> Array:
    """The point near parameters (parameters,) at which the Hessian is measured, in float64."""
    theta = np.asarray(theta, dtype=np.float64)
    with np.errstate(all="ignore"):
        return np.asarray(theta + BESIDE * _norm(theta) * _random_vector(len(theta)))


@lru_cache(maxsize=4)
def _random_vector(size: int) -> Array:
    """A read-only unit vector (size,) in a random direction, the same each time."""
    vector = np.random.default_rng(0).standard_normal(size)
    vector /= _norm(vector)
    vector.flags.writeable = False
    return vector


def _start(given: Array | None, size: int) -> Array:
    """A unit vector: a random one, or the given one with a small random part."""
    if given is None:
        return _random_vector(size)
    start = given + FRESH * _random_vector(size)
    return start / _norm(start)


def _largest_within(T: Array, beyond: float) -> tuple[float, Array, float]:
    """The largest eigenvalue of the symmetric part of T (k, k), its vector (k,), and the residual of both.

    `beyond` is the norm of the last product's component outside the span.
    """
    values, vectors = np.linalg.eigh((T + T.T) / 2)
    value, y = float(values[-1]), vectors[:, -1]
    return value, y, math.hypot(_norm(T @ y - value * y), beyond * float(y[-1]))


def _norm(v: Array) -> float:
    """The norm of a vector, also where squares overflow or vanish."""
    square = float(v @ v)
    if 1e-290 < square < 1e290:
        return math.sqrt(square)
    largest = float(np.abs(v).max())
    return largest * math.sqrt(float((v / largest) @ (v / largest))) if largest else 0.0
