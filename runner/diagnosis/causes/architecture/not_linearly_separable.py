"""not_linearly_separable."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.measures.linear import linear_hidden_layers
from runner.diagnosis.measures.linearity import linearity
from runner.diagnosis.suspicion import Suspicion
from runner.training.setup import Setup

_WIDTHS = (8, 32)


class NotLinearlySeparable(Cause):
    """A network without a hidden layer, or with linear ones alone, for classes that no hyperplane separates.

    A linear program says that they don't separate; besides, the best linear function that was found stays below
    `good_progress`, or far below what the nearest neighbours of a sample predict. The cause is certain where these
    predict the class better than a linear function does, or, with few samples, where equal inputs have equal labels;
    then it is named in a run that did fairly well, too. Limits: of large data sets a sample is taken, and a linear
    program that takes more than 5,000 iterations is given up.
    """

    name = "not_linearly_separable"
    says = "a linear program finds no separating hyperplane, and there is no nonlinear hidden layer"
    thresholds = ("good_progress",)
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A linear network for classes, and the result of the linear program."""
        setup = case.setup
        if setup.dataset.task == "regression" or not linear_hidden_layers(setup.architecture):
            return
        if case.conclusion.quality >= case.conclusion.good:
            return
        found = linearity(case)
        if found.separable is not False or not found.insufficient or (case.healthy and not found.proven):
            return
        yield Suspicion(
            cause=self.name,
            symptom=f"No hyperplane separates the classes: over {found.samples} samples, a linear program is left with "
            f"a total violation of {found.violation:.3g}. The network is linear up to its output, so its "
            f"{case.measure.name} can't exceed about {found.best:.3g}.",
            evidence=found.evidence,
            where={"layer": len(setup.architecture.layers)},
            fixes=fixes(setup),
            strength=6.0 if found.proven else 1.0,
            certain=found.proven,
            impossible=found.proven and case.outcome not in ("nan", "diverged"),
            by_fix_alone=not found.proven,
        )


def fixes(setup: Setup) -> tuple[Fix, ...]:
    """Nonlinear hidden layers: a new one, or another activation for those that there are."""
    settings = setup.settings
    if settings.network.hidden:
        names = ("tanh", "relu")
        wide = (Change("network.hidden", (_WIDTHS[0],)), Change("network.activation", "tanh"))
        return (*((Change("network.activation", name),) for name in names), wide)
    bent = (Change("network.activation", "tanh"),) if isinstance(settings.network.activation, tuple) else ()
    drawn = tuple(
        Change(f"init.{what}", start)
        for what, start, chosen in (
            ("weights", "xavier", settings.init.weights.name),
            ("bias", "zeros", settings.init.bias.name),
        )
        if chosen == "explicit"  # values for the one layer that there was
    )
    return tuple((Change("network.hidden", (width,)), *bent, *drawn) for width in _WIDTHS)
