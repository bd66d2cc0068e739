"""Calls of a script that were not finite: the logarithm of zero, and an exponential that overflows."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.scripts.changes import guards
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, listed
from runner.explaining.symptoms import number
from runner.files.finding import Where


def logarithm_of_zero(case: LookedAt) -> Iterator[Suspicion]:
    """The logarithm of 0, or of a negative number."""
    event = case.event
    if event is None or "log" not in event.call or event.kind not in ("inf", "nan"):
        return
    value = next((held.value for held in event.origin if held.value is not None), None)
    said = [f"{held.tensor} is {number(held.value)}" for held in event.origin if held.value is not None]
    if value is None or value > 0:
        return
    sample = f" for sample {event.sample}" if event.sample is not None else ""
    symptom = f"{event.call[0].upper()}{event.call[1:]} is infinite{sample}: there, {listed(said[:2])}."
    edit = guards.logarithm_edit(case.source, case.troubles)
    where: Where = {"line": event.position or 0, "step": event.step}
    yield Suspicion("log_of_zero", symptom, {"value": value}, where, lambda: iter([edit]), stands=True)


def exponential_overflows(case: LookedAt) -> Iterator[Suspicion]:
    """An exponential that overflows."""
    event = case.event
    if event is None or "exp" not in event.call or event.kind != "overflow":
        return
    edit = guards.exponential_edit(case.source, case.troubles)
    values = [f"{name} is {number(one.value)}" for name, one in (event.operands or {}).items() if one.value is not None]
    symptom = f"{event.call[0].upper()}{event.call[1:]} overflows{': ' + listed(values) if values else ''}."
    where: Where = {"line": event.position or 0, "step": event.step}
    yield Suspicion("exp_overflow", symptom, {"call": event.call}, where, lambda: iter([edit]), stands=True)
