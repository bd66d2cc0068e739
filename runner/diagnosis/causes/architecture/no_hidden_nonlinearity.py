"""no_hidden_nonlinearity."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.architecture.not_linearly_separable import fixes
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.measures.linear import linear_hidden_layers
from runner.diagnosis.measures.linearity import linearity
from runner.diagnosis.suspicion import Suspicion


class NoHiddenNonlinearity(Cause):
    """Hidden layers that are all linear make one linear function, however many there are, and the data are not linear.

    The best linear function that was found stays below `good_progress`, or far below what the nearest neighbours of a
    sample predict. The cause is certain where these predict the target better than a linear function does; then it is
    named in a run that did fairly well, too. A regression without any hidden layer is named here; a classification
    without one is `not_linearly_separable`. Limits: with few noisy samples it is open whether a straight line misses
    the noise or the shape.
    """

    name = "no_hidden_nonlinearity"
    says = "all hidden activations are linear, and the best linear function stays below good_progress"
    thresholds = ("good_progress",)
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A linear network, and the best linear function."""
        setup = case.setup
        regression, hidden = setup.dataset.task == "regression", setup.architecture.activations[:-1]
        if not linear_hidden_layers(setup.architecture) or not (hidden or regression):
            return
        if case.conclusion.quality >= case.conclusion.good:
            return
        found = linearity(case)
        if not found.insufficient or (case.healthy and not found.proven):
            return
        layers = "it has no hidden layer" if not hidden else "every hidden activation is linear"
        data = ". The data are not linear:" if found.proven else ", and"
        yield Suspicion(
            cause=self.name,
            symptom=f"The network is linear up to its output, because {layers}{data} the best linear function has "
            f"{case.measure.of_value(found.best)}.",
            evidence=found.evidence,
            where={"layer": 1, "tensor": "A1"} if hidden else {},
            fixes=fixes(setup),
            strength=7.0 if found.proven else 1.0,
            certain=found.proven,
            impossible=found.proven and case.outcome not in ("nan", "diverged"),
            by_fix_alone=not found.proven,
        )
