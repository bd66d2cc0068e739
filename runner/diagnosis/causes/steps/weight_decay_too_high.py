"""weight_decay_too_high."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.suspicion import Suspicion
from runner.network.workspace import Batch
from runner.training.sharpness.limit import stability_limit

# What is left of the decay, as a share, in the changes that are tried.
_LESS = (0.1, 0.01, 0.0)


class WeightDecayTooHigh(Cause):
    """A penalty on large weights that outweighs the data: the weights shrink whatever the samples are.

    Training usually makes weights larger than an initialiser does, so weights that end smaller than they started are
    the sign. A decay d has a stability limit of its own, since d x W is a gradient of curvature d: beyond it, every
    step overshoots 0 by more. Limits: weights that started too large shrink too, which is why less decay has to fix
    the run.
    """

    name = "weight_decay_too_high"
    says = "norm of the weights at the end / at the start < 1, or lr / stability limit of the decay > 1"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """Weights that the decay has made smaller, or a rate that the decay alone makes too high."""
        optimizer = case.setup.settings.optimizer
        decay = optimizer.weight_decay
        if decay == 0.0:
            return
        limit = stability_limit(optimizer, decay)
        ratio = optimizer.rate / limit if limit else 0.0
        start, end = (_norm(batch) for batch in (case.at_start, case.at_end))
        left = end / start if start > 0.0 else np.inf
        if not (left < 1.0 or ratio > 1.0):
            return
        what = f"with a decay of {decay:.3g}, the norm of the weights ended at {left:.3g} times that at the start"
        if ratio > 1.0:
            what = f"a decay of {decay:.3g} alone is stable up to a rate of {limit:.3g}, and it is {optimizer.rate:.3g}"
        yield Suspicion(
            cause=self.name,
            symptom=f"The weight decay is too high: {what}.",
            evidence={"decay": decay, "norm_at_start": start, "norm_at_end": end, "limit": limit, "ratio": ratio},
            fixes=tuple((Change("optimizer.weight_decay", share * decay),) for share in _LESS),
            strength=float(np.clip(np.log10(max(ratio, 1.0 / max(left, 1e-6))), 0.1, 6.0)),
            conditions=frozenset({"decay beyond its limit"} if ratio > 1.0 else ()),
            by_fix_alone=True,
        )


def _norm(batch: Batch) -> float:
    """The Euclidean norm of the weights of all layers, without biases."""
    layers = batch.workspace.architecture.layers
    weights = (batch.workspace.layer_parameters(layer.index)[0] for layer in layers)
    return float(np.sqrt(sum(float(np.square(W, dtype=np.float64).sum()) for W in weights)))
