"""weight_decay_too_high."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.suspicion import Suspicion
from runner.network.workspace import Batch
from runner.settings.optimizer import OptimizerSettings
from runner.training.sharpness.limit import stability_limit

# What is left of the penalty, as a share, in the changes that are tried.
_LESS = (0.1, 0.01, 0.0)


@dataclass(frozen=True)
class _Penalty:
    """A penalty on large weights: its setting, in words, its size, and the limit that it alone sets to the rate."""

    path: str
    words: str
    size: float
    limit: float | None = None


class WeightDecayTooHigh(Cause):
    """A penalty on large weights that outweighs the data: the weights shrink whatever the samples are.

    The penalty is the weight decay or L1. Training usually makes weights larger than an initialiser does, so weights
    that end smaller than they started are the sign. A decay d has a stability limit of its own, since d x W is a
    gradient of curvature d: beyond it, every step overshoots 0 by more. Limits: weights that started too large shrink
    too, which is why less of the penalty has to fix the run.
    """

    name = "weight_decay_too_high"
    says = "norm of the weights at the end / at the start < 1 with a penalty, or lr / stability limit of the decay > 1"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """Weights that a penalty has made smaller, or a rate that the decay alone makes too high."""
        rate = case.setup.settings.optimizer.rate
        for penalty in _penalties(case.setup.settings.optimizer):
            ratio = rate / penalty.limit if penalty.limit else 0.0
            start, end = (_norm(batch) for batch in (case.at_start, case.at_end))
            left = end / start if start > 0.0 else np.inf
            if not (left < 1.0 or ratio > 1.0):
                continue
            size = penalty.size
            what = f"with {size:.3g} of it, the norm of the weights ended at {left:.3g} times that at the start"
            if ratio > 1.0:
                what = (
                    f"a decay of {size:.3g} alone is stable up to a rate of {penalty.limit:.3g}, and it is {rate:.3g}"
                )
            yield Suspicion(
                cause=self.name,
                symptom=f"The {penalty.words} is too high: {what}.",
                evidence={
                    "penalty": penalty.path,
                    "decay": size,
                    "norm_at_start": start,
                    "norm_at_end": end,
                    "limit": penalty.limit,
                    "ratio": ratio,
                },
                fixes=tuple((Change(penalty.path, share * size),) for share in _LESS),
                strength=float(np.clip(np.log10(max(ratio, 1.0 / max(left, 1e-6))), 0.1, 6.0)),
                conditions=frozenset({"decay beyond its limit"} if ratio > 1.0 else ()),
                by_fix_alone=True,
            )


def _penalties(optimizer: OptimizerSettings) -> Iterator[_Penalty]:
    decay, l1 = optimizer.weight_decay, getattr(optimizer, "l1", 0.0)
    if decay > 0.0:
        yield _Penalty("optimizer.weight_decay", "weight decay", decay, stability_limit(optimizer, decay))
    if l1 > 0.0:
        yield _Penalty("optimizer.l1", "L1 penalty", l1)


def _norm(batch: Batch) -> float:
    """The Euclidean norm of the weights of all layers, without biases."""
    layers = batch.workspace.architecture.layers
    weights = (batch.workspace.layer_parameters(layer.index)[0] for layer in layers)
    return float(np.sqrt(sum(float(np.square(W, dtype=np.float64).sum()) for W in weights)))
