"""Whether a fix helps with samples that the network hasn't seen: any data can be learnt by heart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.attempts import Attempts
from runner.diagnosis.fixes.changes import Change, Fix, combined
from runner.diagnosis.measures.neighbours import LEAST_SAMPLES
from runner.diagnosis.measures.splits import quality_on

# Share of the training data that is held out where there is no validation split.
_SHARE = 0.25


def generalises(base: Case, faultless: Fix, fix: Fix, fixed: Case, attempts: Attempts) -> bool:
    """Whether at least `gain` of what a fix gains on the training data it also gains on held-out samples.

    It is taken for granted where there is nothing to hold out: few samples, or a whole truth table. Where a run that is
    needed can't be made, the answer is no.
    """
    part = base.setup.dataset.train
    if len(part) < LEAST_SAMPLES or whole_truth_table(part.X):
        return True
    gained = fixed.progress - base.progress
    if base.setup.dataset.valid is None:
        share: Fix = (Change("dataset.valid_fraction", _SHARE),)
        before, after = (attempts.run(combined(change, share)) for change in (faultless, fix))
        if before is None or after is None:
            return False
        base, fixed = before, after
    return _validated(fixed) - _validated(base) >= base.thresholds.gain * gained


def whole_truth_table(X: NDArray[np.floating[Any]]) -> bool:
    """Whether X (n, features) holds every combination of two values for each feature once."""
    features = X.shape[1]
    if features > np.log2(len(X)) or len(X) != 2**features:
        return False
    return all(len(np.unique(column)) == 2 for column in X.T) and len(np.unique(X, axis=0)) == len(X)


def _validated(case: Case) -> float:
    valid = case.setup.dataset.valid
    return 0.0 if valid is None or case.outcome == "nan" else case.measure.progress(quality_on(case, valid))
