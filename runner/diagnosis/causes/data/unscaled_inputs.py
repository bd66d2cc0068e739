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
    """Inputs of raw magnitudes: they make the loss steep in some directions and flat in others.

    The numbers are the RMS of the features, the ratio of two of them, and mean / std; standardised inputs have to fix
    the run. Limits: a data set may be right as it is and the network wrong for it.
    """

    name = "unscaled_inputs"
    says = "RMS of a feature, ratio of two, or mean / std > magnitude; and standardised inputs fix the run"
    thresholds = ("magnitude",)
    of_any_network = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """Features whose RMS is far from 1, or far from each other."""
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
            symptom=f"The inputs are not standardised: {in_words('a feature', what, size)}."
            + (f" With standardised inputs, learning rates up to {limit:.3g} are stable." if gained else ""),
            evidence={**sizes, "limit": case.limit, "limit_standardised": limit},
            fixes=tuple(dict.fromkeys([scaled, both, (*scaled, *rate), (*both, *rate)])),
            strength=float(np.clip(0.5 + np.log10(beyond), 0.1, 6.0)),
        )


def magnitudes(X: NDArray[np.floating]) -> dict[str, float]:
    """What makes raw columns (n, columns) hard to learn from, each 1 at best: the largest RMS, its inverse, the ratio
    of two RMS, and mean / std. Columns that are constant, or sparse as pixels are, don't count in the ratios.
    """
    values = X.astype(np.float64)
    with np.errstate(all="ignore"):
        size = np.sqrt(np.mean(np.square(values / np.abs(values).max()), axis=0)) * np.abs(values).max()
        std = values.std(axis=0)
    varied = (std > 1e-12 * size) & (size > 0)
    if not varied.any():
        return {"rms": float(size.max(initial=0.0))}
    size, std, mean = size[varied], std[varied], np.abs(values.mean(axis=0))[varied]
    bounded = bool((np.abs(values) <= 1.0).all())  # pixels: small because they are mostly 0
    return {
        "rms": float(size.max()),
        "inverse_rms": float(1.0 / size.max()),
        "rms_ratio": 1.0 if bounded else float(size.max() / size.min()),
        "mean_over_std": float((mean / std).max()) if not bounded else 1.0,
    }


def in_words(column: str, what: str, size: float) -> str:
    """The largest of the `magnitudes`, of "a feature" or "a target"."""
    if what == "rms":
        return f"{column} has RMS {size:.3g}"
    if what == "inverse_rms":
        return f"the largest RMS of {column} is {1.0 / size:.3g}"
    if what == "rms_ratio":
        return f"the RMS of {column} is {size:.3g} times that of another"
    return f"the mean of {column} is {size:.3g} times its std"
