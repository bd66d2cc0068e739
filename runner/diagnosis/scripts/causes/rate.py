"""A script's learning rate, too high or too low, beside what the curvature allows at the steps that were looked at."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.scripts.changes import rates
from runner.diagnosis.scripts.changes.edit import Edit
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, line_of
from runner.explaining.symptoms import number


def rate_too_high(case: LookedAt) -> Iterator[Suspicion]:
    """A rate beyond what the curvature allows, or of a run that broke."""
    rate = case.rate
    if rate is None or not case.unwell:
        return
    limits = _limits(case)
    beyond = [limit for limit in limits if rate > limit]
    if not case.broke and not beyond:
        return
    lower = [one for one in (*(0.5 * limit for limit in limits), rate / 3, rate / 10, rate / 100) if one < 0.9 * rate]

    def edits() -> Iterator[Edit | None]:
        for new in lower:
            yield rates.rate_edit(case.source, rate, new)

    first = rates.rate_edit(case.source, rate, rate / 10)
    known = f" At step {_step_of(case, min(beyond)):,} the curvature allows {number(min(beyond))}." if beyond else ""
    symptom = f"The learning rate of {number(rate)} is too high: with a lower one the same script is stable.{known}"
    evidence = {"lr": rate, "limits": limits}
    yield Suspicion("learning_rate_too_high", symptom, evidence, line_of(first), edits)


def rate_too_low(case: LookedAt) -> Iterator[Suspicion]:
    """A rate with which a run that didn't break gets nowhere."""
    rate, last = case.rate, case.last
    if rate is None or case.broke or not case.unwell:
        return
    if last is not None and last.quality is not None and last.quality >= 0.99:
        return

    def edits() -> Iterator[Edit | None]:
        for new in _higher(case, rate):
            yield rates.rate_edit(case.source, rate, new)

    limits = _limits(case)
    known = f" The curvature allows {number(max(limits))}." if limits and max(limits) > 10 * rate else ""
    symptom = f"The learning rate of {number(rate)} is too low: a higher one gets further in as many steps.{known}"
    first = rates.rate_edit(case.source, rate, 10 * rate)
    yield Suspicion("learning_rate_too_low", symptom, {"lr": rate, "limits": limits}, line_of(first), edits)


def _higher(case: LookedAt, rate: float) -> list[float]:
    limits = [0.5 * limit for limit in _limits(case)]
    wanted = [*sorted(limits, reverse=True), 10 * rate, 100 * rate, 1000 * rate]
    return list(dict.fromkeys(one for one in wanted if one > 2 * rate))


def _limits(case: LookedAt) -> list[float]:
    if case.facts is None:
        return []
    return [state.limit for state in case.facts.states if state.limit is not None]


def _step_of(case: LookedAt, limit: float) -> int:
    """The step at which the curvature allows this rate."""
    assert case.facts is not None
    return next(state.step for state in case.facts.states if state.limit == limit)
