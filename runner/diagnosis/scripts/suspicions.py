"""What the numbers of a watched script speak for, with the changes of its text that would fix it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.diagnosis.scripts import guards, rates, scaling
from runner.diagnosis.scripts.edit import Edit
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.symptoms import number
from runner.files.finding import Where

# Root mean square of data, and ratio of the deviations of features, from which they count as unscaled.
_LARGE, _APART = 3.0, 20.0
_FAR = 3.0  # weights off by this factor from 1 / sqrt(fan-in)
_RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, math.inf)}


@dataclass(frozen=True)
class Suspicion:
    """A cause, what speaks for it, and changes to try, the likeliest first. `stands`: it is told without a fix, too."""

    cause: str
    symptom: str
    evidence: Mapping[str, Any]
    where: Where
    edits: Callable[[], Iterator[Edit | None]]
    stands: bool = False


def suspicions(case: LookedAt) -> Iterator[Suspicion]:
    """All of them, causes before what follows from them."""
    for find in (
        _output_range,
        _inputs,
        _targets,
        _symmetric,
        _start,
        _rate_too_high,
        _saturated,
        _dead,
        _rate_too_low,
        _logarithm,
        _exponential,
    ):
        yield from find(case)


def _inputs(case: LookedAt) -> Iterator[Suspicion]:
    data = case.facts.inputs if case.facts is not None else None
    if data is None:
        return
    ratio = data.largest / data.smallest if data.smallest else 1.0
    if data.rms < _LARGE and ratio < _APART:
        return
    inputs = scaling.inputs_edit(case.source, data)

    def edits() -> Iterator[Edit | None]:
        yield inputs
        yield from _with_targets(case, inputs)
        yield from _with_rate(case, inputs)
        for both in _with_targets(case, inputs):
            yield from _with_rate(case, both)

    apart = f", and the largest of its features differs {number(ratio)} times as much as the smallest"
    symptom = (
        f"The inputs {data.names[0]} are not scaled: their root mean square is {number(data.rms)}"
        f"{apart if ratio >= _APART else ''}."
    )
    yield Suspicion("unscaled_inputs", symptom, {"rms": data.rms, "ratio": ratio}, _line(inputs), edits)


def _targets(case: LookedAt) -> Iterator[Suspicion]:
    data = case.facts.targets if case.facts is not None else None
    if data is None or case.facts is None or case.facts.task != "regression" or data.rms < _LARGE:
        return
    targets = scaling.targets_edit(case.source, data)

    def edits() -> Iterator[Edit | None]:
        yield targets
        yield from _with_rate(case, targets)

    symptom = f"The targets {data.names[0]} are not scaled: their root mean square is {number(data.rms)}."
    yield Suspicion("unscaled_targets", symptom, {"rms": data.rms}, _line(targets), edits)


def _output_range(case: LookedAt) -> Iterator[Suspicion]:
    facts = case.facts
    if facts is None or facts.targets is None or facts.output not in _RANGES or facts.task != "regression":
        return
    low, high = _RANGES[facts.output]
    data = facts.targets
    margin = 0.01 * (data.high - data.low)
    if data.low >= low - margin and data.high <= high + margin:
        return
    edit = scaling.targets_edit(case.source, data, low) if math.isfinite(high) else None

    def edits() -> Iterator[Edit | None]:
        yield edit
        yield from _with_rate(case, edit)

    symptom = (
        f"The output is a {facts.output}, between {number(low)} and {number(high)}; the targets {data.names[0]} lie "
        f"between {number(data.low)} and {number(data.high)}, where it never gets."
    )
    evidence = {"output": facts.output, "low": data.low, "high": data.high}
    yield Suspicion("output_cannot_reach_targets", symptom, evidence, _line(edit), edits, stands=True)


def _symmetric(case: LookedAt) -> Iterator[Suspicion]:
    if case.facts is None:
        return
    names = tuple(name for name in case.facts.states[0].symmetric if name in case.facts.states[-1].symmetric)
    if not names:
        return
    edit = scaling.unequal_edit(case.source, case.facts.deviations, case.facts.states[0].symmetric)
    symptom = (
        f"The units start equal and stay equal: {_and(names)} have equal columns or rows at the first step and at the "
        "last, so that all units of a layer do the work of one."
    )

    def edits() -> Iterator[Edit | None]:
        yield edit
        yield from _with_rate(case, edit)

    yield Suspicion("symmetric_units", symptom, {"parameters": list(names)}, _line(edit), edits)


def _start(case: LookedAt) -> Iterator[Suspicion]:
    if case.facts is None:
        return
    off = {}
    for name, (mean, deviation, fan_in) in case.facts.deviations.items():
        wanted = math.sqrt(1.0 / fan_in) if fan_in else 0.0
        size = math.hypot(mean, deviation)
        if wanted and size and (abs(math.log(size / wanted)) > math.log(_FAR) or abs(mean) > 0.7 * deviation):
            off[name] = mean, deviation, wanted
    if not off:
        return
    edit = scaling.start_edit(case.source, case.facts.deviations, case.facts.output)
    name, (mean, deviation, wanted) = max(off.items(), key=lambda one: abs(math.log(one[1][1] / one[1][2] + 1e-300)))

    def edits() -> Iterator[Edit | None]:
        yield edit
        yield from _with_rate(case, edit)

    symptom = (
        f"The weights {_and(list(off))} start badly: {name} has mean {number(mean)} and standard deviation "
        f"{number(deviation)}, where 0 and {number(wanted)} suit its inputs."
    )
    evidence = {"mean": mean, "std": deviation, "suits": wanted}
    yield Suspicion("poor_init_scale", symptom, evidence, _line(edit), edits)


def _rate_too_high(case: LookedAt) -> Iterator[Suspicion]:
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
    yield Suspicion("learning_rate_too_high", symptom, evidence, _line(first), edits)


def _rate_too_low(case: LookedAt) -> Iterator[Suspicion]:
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
    yield Suspicion("learning_rate_too_low", symptom, {"lr": rate, "limits": limits}, _line(first), edits)


def _saturated(case: LookedAt) -> Iterator[Suspicion]:
    last = case.last
    flat = [units for units in last.hidden if units.flat > 0.5] if last is not None and case.step.samples else []
    if not flat:
        return
    worst = max(flat, key=lambda one: one.flat)
    symptom = f"{worst.flat:.0%} of what line {worst.line} gives ({worst.text}) lies where {worst.kind} is flat."

    def edits() -> Iterator[Edit | None]:
        assert case.facts is not None
        yield scaling.start_edit(case.source, case.facts.deviations, case.facts.output)
        if case.rate is not None:
            yield rates.rate_edit(case.source, case.rate, case.rate / 10)

    where: Where = {"line": worst.line}
    yield Suspicion("saturated_units", symptom, {"share": worst.flat}, where, edits, stands=True)


def _dead(case: LookedAt) -> Iterator[Suspicion]:
    last = case.last
    dead = [units for units in last.hidden if units.dead > 0.5] if last is not None and case.step.samples else []
    if not dead and not case.still:
        return
    if dead:
        worst = max(dead, key=lambda one: one.dead)
        symptom = (
            f"{worst.dead:.0%} of the {worst.units} units of line {worst.line} ({worst.text}) are 0 for every sample."
        )
        where: Where = {"line": worst.line}
        evidence: dict[str, Any] = {"share": worst.dead}
    else:
        symptom = f"The gradient of {_and(case.still)} is exactly 0 at the end: its units give 0 for every sample."
        where, evidence = {"tensor": case.still[0]}, {"parameters": list(case.still)}

    def edits() -> Iterator[Edit | None]:
        if case.rate is not None:
            yield rates.rate_edit(case.source, case.rate, case.rate / 10)
            yield rates.rate_edit(case.source, case.rate, case.rate / 100)
        if case.facts is not None:
            yield scaling.start_edit(case.source, case.facts.deviations, case.facts.output)

    yield Suspicion("dead_units", symptom, evidence, where, edits, stands=True)


def _logarithm(case: LookedAt) -> Iterator[Suspicion]:
    event = case.event
    if event is None or "log" not in event.call or event.kind not in ("inf", "nan"):
        return
    value = next((held.value for held in event.origin if held.value is not None), None)
    said = [f"{held.tensor} is {number(held.value)}" for held in event.origin if held.value is not None]
    if value is None or value > 0:
        return
    sample = f" for sample {event.sample}" if event.sample is not None else ""
    symptom = f"{event.call[0].upper()}{event.call[1:]} is infinite{sample}: there, {_and(said[:2])}."
    edit = guards.logarithm_edit(case.source, case.troubles)
    where: Where = {"line": event.position or 0, "step": event.step}
    yield Suspicion("log_of_zero", symptom, {"value": value}, where, lambda: iter([edit]), stands=True)


def _exponential(case: LookedAt) -> Iterator[Suspicion]:
    event = case.event
    if event is None or "exp" not in event.call or event.kind != "overflow":
        return
    edit = guards.exponential_edit(case.source, case.troubles)
    values = [f"{name} is {number(one.value)}" for name, one in (event.operands or {}).items() if one.value is not None]
    symptom = f"{event.call[0].upper()}{event.call[1:]} overflows{': ' + _and(values) if values else ''}."
    where: Where = {"line": event.position or 0, "step": event.step}
    yield Suspicion("exp_overflow", symptom, {"call": event.call}, where, lambda: iter([edit]), stands=True)


def _with_targets(case: LookedAt, edit: Edit | None) -> Iterator[Edit | None]:
    facts = case.facts
    if edit is not None and facts is not None and facts.targets is not None and facts.task == "regression":
        targets = scaling.targets_edit(case.source, facts.targets)
        if targets is not None and facts.targets.rms > 1.0:
            yield edit + targets


def _with_rate(case: LookedAt, edit: Edit | None) -> Iterator[Edit | None]:
    """The change with a rate that suits the network then: it is asked for anew."""
    rate = case.rate
    text = None if edit is None else case.source.applied(edit)
    if rate is None or edit is None or text is None:
        return
    limit = limit_of(case, text)
    if limit is None:
        candidates = [10 * rate, 100 * rate] if not case.broke else [rate / 10]
    else:
        candidates = [0.5 * limit, 0.05 * limit]
    for new in candidates:
        changed = rates.rate_edit(case.source, rate, new)
        if changed is not None:
            yield edit + changed


def limit_of(case: LookedAt, text: str) -> float | None:
    """The learning rate that the curvature allows at the start of a changed copy."""
    from runner.diagnosis.scripts.asking import Unknown

    try:
        found: float | None = case.workshop.ask("limit", text=text)["limit"]
    except Unknown:
        return None
    return found


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


def _line(edit: Edit | None) -> Where:
    return {} if edit is None else {"line": edit.line}


def _and(texts: Any) -> str:
    found = list(texts)
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
