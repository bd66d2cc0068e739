"""The first non-finite event of a run, and the call of its program that it names."""

from __future__ import annotations

from runner.diagnosis.case import Case
from runner.files.events import NonfiniteEvent, first_of
from runner.files.finding import Evidence, Where
from runner.network.program import Call
from runner.training.nonfinite.culprit import LISTED


def nonfinite_call(case: Case) -> tuple[NonfiniteEvent, Call] | None:
    """The first event of a value that wasn't finite; None where there is none, or where it arose in no call."""
    event = first_of(case.events, NonfiniteEvent)
    if event is None or event.position is None:
        return None
    return event, case.setup.program.calls[event.position]


def place(event: NonfiniteEvent) -> Where:
    """Where it was, as findings.json holds it."""
    return {"step": event.step, "layer": event.layer, "tensor": event.tensor}


def evidence(event: NonfiniteEvent) -> Evidence:
    """What it says of its call, as findings.json holds it."""
    held = event.to_dict()
    return {key: held[key] for key in ("call", "count", "operands", "origin", "samples") if key in held}


def entries(event: NonfiniteEvent) -> str:
    """How many entries of the result are not finite, and whose: "in 8 of 400 entries (samples 3, 17, ...)"."""
    samples, count = event.samples or (), event.count or 0
    words = f"in {count} of {event.size} entries" if event.size is not None else f"in {count} entries"
    if not samples:
        return words
    more = ", ..." if count > len(samples) >= LISTED else ""
    return f"{words} (sample{'s' if len(samples) > 1 else ''} {', '.join(map(str, samples))}{more})"
