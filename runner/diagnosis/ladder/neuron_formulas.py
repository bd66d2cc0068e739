"""What one layer of somebody's neurons computes: the textbook formulas whose loss is its loss, whatever the weights."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.ladder.rung_network import Array, Formulas
from runner.diagnosis.ladder.textbook import LOSSES, knows, worked_out
from runner.network.activations import ACTIVATIONS
from runner.network.arrays import ParameterArray
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions

Entries = NDArray[np.int64]

_WEIGHTS = 5  # sets of weights at which the losses must be the same
_SMALL = (0.0, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)  # numbers that people add within logarithms


@dataclass(frozen=True)
class NeuronFormulas:
    """What it computes, and where w1, w2 and b of each neuron stand in its flat parameters: (outputs, 2 or 3)."""

    formulas: Formulas
    entries: Entries


def formulas_of(
    loss: Callable[[Array], float],
    parts: Sequence[ParameterArray],
    X: Array,
    Y: Array,
    stated: Mapping[str, object],
    precision: float,
) -> NeuronFormulas | None:
    """The formulas of one layer on X (4, 2) and Y (4, outputs); None where no usual ones give `loss(theta)`.

    What is `stated` (output, loss, reduction) is taken for granted.
    """
    count, rng = sum(part.entries.size for part in parts), np.random.default_rng(0)
    thetas = 0.7 * rng.normal(size=(_WEIGHTS, count))
    losses = np.array([loss(theta) for theta in thetas])
    if not np.isfinite(losses).all():
        return None
    for entries, formulas in itertools.product(_entries(parts, Y.shape[1]), _candidates(stated)):
        for bias in (True, False) if entries.shape[1] == 3 else (False,):  # which it may have, and forget
            found = _fitted(replace(formulas, bias=bias), entries, thetas, losses, X, Y, precision)
            if found is not None:
                reduction = stated.get("reduction")
                return NeuronFormulas(_reduced(replace(found, bias=entries.shape[1] == 3), len(X), reduction), entries)
    return None


def _candidates(stated: Mapping[str, object]) -> Iterator[Formulas]:
    outputs, losses = ([one] if (one := stated.get(key)) else known for key, known in _KNOWN.items())
    for epsilon, output, loss in itertools.product(_SMALL, outputs, losses):
        choice = ActivationChoice(str(output))
        if knows(choice) and not (epsilon and "entropy" not in str(loss)):
            yield Formulas(choice, str(loss), LossOptions(reduction="sum", epsilon=epsilon), bias=True)


# Half a squared error is a squared error times a number.
_KNOWN: dict[str, Sequence[str]] = {"output": list(ACTIVATIONS), "loss": sorted(LOSSES - {"squared_error"})}


def _fitted(
    formulas: Formulas, entries: Entries, thetas: Array, losses: Array, X: Array, Y: Array, precision: float
) -> Formulas | None:
    """With the factor, and the weight decay, that fit best, where the losses are the same then."""
    sums, squares = np.empty(len(thetas)), np.empty(len(thetas))
    for index, theta in enumerate(thetas):
        W = theta[entries[:, :2]]
        b = theta[entries[:, 2]] if formulas.bias else np.zeros(len(entries))
        sums[index] = sum(worked_out(formulas, W, b, x, y).loss for x, y in zip(X.tolist(), Y.tolist(), strict=True))
        squares[index] = 0.5 * float(np.sum(W * W))
        if index == 1 and not np.isfinite(sums[:2]).all():
            return None
    if not np.isfinite(sums).all():
        return None
    for columns in ([sums], [sums, squares]):
        factors, *_ = np.linalg.lstsq(np.stack(columns, axis=1), losses)
        off = np.abs(np.stack(columns, axis=1) @ factors - losses).max()
        if factors[0] > 0 and off <= precision * np.abs(losses).max():
            decay = float(factors[1]) if len(factors) > 1 else 0.0
            return replace(formulas, scale=float(factors[0]), weight_decay=decay)
    return None


def _reduced(formulas: Formulas, n: int, stated: object) -> Formulas:
    """A sum times 1/n as a mean; twice half a squared error as a squared error."""
    loss, scale = formulas.loss, formulas.scale
    reduction = stated if stated in ("mean", "sum") else None
    means = [reduction == "mean"] if reduction is not None else [True, False]
    usual = [(loss, 1.0), *([("squared_error", 2.0)] if loss == "half_squared_error" else [])]
    for (name, times), mean in itertools.product(usual, means):
        if abs(scale * (n if mean else 1.0) / times - 1.0) <= 1e-4:
            options = replace(formulas.options, reduction="mean" if mean else "sum")
            return replace(formulas, loss=name, options=options, scale=1.0)
    return formulas


def _entries(parts: Sequence[ParameterArray], k: int) -> Iterator[Entries]:
    """The ways in which arrays can hold w1, w2 and b of k neurons."""
    for one, *others in itertools.permutations(parts):
        if not others:
            for rows in _oriented(one.entries, 2, k):
                yield rows
            for rows in _oriented(one.entries, 3, k):
                yield rows
                yield np.roll(rows, -1, axis=1)
        elif len(others) == 1 and others[0].entries.size == k:
            for rows in _oriented(one.entries, 2, k):
                yield np.hstack([rows, others[0].entries.reshape(k, 1)])


def _oriented(entries: Entries, columns: int, k: int) -> Iterator[Entries]:
    """An array as (k, columns), in one way or in two."""
    if entries.shape == (columns, k):
        yield entries.T
    if entries.shape == (k, columns) or (k == 1 and entries.shape == (columns,)):
        yield entries.reshape(k, columns)
