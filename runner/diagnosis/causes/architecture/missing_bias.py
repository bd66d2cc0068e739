"""missing_bias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.measures.linear import linear_hidden_layers
from runner.diagnosis.measures.linearity import best_linear, falls_short, separations
from runner.diagnosis.measures.neighbours import nearest, sampled, voted
from runner.diagnosis.suspicion import Suspicion
from runner.network.architecture import Architecture

Array = NDArray[np.float64]

# Distance of the mean from 0, in std, from which data are off centre.
_OFF = 0.1
# A mirror image counts where a sample lies as near to it as samples lie to each other, within this factor.
_AS_NEAR = 3.0


@dataclass(frozen=True)
class _Ceiling:
    """What a network without biases can't get beyond, and why."""

    why: str
    measure: float
    otherwise: float


class MissingBias(Cause):
    """Without biases a network can't move what it computes away from the origin.

    Without hidden layers its function goes through the origin; with tanh it is odd, f(-x) = -f(x); with ReLU the
    predicted class is the same along any ray from the origin. The cause is certain where the best of such functions,
    estimated by least squares, mirror images or directions, stays below `good_progress` on these data, and a linear
    function with a bias, or the nearest neighbours, don't. It is certain, too, where samples have inputs of 0 alone and
    the network's answer to them is exactly between two classes, which counts as right for one. Elsewhere a bias has to
    fix the run. Limits: what sigmoid layers can reach isn't known.
    """

    name = "missing_bias"
    says = "network.bias=false, and the best function without biases stays below good_progress"
    thresholds = ("good_progress",)
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """Networks without biases on data that are off centre, or that such networks can't fit."""
        setup = case.setup
        if setup.architecture.bias:
            return
        if case.conclusion.quality >= case.conclusion.good:
            yield from self._undecided(case)
            return
        X, Y = sampled(setup.dataset.train.X, setup.dataset.train.Y)
        offset = float(np.max(np.abs(X.mean(axis=0)) / np.maximum(X.std(axis=0), np.finfo(float).tiny)))
        ceilings = [one for one in (_linear(case, X, Y), _odd(case, X, Y), _homogeneous(case, X, Y)) if one]
        lowest = min(ceilings, key=lambda one: one.measure, default=None)
        certain = lowest is not None and _explains(case, lowest)
        evidence: dict[str, float | None] = {"input_offset": offset, "best_without": None, "best_with": None}
        if lowest is not None and certain:
            evidence |= {"best_without": lowest.measure, "best_with": lowest.otherwise}
            best = f"the best {case.measure.name} is {lowest.measure:.3g}, where {lowest.otherwise:.3g} is possible"
            why = f", so {lowest.why}: {best}."
        elif case.healthy:
            return
        elif offset > _OFF:
            why = f", and the inputs are off centre: the mean of a feature is {offset:.3g} std away from 0."
        else:
            why = ", so no unit can shift what it computes away from the origin."
        yield Suspicion(
            cause=self.name,
            symptom=f"No layer has a bias{why}",
            evidence=evidence,
            where={"layer": 1, "tensor": "Z1"},
            fixes=((Change("network.bias", True),),),
            strength=7.0 if certain else float(np.clip(np.log10(max(offset, _OFF) / _OFF), 0.1, 2.0)),
            certain=certain,
            impossible=certain,
            conditions=frozenset({"proven" if certain else "unproven"}),
        )

    def _undecided(self, case: Case) -> Iterator[Suspicion]:
        """Samples that count as right and are not decided: without biases, inputs of 0 give an output of 0.5."""
        architecture, part = case.setup.architecture, case.setup.dataset.train
        of_zero = int((~part.X.any(axis=1)).sum())
        silent = all(one.activation.odd or one.activation.homogeneous for one in architecture.activations[:-1])
        if not of_zero or not silent or architecture.activations[-1].name != "sigmoid" or part.Y.shape[1] != 1:
            return
        samples, floor = "1 sample has" if of_zero == 1 else f"{of_zero} samples have", of_zero / len(part)
        yield Suspicion(
            cause=self.name,
            symptom=f"No layer has a bias, so the output is 0.5 wherever all inputs are 0, whatever the weights are: "
            f"{samples} such inputs, and the loss can't fall below {floor:.3g} of what it is by guessing.",
            evidence={"samples_of_zeros": of_zero, "samples": len(part)},
            where={"layer": 1, "tensor": "Z1"},
            fixes=((Change("network.bias", True),),),
            strength=7.0,
            certain=True,
        )


def _explains(case: Case, ceiling: _Ceiling) -> bool:
    return falls_short(case, max(ceiling.measure, case.conclusion.quality), ceiling.otherwise)


def _linear(case: Case, X: Array, Y: Array) -> _Ceiling | None:
    """The best linear functions through the origin and elsewhere."""
    setup, measure = case.setup, case.measure
    if not linear_hidden_layers(setup.architecture):
        return None
    output, measures = setup.architecture.activations[-1], []
    for bias in (False, True):
        answers = [one.answers for one in separations(X, Y, measure.task, bias=bias) or ()]
        measures.append(best_linear(X, Y, output, measure, answers, bias=bias))
    return _Ceiling("the network is a linear function through the origin", *measures)


def _odd(case: Case, X: Array, Y: Array) -> _Ceiling | None:
    """How well the negated targets of mirror images predict targets."""
    setup = case.setup
    if not all(choice.activation.odd for choice in setup.architecture.activations[:-1]) or len(X) < 2:
        return None
    units = X / np.maximum(X.std(axis=0), np.finfo(float).tiny)
    mirror = nearest(units, -units)[:, :1]
    apart = np.linalg.norm(units[mirror[:, 0]] + units, axis=1)
    usual = np.median(np.linalg.norm(units[nearest(units)[:, 0]] - units, axis=1))
    close = apart <= _AS_NEAR * usual
    middle = _at_origin(setup.architecture, Y)
    if middle is None or close.sum() < max(8, len(X) // 2):
        return None
    # Of a target and that of the mirror image an odd function has half the difference.
    turned = middle + 0.5 * ((Y - middle) - (Y[mirror[:, 0]] - middle))
    measure = case.measure.value(turned[close].T, Y[close].T)
    return _Ceiling(
        "the network is an odd function, f(-x) = -f(x), around its output at 0", measure, voted(X, Y, case.measure)
    )


def _homogeneous(case: Case, X: Array, Y: Array) -> _Ceiling | None:
    """How well the samples in the nearest directions predict the class."""
    setup = case.setup
    away = np.linalg.norm(X, axis=1) > 0.0
    along_rays = all(choice.activation.homogeneous for choice in setup.architecture.activations[:-1])
    if not along_rays or case.measure.task == "regression" or away.sum() < 8:
        return None
    directions = X[away] / np.linalg.norm(X[away], axis=1, keepdims=True)
    measure = case.measure.value(Y[away][nearest(directions)].mean(axis=1).T, Y[away].T)
    return _Ceiling(
        "the network predicts the same class along any ray from the origin", measure, voted(X, Y, case.measure)
    )


def _at_origin(architecture: Architecture, Y: Array) -> float | None:
    """The output at Z = 0 where it is odd around that."""
    output = architecture.activations[-1]
    if output.activation.odd:
        return 0.0
    return 0.5 if output.name == "sigmoid" or (output.name == "softmax" and Y.shape[1] == 2) else None
