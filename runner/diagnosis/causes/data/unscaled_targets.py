"""unscaled_targets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.causes.data.unscaled_inputs import in_words, magnitudes
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.fixes.limit import below, limit_with
from runner.diagnosis.suspicion import Suspicion


class UnscaledTargets(Cause):
    """Targets of a regression with raw magnitudes: gradients are as large as the targets are.

    The numbers are the RMS of the targets, the ratio of two of them, and mean / std; standardised targets have to fix
    the run. Limits: standardising the targets standardises the inputs too.
    """

    name = "unscaled_targets"
    says = "RMS of a target, ratio of two, or mean / std > magnitude; and standardised targets fix the run"
    thresholds = ("magnitude",)
    of_any_network = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """Targets whose RMS is far from 1, or far from each other."""
        setup = case.setup
        if setup.settings.dataset.standardize == "both" or setup.dataset.task != "regression":
            return
        sizes = magnitudes(setup.dataset.train.Y)
        beyond = max(sizes.values()) / case.thresholds.magnitude
        if not beyond > 1.0:
            return
        what, size = max(sizes.items(), key=lambda item: item[1])
        both = (Change("dataset.standardize", "both"),)
        limit = limit_with(setup, both)
        yield Suspicion(
            cause=self.name,
            symptom=f"The targets are not standardised: {in_words('a target', what, size)}.",
            evidence={**sizes, "limit": case.limit, "limit_standardised": limit},
            fixes=(both, (*both, Change("optimizer.lr", below(limit)))) if limit else (both,),
            strength=float(np.clip(0.4 + np.log10(beyond), 0.1, 6.0)),
        )
