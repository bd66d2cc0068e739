"""class_weights_too_high."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.causes.data.class_imbalance import and_listed, recall_of
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.suspicion import Goal, Suspicion
from runner.training.choices import balanced, class_counts

# How many times as much as the whole of another class one may count; the recall of that other below which it is given
# up for the first, and from which on it isn't.
_OUT_OF_PROPORTION, _GIVEN_UP = 10.0, 0.5


class ClassWeightsTooHigh(Cause):
    """Class weights so far from what balances the classes that the network answers one class for nearly everything.

    All samples of one class together count more than ten times as much as those of another, and the recall of that
    other is below a half. Runs that are good by the weighted accuracy are examined too, since giving up the class that
    hardly counts is good by that. Limits: a false alarm may really be so much cheaper than a miss.
    """

    name = "class_weights_too_high"
    says = "by loss.class_weights a class counts > 10 times as much as another, of which the recall is < 1/2"
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """What the classes count in the loss, beside their recalls."""
        setup = case.setup
        given = setup.options.class_weights
        if given is None or isinstance(setup.settings.loss.class_weights, str) or case.outcome in ("nan", "diverged"):
            return
        Y = setup.dataset.train.Y
        counted = np.multiply(given, class_counts(Y))
        light = np.flatnonzero((counted > 0.0) & (counted * _OUT_OF_PROPORTION < counted.max())).tolist()
        recalls = {k: recall_of(case, [k]) for k in light}
        lost = [k for k in light if recalls[k] < _GIVEN_UP]
        if not lost:
            return
        heavy, recall = int(counted.argmax()), recall_of(case, lost)
        ratio = float(counted[heavy] / counted[lost].sum())
        even = ", ".join(f"{weight:.3g}" for weight in balanced(Y))
        yield Suspicion(
            cause=self.name,
            symptom=f"The class weights are out of proportion: all samples of class {and_listed(case, [heavy])} "
            f"together count {ratio:.3g} times as much as those of class {and_listed(case, lost)}, of which the "
            f"network gets {recall:.0%} right. Balanced weights are [{even}].",
            evidence={"weights": list(given), "ratio": ratio, "lost": lost, "recall_of_lost": recall},
            fixes=((Change("loss.class_weights", "balanced"),),),
            strength=float(np.clip(np.log10(ratio), 0.1, 6.0)),
            goal=Goal(f"recall of class {and_listed(case, lost)}", partial(recall_of, classes=lost), _GIVEN_UP),
        )
