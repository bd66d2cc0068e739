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

    A linear program says that they don't separate; besides, no linear function that was found comes as far as
    `diagnosis.thresholds.good_progress`, or anywhere near to what the nearest neighbours of a sample tell. It is
    certain where these tell more about the class than a linear function does, or, among few samples, where equal
    inputs have equal labels; then a run that did fairly well is told of it, too. Limits: of large data sets a part is
    asked, and a linear program that takes longer than two seconds is given up.
    """

    name = "not_linearly_separable"
    says = "a linear program finds no separating hyperplane, and there is no nonlinear hidden layer"
    thresholds = ("good_progress",)
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """Classes, a linear network, and what the linear program says."""
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
            symptom=f"No hyperplane separates the classes (over {found.samples} samples a linear program is left "
            f"with a violation of {found.violation:.3g}), and the network is linear up to its output: "
            f"it can't get more than about {100 * found.best:.3g}% right.",
            evidence=found.evidence,
            where={"layer": len(setup.architecture.layers)},
            fixes=fixes(setup),
            strength=6.0 if found.proven else 1.0,
            certain=found.proven,
            by_fix_alone=not found.proven,
        )


def fixes(setup: Setup) -> tuple[Fix, ...]:
    """Hidden layers that bend: a new one, or another activation for those that are there."""
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
