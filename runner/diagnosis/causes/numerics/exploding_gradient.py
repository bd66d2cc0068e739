"""exploding_gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.fixes.starts import rules
from runner.diagnosis.measures.gradient_flow import gradient_flow
from runner.diagnosis.suspicion import Suspicion

_CLIPPED = 1.0


class ExplodingGradient(Cause):
    """A gradient that grows on its way back through the layers, or from step to step until the run is lost.

    The numbers are the gradient norm of layer 1 / of the last layer, at the start and as the median over the run, and,
    where the run blew up, the norm of the whole gradient at the end / at the start. Raw inputs, large initial weights
    and too high a learning rate all cause it, and come before it. Limits: as for `vanishing_gradient`.
    """

    name = "exploding_gradient"
    says = "gradient norm of layer 1 / last layer, or at the end / at the start > exploding_gradient"
    thresholds = ("exploding_gradient",)

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A gradient that is much larger in the first layer than in the last, or has grown until the run blew up."""
        flow, last = gradient_flow(case), len(case.setup.architecture.layers)
        ratios = [ratio for ratio in (flow.first_to_last, flow.over_run) if ratio is not None and np.isfinite(ratio)]
        ratio = max(ratios, default=0.0) if last > 1 else 0.0
        growth = flow.growth if flow.growth is not None and case.outcome in ("nan", "diverged") else 0.0
        threshold = case.thresholds.exploding_gradient
        if not max(ratio, growth) > threshold:
            return
        by_layer = ratio >= growth
        clipped, rule = (Change("optimizer.clip_norm", _CLIPPED),), rules(case.setup)[0]
        yield Suspicion(
            cause=self.name,
            symptom=f"The gradient explodes: its norm in layer 1 is {ratio:.3g} times that in layer {last}."
            if by_layer
            else f"The gradient explodes: its norm at the end is {growth:.3g} times that at the first step.",
            evidence={"ratio": ratio, "layers": last, **flow.to_dict()},
            where={"step": 0, "layer": 1, "tensor": "dW1"} if by_layer else {"step": len(case.history) - 1},
            fixes=(rule, clipped, (*rule, *clipped)) if by_layer else (clipped, rule, (*rule, *clipped)),
            strength=float(np.clip(np.log10(max(ratio, growth) / threshold), 0.1, 5.0)),
        )
