"""unscaled_inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.fixes.limit import below, limit_with
from runner.diagnosis.suspicion import Suspicion


class UnscaledInputs(Cause):
    """Raw magnitudes at the input: they steepen the loss in some directions and leave it flat in others.

    By the size of the features (root mean square), of one beside another, and of their mean beside their spread; told
    where standardised inputs fix the run. Limits: a data set may be right as it is and the network wrong for it.
    """

    name = "unscaled_inputs"
    says = "RMS of a feature, ratio of two, or mean / std > magnitude; and standardised inputs fix the run"
    thresholds = ("magnitude",)

    def look(self, case: Case) -> Iterator[Suspicion]:
        """Features far from size 1, or far apart."""
        setup = case.setup
        if setup.settings.dataset.standardize != "none":
            return
        sizes = magnitudes(setup.dataset.train.X)
        beyond = max(sizes.values()) / case.thresholds.magnitude
        if not beyond > 1.0:
            return
        scaled = (Change("dataset.standardize", "inputs"),)
        both = (Change("dataset.standardize", "both"),) if setup.dataset.task == "regression" else scaled
        limit = max((found for fix in (scaled, both) if (found := limit_with(setup, fix))), default=None)
        rate = (Change("optimizer.lr", below(limit)),) if limit else ()
        gained = limit is not None and (case.limit is None or limit > case.limit)
        what, size = max(sizes.items(), key=lambda item: item[1])
        yield Suspicion(
            cause=self.name,
            symptom=f"The inputs are unscaled: {what} is {size:.3g}"
            + (f"; standardised they allow a learning rate up to {limit:.3g}." if gained else "."),
            evidence={**sizes, "limit": case.limit, "limit_standardised": limit},
            fixes=tuple(dict.fromkeys([scaled, both, (*scaled, *rate), (*both, *rate)])),
            strength=float(np.clip(0.5 + np.log10(beyond), 0.1, 6.0)),
        )


def magnitudes(X: NDArray[np.floating]) -> dict[str, float]:
    """What makes raw columns (n, columns) hard to learn from, each 1 at best: their size, its inverse, their ratio,
    and their mean beside their spread. Columns that are constant, or sparse as pixels are, have no say in the ratios.
    """
    values = X.astype(np.float64)
    with np.errstate(all="ignore"):
        size = np.sqrt(np.mean(np.square(values / np.abs(values).max()), axis=0)) * np.abs(values).max()
        spread = values.std(axis=0)
    varied = (spread > 1e-12 * size) & (size > 0)
    if not varied.any():
        return {"the size": float(size.max(initial=0.0))}
    size, spread, mean = size[varied], spread[varied], np.abs(values.mean(axis=0))[varied]
    bounded = bool((np.abs(values) <= 1.0).all())  # pixels: small because they are mostly 0
    return {
        "the size": float(size.max()),
        "the inverse of the size": float(1.0 / size.max()),
        "the ratio of two features' sizes": 1.0 if bounded else float(size.max() / size.min()),
        "the mean beside the spread": float((mean / spread).max()) if not bounded else 1.0,
    }
