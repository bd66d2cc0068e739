"""The output activation and the loss of a network: which outputs it can give, and which targets it is for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.fixes.changes import Change, Fix
from runner.files.finding import Evidence
from runner.network.layer import ActivationChoice
from runner.training.choices import AUTO, output_for
from runner.training.measuring.quality import r_squared
from runner.training.setup import Setup

Array = NDArray[np.floating[Any]]

_UNIT = ActivationChoice("sigmoid")
_DISTRIBUTION = ActivationChoice("softmax")


@dataclass(frozen=True)
class Mismatch:
    """Why a loss isn't one for an output activation or for the targets, with the numbers that say so."""

    sentence: str
    evidence: Evidence


def nearest(choice: ActivationChoice, Y: Array) -> Array:
    """For targets (n, outputs) the outputs nearest to them that the activation can give."""
    return _on_simplex(Y) if choice.name == "softmax" else np.clip(Y, *choice.image)


def reach(choice: ActivationChoice, Y: Array) -> float:
    """The best R² that outputs of this activation can have for targets (n, outputs)."""
    return r_squared(nearest(choice, Y).T, Y.T)


def mismatch(choice: ActivationChoice, loss: str, Y: Array, least: float) -> Mismatch | None:
    """Why a loss is not one for these outputs and targets (n, outputs); None where it is one, or an error.

    Targets that are not of its kind are tolerated as long as the nearest that are have an R² of `least`.
    """
    if loss == "binary_cross_entropy":
        return _of_binary(choice, Y, least)
    if loss == "categorical_cross_entropy":
        return _of_categorical(choice, Y, least)
    return _of_hinge(choice, Y) if loss == "hinge" else None


def fitting_fixes(setup: Setup) -> tuple[Fix, ...]:
    """Changes of output and loss, the smallest first, after which both suit the targets."""
    task, now = setup.dataset.task, setup.architecture.activations[-1]
    auto, loss = ActivationChoice(output_for(setup.loss, task)), AUTO[task][1]
    both = ActivationChoice(output_for(loss, task))
    to_output, to_loss = Change("network.output", "auto"), Change("loss.name", "auto")
    candidates: tuple[tuple[Fix, ActivationChoice, str], ...] = (
        ((to_output,), auto, setup.loss),
        ((to_loss,), now, loss),
        ((to_output, to_loss), both, loss),
    )
    least, Y = setup.settings.diagnosis.thresholds.reachable, setup.dataset.train.Y
    return tuple(
        fix
        for fix, choice, name in candidates
        if (choice, name) != (now, setup.loss)
        and not (choice.name == "softmax" and Y.shape[1] == 1)
        and reach(choice, Y) >= least
        and mismatch(choice, name, Y, least) is None
    )


def _of_binary(choice: ActivationChoice, Y: Array, least: float) -> Mismatch | None:
    if reach(_UNIT, Y) < least:
        outside = float(((Y < 0.0) | (Y > 1.0)).mean())
        low, high = float(Y.min()), float(Y.max())
        return Mismatch(
            "The binary cross-entropy is for targets from 0 to 1, "
            f"but {outside:.0%} of them are outside: they range from {low:.4g} to {high:.4g}.",
            {"outside": outside, "targets": [low, high]},
        )
    low, high = choice.image
    if low < 0.0 or high > 1.0:
        return Mismatch(
            f"The binary cross-entropy takes the logarithms of A and 1 - A, but A = {choice.name}(Z) "
            f"{_range(low, high)}: one of the two can be negative.",
            {"activation": choice.name, "from": _finite(low), "to": _finite(high)},
        )
    return None


def _of_categorical(choice: ActivationChoice, Y: Array, least: float) -> Mismatch | None:
    sums = Y.sum(axis=1, dtype=np.float64)
    other = float((np.abs(sums - 1.0) > 1e-6).mean())
    evidence = {"rows_not_one": other, "outputs": Y.shape[1]}
    if Y.shape[1] == 1:
        zeros = float((Y == 0.0).mean())
        said = "The categorical cross-entropy needs a column for each class, but the targets have only one."
        return Mismatch(
            f"{said} The {zeros:.0%} of them that are 0 add nothing to the loss." if zeros else said,
            {**evidence, "zeros": zeros},
        )
    if reach(_DISTRIBUTION, Y) < least:
        return Mismatch(
            "The categorical cross-entropy is for one class per sample, "
            f"but the targets of {other:.0%} of the samples don't sum to 1: their sums range from {sums.min():.4g} "
            f"to {sums.max():.4g}.",
            {**evidence, "sums": [float(sums.min()), float(sums.max())]},
        )
    if choice.name != "softmax":
        low, high = choice.image
        return Mismatch(
            "The categorical cross-entropy uses the output of the right class alone, "
            f"but the {Y.shape[1]} outputs of {choice.name} needn't sum to 1: nothing keeps the others low.",
            {"activation": choice.name, "from": _finite(low), "to": _finite(high), "outputs": Y.shape[1]},
        )
    return None


def _of_hinge(choice: ActivationChoice, Y: Array) -> Mismatch | None:
    other = float(((Y != 0.0) & (Y != 1.0)).mean())
    if other:
        low, high = float(Y.min()), float(Y.max())
        return Mismatch(
            f"The hinge loss is for labels 0 and 1, but {other:.0%} of the targets are neither: they range from "
            f"{low:.4g} to {high:.4g}.",
            {"outside": other, "targets": [low, high]},
        )
    low, high = choice.image
    if low > -1.0 or high < 1.0:
        return Mismatch(
            f"The hinge loss wants outputs below -1 for class 0 and above 1 for class 1, but A = {choice.name}(Z) "
            f"{_range(low, high)}.",
            {"activation": choice.name, "from": _finite(low), "to": _finite(high)},
        )
    return None


def _range(low: float, high: float) -> str:
    if math.isinf(low):
        return "can be any number" if math.isinf(high) else f"has no lower limit and ends at {high:g}"
    return f"ranges from {low:g} upwards without limit" if math.isinf(high) else f"ranges from {low:g} to {high:g}"


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _on_simplex(Y: Array) -> Array:
    """The nearest rows that are not negative and sum to 1 (Duchi et al. 2008, figure 1)."""
    descending = -np.sort(-Y, axis=1)
    ranks = np.arange(1, Y.shape[1] + 1)
    excess = (np.cumsum(descending, axis=1) - 1.0) / ranks
    count = (descending > excess).sum(axis=1)
    shift = excess[np.arange(len(Y)), count - 1]
    return np.asarray(np.maximum(Y - shift[:, None], 0.0))
