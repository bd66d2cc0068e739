"""wrong_loss_for_targets."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import ForeseenCause
from runner.diagnosis.measures.output_and_loss import fitting_fixes, mismatch
from runner.diagnosis.suspicion import Suspicion
from runner.training.setup import Setup


class WrongLossForTargets(ForeseenCause):
    """A cross-entropy with targets or outputs that are not probabilities of its kind, or a hinge loss without margins.

    The binary cross-entropy is for targets from 0 to 1 and outputs between them; the categorical one is for one class
    per sample and a softmax; the hinge loss is for labels of 0 and 1 and outputs that reach from -1 to 1. Limits: a
    squared error works for classes too, and is never named; nor is the mismatch at the end of a run that learnt well in
    spite of it.
    """

    name = "wrong_loss_for_targets"
    says = "a cross-entropy whose targets or outputs are not probabilities of its kind, a hinge loss without margins"
    thresholds = ("reachable",)

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The same as before the first step, unless the network learnt well."""
        if not case.healthy:
            yield from self.foresee(case.setup)

    def foresee(self, setup: Setup) -> Iterator[Suspicion]:
        """The kind of the targets and the range of the outputs, compared with the loss."""
        output, thresholds = setup.architecture.layers[-1], setup.settings.diagnosis.thresholds
        if output.choice.name == "softmax" and output.fan_out == 1:
            return  # a cause of its own
        found = mismatch(output.choice, setup.loss, setup.dataset.train.Y, thresholds.reachable)
        if found is not None:
            yield Suspicion(
                cause=self.name,
                symptom=found.sentence,
                evidence={"loss": setup.loss, "task": setup.dataset.task, **found.evidence},
                where={"layer": output.index, "tensor": "loss"},
                fixes=fitting_fixes(setup),
                strength=8.0,
                certain=True,
                impossible=True,
            )
