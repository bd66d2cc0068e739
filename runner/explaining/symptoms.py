"""The symptoms of a run in words, not its causes: its outcome, its first non-finite value, units that died.

Made of what summary.json and events.jsonl hold and of nothing else, so that it can be printed again at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from runner.explaining.words import tidied
from runner.files.event_details import Growth, Operand
from runner.files.events import DEAD, SATURATED, Event, NonfiniteEvent, UnitsEvent, first_of
from runner.files.summary import Summary

# Stands for a blank within a formula, where a line is not to be broken.
UNBROKEN = "\xa0"

_ONE = {"nan": "is NaN", "inf": "is infinite", "overflow": "overflowed"}
_MANY = {"nan": "are NaN", "inf": "are infinite", "overflow": "overflowed"}
_UNITS = {DEAD: "dead (0 for every sample)", SATURATED: "saturated (flat for every sample)"}
_QUANTITIES = {"loss": "the loss", "grad_norm": "the gradient norm", "update_ratio": "the ratio of update to weights"}
_MEASURES = {"loss": "loss", "accuracy": "accuracy", "valid_loss": "validation loss"}
_SAMPLES_SHOWN = 5
# From this factor per step on, growth is shown as such, not by the steps that a doubling takes.
_FAST = 2.0


def seen(summary: Summary, events: Sequence[Event]) -> str:
    """A few sentences on how the run ended and what went wrong first."""
    broken = first_of(events, NonfiniteEvent)
    sentences = [] if summary.outcome == "nan" and broken else [_ending(summary)]
    if broken is not None:
        sentences += _broken(broken)
        if summary.outcome != "nan" and (several := summary.nonfinite_steps or 0) > 1:
            sentences.append(f"In total, {several:,} steps were not finite.")
    else:
        sentences += _units(events)
    return " ".join(sentences)


def number(value: float) -> str:
    """A number with four significant digits."""
    return tidied(f"{value:.4g}")


def counted(count: int, noun: str) -> str:
    """So many of something."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _ending(summary: Summary) -> str:
    """How it ended, by its outcome."""
    final, best, steps = summary.final, summary.best, counted(summary.steps or 0, "step")
    measures = [f"{label} {number(value)}" for key, label in _MEASURES.items() if (value := final.get(key)) is not None]
    ended = f" with {_and(measures)}" if measures else ""
    match summary.outcome:
        case "nan":
            return f"After {steps} the loss was not finite."
        case "diverged":
            loss, lowest, at = final.get("loss"), best.get("loss"), best.get("loss_step")
            last = "" if loss is None else f": {number(loss)}"
            least = "" if lowest is None or at is None else f" Its lowest value was {number(lowest)}, at step {at:,}."
            return f"The loss ended far above its first value{last} after {steps}.{least}"
        case "stalled":
            return f"The loss hardly fell: the run ended after {steps}{ended}."
        case "converged":
            return f"The run converged after {steps}{ended}."
    return f"The run ended after {steps}{ended}."


def _broken(event: NonfiniteEvent) -> Iterator[str]:
    """The first non-finite value: what it reached, where it arose, from what, how, and what led there."""
    reached = _reached(event.chain)
    yield f"At step {event.step:,} {reached} was not finite."
    yield _arose(event)
    if values := _values(event):
        yield values
    if len(event.chain) > 2:
        yield f"It reached {reached} through {' -> '.join(event.chain)}."
    if event.approach is not None:
        yield _grown(event.approach)


def _arose(event: NonfiniteEvent) -> str:
    count, size = event.count, event.size
    call = event.call.replace(" ", UNBROKEN)
    several = count is not None and size is not None and size > 1
    how = (_MANY if several and count != 1 else _ONE)[event.kind]
    amount = f"{count:,} of {size:,} values {how}" if several else f"it {how}"
    places = _places(event)
    match event.phase:
        case "data":
            return f"It is in the data already, in {call}: {amount}{places}."
        case "init":
            return f"It is in the initial parameters already, in {call}: {amount}{places}."
        case "update":
            return f"The update before this step made {event.tensor} non-finite, in {call}: {amount}{places}."
    layer = f" in layer {event.layer}" if event.layer else ""
    back = ", in the backward pass" if event.phase == "backward" else ""
    return f"The first non-finite value came from {call}{layer}{back}: {amount}{places}."


def _places(event: NonfiniteEvent) -> str:
    """For which samples, else for which one first."""
    samples = event.samples or ()
    if 1 < len(samples) <= _SAMPLES_SHOWN:
        return f" (samples {_and(map(str, samples))})"
    if samples[1:]:
        return f" (samples {', '.join(map(str, samples[:_SAMPLES_SHOWN]))} and others)"
    return f" (sample {event.sample})" if event.sample is not None else ""


def _values(event: NonfiniteEvent) -> str:
    """The values that made it: the way that one took, else those of the operands, else their range."""
    way = [f"{held.tensor} is {number(held.value)}" for held in event.origin if held.value is not None]
    if way:
        return f"There, {way[0]}{' because ' + _and(way[1:]) if way[1:] else ''}."
    operands = (event.operands or {}).items()
    there = [f"{name} is {number(operand.value)}" for name, operand in operands if operand.value is not None]
    if there:
        return f"There, {_and(there)}."
    ranges = [text for name, operand in operands if (text := _range(name, operand))]
    return f"There, {_and(ranges)}." if ranges else ""


def _range(name: str, operand: Operand) -> str:
    if operand.min is None or operand.max is None:
        return ""
    low, high = number(operand.min), number(operand.max)
    return f"{name} is {low} everywhere" if low == high else f"{name} is between {low} and {high}"


def _grown(approach: Growth) -> str:
    name, _, layer = approach.quantity.partition("/")
    of = f" of {layer.replace('_', ' ')}" if layer else ""
    fast = approach.factor >= _FAST
    pace = f"by a factor of {approach.factor:.3g} per step" if fast else f"doubling every {approach.doubling:.3g} steps"
    return tidied(
        f"Before that, {_QUANTITIES.get(name, name)}{of} grew from step {approach.since:,} on, from "
        f"{number(approach.start)} to {number(approach.end)}, {pace}."
    )


def _reached(chain: Sequence[str]) -> str:
    """What the way ends at: the loss, or a gradient."""
    if not chain or chain[-1] == "loss":
        return "the loss"
    layer = re.search(r"dW(\d+)", chain[-1])
    return f"the gradient of layer {layer[1]}" if layer else "the gradient"


def _units(events: Iterable[Event]) -> Iterator[str]:
    """The layers most of whose units died or became flat."""
    for event in events:
        if isinstance(event, UnitsEvent):
            layer = f"layer {event.layer}" if event.line is None else f"{event.tensor} (line {event.line})"
            share = f"{event.count:,} of {event.size:,} units of {layer}"
            yield f"At step {event.step:,}, {share} were {_UNITS[event.kind]}."


def _and(words: Iterable[str]) -> str:
    listed = list(words)
    return f"{', '.join(listed[:-1])} and {listed[-1]}" if len(listed) > 1 else "".join(listed)
