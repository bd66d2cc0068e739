"""exp_overflow."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.first_event import entries, evidence, nonfinite_call, place
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.starts import rules
from runner.diagnosis.suspicion import Suspicion
from runner.files.events import NonfiniteEvent
from runner.network import ops
from runner.network.program import Call, Phase
from runner.training.setup import Setup

_EXPONENTIALS = (ops.exp, ops.expm1)


class ExpOverflow(Cause):
    """An exponential of a number beyond the range of the type: above 709.8 in float64, above 88.7 in float32.

    A sum of exponentials that overflows, and a softmax whose exponentials are all 0, count too. It is how the run
    ended; what made the number so large comes before it where it is found. Limits: only the first event counts; an
    exponential that overflows within a sigmoid, whose result is an exact 0, is no event.
    """

    name = "exp_overflow"
    says = "the first non-finite value comes from exp of a number that is too large for the dtype"

    def look(self, case: Case) -> Iterator[Suspicion]:
        """A first event in an exponential, or in what a softmax makes of them."""
        found = nonfinite_call(case)
        if found is None:
            return
        event, call = found
        if not (call.op in _EXPONENTIALS or _in_softmax(call)):
            return
        yield Suspicion(
            cause=self.name,
            symptom=_symptom(event, call),
            evidence=evidence(event),
            where=place(event),
            fixes=tuple(_fixes(case.setup)),
            strength=3.0,
            certain=True,
        )


def _in_softmax(call: Call) -> bool:
    """Sums of exponentials over units or samples, and the division by them, are what softmax has in a forward pass."""
    sums = call.op in (ops.sum_over_units, ops.sum_over_samples, ops.divide)
    return sums and call.phase in (Phase.FORWARD, Phase.OUTPUT)


def _symptom(event: NonfiniteEvent, call: Call) -> str:
    at = f"At step {event.step:,}, {event.call}"
    if call.op not in _EXPONENTIALS:
        what = "adds up exponentials until they overflow" if event.kind == "overflow" else "divides by 0"
        return f"{at} {what} {entries(event)}."
    operand = (event.operands or {}).get(str(call.operands[0]))
    largest = None if operand is None else operand.max
    reaches = "" if largest is None else f": {call.operands[0]} reaches {largest:.4g}"
    return f"{at} overflows {entries(event)}{reaches}."


def _fixes(setup: Setup) -> Iterator[Fix]:
    settings = setup.settings
    if not settings.loss.from_logits:
        yield (Change("loss.from_logits", True),)
    if settings.dataset.standardize == "none":
        yield (Change("dataset.standardize", "inputs"),)
    yield (Change("optimizer.lr", settings.optimizer.rate / 10),)
    yield rules(setup)[0]
