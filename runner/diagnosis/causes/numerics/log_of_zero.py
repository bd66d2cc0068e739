"""log_of_zero."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.first_event import entries, evidence, nonfinite_call, place
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.suspicion import Suspicion
from runner.files.events import NonfiniteEvent
from runner.network import ops
from runner.network.losses import LOSSES
from runner.network.program import Call, Phase
from runner.training.setup import Setup

# The loss has the logarithms, its derivative the divisions.
_LOGARITHMS = (ops.log, ops.log1p)
_DIVISIONS = (ops.divide, ops.reciprocal)
# Keeps a logarithm above -20 and 1 + epsilon above 1 in float64; in float32, too, since it is added to the small one.
_EPSILON = 1e-8


class LogOfZero(Cause):
    """The loss takes the logarithm of an output that has reached 0, or its derivative divides by it.

    The first non-finite value comes from that call. It is how the run ended; what drove the output to 0 or 1 (a
    learning rate, raw inputs, initial weights) comes before it where it is found. Limits: only the first event counts.
    """

    name = "log_of_zero"
    says = "the first non-finite value comes from a logarithm of 0, or from a division by 0 in the loss"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A first event in a logarithm, or in a division by what the logarithm was of."""
        found = nonfinite_call(case)
        if found is None:
            return
        event, call = found
        divides = call.op in _DIVISIONS and call.phase in (Phase.LOSS, Phase.BACKWARD)
        if call.op not in _LOGARITHMS and not divides:
            return
        operand = (event.operands or {}).get(str(call.operands[-1]))
        yield Suspicion(
            cause=self.name,
            symptom=_symptom(event, call, operand.min if operand else None),
            evidence=evidence(event),
            where=place(event),
            fixes=tuple(_fixes(case.setup)),
            strength=3.0,
            certain=True,
        )


def _symptom(event: NonfiniteEvent, call: Call, lowest: float | None) -> str:
    """The call, the step, the samples, and which entry of the output stood behind it."""
    outputs = [held for held in event.origin if held.tensor == f"A{event.layer}" and held.value is not None]
    if lowest is not None and lowest < 0.0 and call.op in _LOGARITHMS:
        what = f"takes the logarithm of negative numbers, down to {lowest:.3g},"
    elif call.op in _LOGARITHMS:
        what = "takes the logarithm of 0"
    else:
        what = "divides by 0"
    exact = ""
    if outputs and outputs[0].value in (0.0, 1.0):
        exact = f": {outputs[0].tensor} is exactly {outputs[0].value:g} there"
    return f"At step {event.step:,}, {event.call} {what} {entries(event)}{exact}."


def _fixes(setup: Setup) -> Iterator[Fix]:
    settings = setup.settings.loss
    if setup.architecture.activations[-1].name in LOSSES[setup.loss].fused:
        if not settings.from_logits:
            yield (Change("loss.from_logits", True),)
    else:
        yield (Change("network.output", "auto"), Change("loss.name", "auto"))
    if settings.epsilon == 0.0:
        yield (Change("loss.epsilon", _EPSILON),)
