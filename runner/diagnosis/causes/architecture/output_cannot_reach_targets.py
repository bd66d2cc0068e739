"""output_cannot_reach_targets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.causes.cause import ForeseenCause
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.measures.output_and_loss import fitting_fixes, nearest, reach
from runner.diagnosis.suspicion import Suspicion
from runner.training.setup import Setup


class OutputCannotReachTargets(ForeseenCause):
    """The targets are outside the range of the output activation.

    Of the outputs in that range, those nearest to the targets have an R² below `reachable`. Targets at the ends of the
    range, which a sigmoid or tanh only comes near to, and a few beyond them are no obstacle. Limits: none; whatever the
    weights, the network can't do better. A softmax over one unit has a cause of its own.
    """

    name = "output_cannot_reach_targets"
    says = "best R² that outputs in the range of the output activation can have < reachable"
    thresholds = ("reachable",)

    def foresee(self, setup: Setup) -> Iterator[Suspicion]:
        """The range of the output activation, compared with that of the targets."""
        output, Y = setup.architecture.layers[-1], setup.dataset.train.Y
        thresholds = setup.settings.diagnosis.thresholds
        best = reach(output.choice, Y)
        if best >= thresholds.reachable or (output.choice.name == "softmax" and output.fan_out == 1):
            return
        low, high = output.choice.image
        targets = [float(Y.min()), float(Y.max())]
        if output.choice.name == "softmax":
            share = float((np.abs(nearest(output.choice, Y) - Y).max(axis=1) > 1e-6).mean())
            gives = f"outputs that sum to 1, but the targets of {share:.0%} of the samples don't"
        else:
            share = float(((low > Y) | (high < Y)).mean())
            gives = (
                f"values {f'above {low:g}' if np.isinf(high) else f'between {low:g} and {high:g}'}, "
                f"but {share:.0%} of the targets are outside"
            )
        yield Suspicion(
            cause=self.name,
            symptom=f"The output activation {output.choice.name} gives {gives} (they range from {targets[0]:.4g} to "
            f"{targets[1]:.4g}). The best possible R² is {best:.3g}.",
            evidence={
                "activation": output.choice.name,
                "from": low,
                "to": high if np.isfinite(high) else None,
                "targets": targets,
                "outside": share,
                "best_r2": best,
            },
            where={"layer": output.index, "tensor": f"A{output.index}"},
            fixes=(*fitting_fixes(setup), *_raw_targets(setup)),
            strength=8.0,
            certain=True,
            impossible=True,
        )


def _raw_targets(setup: Setup) -> tuple[Fix, ...]:
    """Targets as they are, where standardising alone took them out of the range."""
    dataset, choice = setup.dataset, setup.architecture.activations[-1]
    raw = dataset.scaling.outputs(dataset.train.Y)
    if setup.settings.dataset.standardize != "both":
        return ()
    if reach(choice, raw) < setup.settings.diagnosis.thresholds.reachable:
        return ()
    return ((Change("dataset.standardize", "inputs"),),)
