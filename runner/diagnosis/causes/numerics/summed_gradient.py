"""summed_gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.fixes.limit import below
from runner.diagnosis.suspicion import Suspicion


class SummedGradient(Cause):
    """A loss summed over the samples: its gradient grows with their number, and the learning rate is made for a mean.

    The rate is above the stability limit of the sum. That of the mean is n times as high. Limits: with mini-batches, n
    is the batch size.
    """

    name = "summed_gradient"
    says = "lr / stability limit > 1 for the loss summed over n samples, and n times less for their mean"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A summed loss whose rate is too high."""
        settings = case.setup.settings
        n = case.setup.placement.context.batch_sizes[0]
        if settings.loss.reduction != "sum" or n == 1 or not case.rate_ratio > 1.0:
            return
        averaged = (Change("loss.reduction", "mean"),)
        limit = case.limit
        rate = (Change("optimizer.lr", below(limit * n)),) if limit else ()
        ratio = case.rate_ratio / n
        against = f" For the mean, the learning rate would be {ratio:.3g} times its limit." if limit else ""
        yield Suspicion(
            cause=self.name,
            symptom=f"The gradient is summed over {n} samples, not averaged.{against}",
            evidence={"samples": n, "ratio": case.rate_ratio, "ratio_averaged": ratio},
            fixes=(averaged, (*averaged, *rate)),
            strength=float(np.clip(np.log10(n), 0.1, 6.0)),
        )
