"""Climbing with a subject: which rungs it can be built for, and how it wants the answers 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from runner.diagnosis.ladder.by_hand import agreement
from runner.diagnosis.ladder.rung import ClimbedRung, Rung
from runner.diagnosis.ladder.subject_rung import SubjectRung
from runner.diagnosis.ladder.tables import AND_UNITS, XOR_UNITS, samples
from runner.errors import UserError
from runner.settings import Settings
from runner.subjects.complaint import SubjectError
from runner.subjects.process.proxy import opened
from runner.subjects.samples import Samples


class SubjectRungs:
    """The networks of a subject, one for each size, kept as long as `stack` is open.

    `refused` are the errors of those that could not be built.
    """

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self._settings, self._stack = settings, stack
        self._one_hot = False
        self._answers = False
        self._single: SubjectRung | str | None = None
        self.refused: list[UserError] = []

    def network(self, rung: Rung) -> SubjectRung | str:
        """The subject in the sizes and on the data of a rung; a sentence where it can't be had."""
        if rung.one_layer:
            if self._single is None:
                self._single = self._one_neuron(rung)
            return self._single
        return self._with_hidden(rung)

    def raise_if_it_is_none(self, steps: Sequence[ClimbedRung]) -> None:
        """Raise the last refusal where every rung was refused and it isn't for the sake of the rung's data."""
        if self.refused and all(step.status == "out of reach" for step in steps):
            error = self.refused[-1]
            if any(problem.path != "dataset" for problem in error.problems):
                raise error

    def _one_neuron(self, rung: Rung) -> SubjectRung | str:
        """With one target, or with one for each answer, whichever makes sense of its loss."""
        refusals, unknown = [], []
        for self._one_hot in (False, True):
            try:
                network = self._built(rung, ())
            except (UserError, SubjectError) as error:
                refusals.append(f"it can't be built and called without a hidden layer: {self._noted(error)}")
                continue
            if not network.is_one_layer:
                refusals.append(f"a single neuron can't be had of it: {network.arrays}")
            elif network.Y.shape[1] != 1 + self._one_hot or network.formulas is None:
                unknown.append((self._one_hot, network))
            elif self._one_hot or not _is_for_classes(network):
                return self._taken(network)
        self._one_hot, first = unknown[0] if unknown else (False, None)
        return refusals[0] if first is None else self._taken(first)

    def _taken(self, network: SubjectRung) -> SubjectRung:
        self._answers = network.answers = _can_be_compared(network)
        if not self._answers:
            network.notes.append("its predictions can't be compared with the targets: its loss alone counts")
        return network

    def _with_hidden(self, rung: Rung) -> SubjectRung | str:
        units = AND_UNITS if rung.dataset == "and" else XOR_UNITS
        try:
            network = self._built(rung, (units,))
        except UserError as error:
            return f"it can't be built for these data: {self._noted(error)}"
        if network.layers < 2:
            return f"it has no hidden layer: {network.arrays}"
        if not network.has_units(units):
            network.notes.append(f"it can't be built with {units} hidden units: its own number is used")
        return network

    def _built(self, rung: Rung, hidden: Sequence[int]) -> SubjectRung:
        X, Y = samples(rung.dataset, one_hot=self._one_hot)
        settings = self._settings
        subject = self._stack.enter_context(opened(settings.subject, Samples(X, Y), hidden))
        return SubjectRung(subject, settings.subject, hidden, answers=self._answers)

    def _noted(self, error: Exception) -> str:
        if isinstance(error, UserError):
            self.refused.append(error)
        return " ".join(str(error).split())


def _is_for_classes(network: SubjectRung) -> bool:
    """Whether its loss wants a column for each class."""
    return network.formulas is not None and network.formulas.loss == "categorical_cross_entropy"


def _can_be_compared(network: SubjectRung) -> bool:
    """Whether its predictions are what its loss is computed from."""
    formulas = network.formulas
    if formulas is None:
        return False
    network.answers = True
    loss, outputs = agreement(network, formulas)
    return outputs is not None and (outputs or not loss)
