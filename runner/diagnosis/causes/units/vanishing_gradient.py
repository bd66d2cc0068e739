"""vanishing_gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.starts import rules
from runner.diagnosis.measures.gradient_flow import FEW_LAYERS, GradientFlow, gradient_flow, vanishes_from_start
from runner.diagnosis.suspicion import Suspicion
from runner.training.setup import Setup


class VanishingGradient(Cause):
    """A gradient that shrinks on its way back, so that the first layers hardly learn.

    The numbers are the gradient norm of layer 1 / of the last layer, at the start and as the median over the run; with
    three or more hidden layers also the factor from layer to layer of dLoss/dZ. Deep networks of sigmoids cause it by
    themselves (f' is at most 1/4); tiny weights, dead and saturated units cause it in any network, and come before it.
    Limits: the norms are of whole layers, which differ in size; runs that blew up are not examined.
    """

    name = "vanishing_gradient"
    says = "gradient norm of layer 1 / last layer < vanishing_gradient, or per layer < vanishing_per_layer"
    thresholds = ("vanishing_gradient", "vanishing_per_layer")

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A first layer with hardly any gradient."""
        if case.outcome in ("nan", "diverged") or len(case.setup.architecture.layers) == 1:
            return
        flow, last = gradient_flow(case), len(case.setup.architecture.layers)
        known = [ratio for ratio in (flow.first_to_last, flow.over_run) if ratio is not None and np.isfinite(ratio)]
        ratio = min(known, default=1.0)
        seen = [(ratio / case.thresholds.vanishing_gradient, _in_norms(flow, ratio, last))]
        if last > FEW_LAYERS and np.isfinite(flow.per_layer):
            left = (flow.per_layer / case.thresholds.vanishing_per_layer) ** (last - 1)
            seen.append(
                (left, f"from layer to layer it shrinks to {flow.per_layer:.2g} times its size, through {last} layers")
            )
        share, what = min(seen)
        if not share < 1.0:
            return
        yield Suspicion(
            cause=self.name,
            symptom=f"The gradient vanishes: {what}.",
            evidence={"ratio": ratio, "layers": last, **flow.to_dict()},
            where={**({"step": 0} if vanishes_from_start(case) else {}), "layer": 1, "tensor": "dW1"},
            fixes=tuple(dict.fromkeys(_fixes(case.setup))),
            strength=float(np.clip(-np.log10(max(share, 1e-300)), 0.1, 5.0)),
        )


def _in_norms(flow: GradientFlow, ratio: float, last: int) -> str:
    if ratio == flow.first_to_last:
        return f"its norm in layer 1 is {_times(ratio, last)}"
    at_start = f"(median; {flow.first_to_last:.3g} times at the start)"
    return f"over the run, its norm in layer 1 is {_times(ratio, last)} {at_start}"


def _times(ratio: float, last: int) -> str:
    return f"{ratio:.3g} times that in layer {last}" if ratio > 0.0 else f"0, and in layer {last} it isn't"


def _fixes(setup: Setup) -> Iterator[Fix]:
    yield rules(setup)[0]
    yield (Change("network.activation", "relu"), Change("init.weights", "he"))
    yield (Change("network.activation", "tanh"), Change("init.weights", "xavier"))
    yield (Change("network.activation", "leaky_relu"), Change("init.weights", "he"))
    if not setup.settings.network.batch_norm and min(setup.placement.context.batch_sizes) > 1:
        yield (Change("network.batch_norm", True),)
