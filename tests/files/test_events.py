"""Events, and the lines of events.jsonl that hold them."""

from __future__ import annotations

import json

import pytest

from runner.files.event_details import Growth, Operand, SourceValue
from runner.files.events import (
    DiagnosisFailedEvent,
    Event,
    NonfiniteEvent,
    RollbackEvent,
    UnexplainedEvent,
    UnitsEvent,
    event_of,
    first_of,
)
from runner.files.finding import Attempt, Reached

LOG = NonfiniteEvent(
    kind="inf",
    step=1411,
    phase="loss",
    layer=2,
    tensor="log(1 - A2)",
    call="log(1 - A2)",
    position=9,
    count=2,
    size=400,
    sample=37,
    samples=(37, 41),
    unit=0,
    operands={"1 - A2": Operand(0.0, 1.0, 0.0, (0, 37), 2), "Y": Operand(None, None)},
    origin=(SourceValue("1 - A2", 0.0, 2), SourceValue("A2", None, 0)),
    chain=("log(1 - A2)", "loss"),
    first=True,
    approach=Growth("loss", 3, 1410, 0.5, 9.0, 1.1, 7.3, (Growth("grad_norm", 4, 1410, 0.1, 0.9, 1.0, 90.0),)),
)
LINE = {
    "kind": "inf",
    "step": 1411,
    "phase": "loss",
    "layer": 2,
    "tensor": "log(1 - A2)",
    "call": "log(1 - A2)",
    "position": 9,
    "count": 2,
    "size": 400,
    "sample": 37,
    "samples": [37, 41],
    "unit": 0,
    "operands": {
        "1 - A2": {"min": 0.0, "max": 1.0, "value": 0.0, "at": [0, 37], "count": 2},
        "Y": {"min": None, "max": None},
    },
    "origin": [{"tensor": "1 - A2", "value": 0.0, "count": 2}, {"tensor": "A2", "value": None, "count": 0}],
    "chain": ["log(1 - A2)", "loss"],
    "approach": {
        "quantity": "loss",
        "since": 3,
        "until": 1410,
        "from": 0.5,
        "to": 9.0,
        "factor": 1.1,
        "doubling": 7.3,
        "others": [
            {
                "quantity": "grad_norm",
                "since": 4,
                "until": 1410,
                "from": 0.1,
                "to": 0.9,
                "factor": 1.0,
                "doubling": 90.0,
            }
        ],
    },
}


def test_a_nonfinite_event_is_written_with_all_that_is_known_of_it() -> None:
    """The keys of events.jsonl, in their order."""
    assert json.dumps(LOG.to_dict()) == json.dumps(LINE)


@pytest.mark.parametrize(
    "event",
    [
        LOG,
        NonfiniteEvent("nan", 0, "init", 1, "W1", "W1 = initial values", count=1, size=1, unit=0, operands={}),
        UnitsEvent("dead_units", 3, "forward", 1, "A1", 3, 4),
        UnitsEvent("saturated_units", 3, "forward", 1, "A1", 3, 4, line=12),
        RollbackEvent("rollback", 7, "update", 0.5),
        DiagnosisFailedEvent("diagnosis_failed", 9, "diagnosis", "ValueError: no"),
        UnexplainedEvent("no_cause_found", 9, "diagnosis", Reached("R²", 0.2), None, ()),
        UnexplainedEvent(
            "no_cause_found",
            9,
            "diagnosis",
            Reached("accuracy", 0.5),
            0.9,
            (Attempt(("steps=90",), "nan", None, None, 3, True), Attempt(("a=1", "b=2"), "stalled", 1.0, None, 9)),
        ),
        Event("of_a_later_version", 2, "forward"),
    ],
    ids=lambda event: str(event.kind),
)
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    """Reading a line gives an equal event, and writing that gives the same line."""
    line = json.dumps(event.to_dict())
    assert event_of(json.loads(line)) == event
    assert json.dumps(event_of(json.loads(line)).to_dict()) == line


def test_what_an_older_file_lacks_is_unknown() -> None:
    """Only its kind and its step are asked of a non-finite event."""
    event = event_of({"kind": "inf", "step": 1411})
    assert isinstance(event, NonfiniteEvent)
    assert (event.layer, event.position, event.samples, event.origin, event.approach) == (0, None, None, (), None)


def test_the_first_event_of_a_class_is_found_among_others() -> None:
    """None where there is none."""
    units = UnitsEvent("dead_units", 3, "forward", 1, "A1", 3, 4)
    assert first_of([units, LOG], NonfiniteEvent) is LOG
    assert first_of([units], NonfiniteEvent) is None
