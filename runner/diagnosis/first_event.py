"""The first non-finite event of a run, and the call of its program that it names."""

from __future__ import annotations

from typing import Any

from runner.diagnosis.case import Case
from runner.network.program import Call
from runner.training.nonfinite.culprit import LISTED

Event = dict[str, Any]

_KINDS = frozenset({"nan", "inf", "overflow"})


def nonfinite_call(case: Case) -> tuple[Event, Call] | None:
    """The first event of a value that wasn't finite; None where there is none, or where it arose in no call."""
    event = next((event for event in case.events if event["kind"] in _KINDS), None)
    if event is None:
        return None
    calls = (call for call in case.setup.program.calls if (call.result, call.text) == (event["tensor"], event["call"]))
    call = next(calls, None)
    return None if call is None else (event, call)


def place(event: Event) -> dict[str, Any]:
    """Where it was, as findings.json holds it."""
    return {key: event[key] for key in ("step", "layer", "tensor")}


def entries(event: Event) -> str:
    """How many entries of the result are not finite, and whose: "in 8 of 400 entries (samples 3, 17, ...)"."""
    samples = event.get("samples", [])
    words = f"in {event['count']} of {event['size']} entries" if "size" in event else f"in {event['count']} entries"
    if not samples:
        return words
    more = ", ..." if event["count"] > len(samples) >= LISTED else ""
    return f"{words} (sample{'s' if len(samples) > 1 else ''} {', '.join(map(str, samples))}{more})"
