"""What was seen of a run, in words."""

from __future__ import annotations

from typing import Any

import pytest

from runner.explaining.symptoms import UNBROKEN, seen
from runner.files.events import event_of
from runner.files.summary import Summary

LOG: dict[str, Any] = {
    "kind": "inf",
    "step": 1407,
    "phase": "loss",
    "layer": 2,
    "tensor": "log(1 - A2)",
    "call": "log(1 - A2)",
    "count": 2,
    "size": 400,
    "sample": 5,
    "samples": [5, 9],
    "operands": {"1 - A2": {"min": 0.0, "max": 0.9995, "value": 0.0}},
    "origin": [{"tensor": "1 - A2", "value": 0.0}, {"tensor": "A2", "value": 1.0}, {"tensor": "Z2", "value": 38.0635}],
    "chain": ["log(1 - A2)", "loss0", "loss"],
    "approach": {
        "quantity": "grad_norm/layer_2",
        "since": 1388,
        "from": 0.25,
        "to": 0.94,
        "factor": 1.1,
        "doubling": 9.37,
    },
}


def ended(outcome: str = "nan", **changes: Any) -> dict[str, Any]:
    """What summary.json says of a run."""
    final = {"loss": 0.25, "accuracy": 0.875, "valid_loss": None, "valid_accuracy": None}
    best = {"loss": 0.125, "loss_step": 1200, "accuracy": 0.9, "accuracy_step": 1000}
    return {"outcome": outcome, "steps": 4000, "final": final, "best": best, "nonfinite_steps": 0, **changes}


def said(event: dict[str, Any] | None = None, **summary: Any) -> str:
    """What is said of a run with one event, blanks as a person sees them."""
    return seen(Summary.from_dict(ended(**summary)), [] if event is None else [event_of(event)]).replace(UNBROKEN, " ")


def test_the_first_value_that_is_not_finite_is_traced() -> None:
    """Step, call, layer, how many, for which samples, from which values, on which way, and what led there."""
    assert said(LOG) == (
        "At step 1,407 the loss was not finite. The first non-finite value came from log(1 - A2) in layer 2: 2 of 400 "
        "values are infinite (samples 5 and 9). There, 1 - A2 is 0 because A2 is 1 and Z2 is 38.06. It reached the "
        "loss through log(1 - A2) -> loss0 -> loss. Before that, the gradient norm of layer 2 grew from step "
        "1,388 on, from 0.25 to 0.94, doubling every 9.37 steps."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"count": 1, "samples": [5], "sample": 5}, "1 of 400 values is infinite (sample 5)."),
        ({"kind": "nan"}, "2 of 400 values are NaN (samples 5 and 9)."),
        ({"kind": "overflow", "samples": list(range(10))}, "overflowed (samples 0, 1, 2, 3, 4 and others)."),
        ({"count": 1, "size": 1, "samples": [], "sample": None}, "in layer 2: it is infinite. There, "),
        ({"origin": [], "approach": None}, "There, 1 - A2 is 0. It reached the loss"),
        ({"origin": [], "operands": {"Z": {"min": -1.0, "max": 2.5}}}, "There, Z is between -1 and 2.5."),
        ({"origin": [], "operands": {"Z": {"min": 0.0, "max": 0.0}}}, "There, Z is 0 everywhere."),
        ({"origin": [], "operands": {"Z": {"min": None, "max": None}}}, "(samples 5 and 9). It reached"),
        (
            {"phase": "backward", "chain": ["F3", "dZ3", "[dW3 db3]"]},
            "At step 1,407 the gradient of layer 3 was not finite.",
        ),
        ({"phase": "backward"}, "in layer 2, in the backward pass: 2 of"),
        ({"phase": "data", "call": "A0 = inputs"}, "It is in the data already, in A0 = inputs: 2 of"),
        (
            {"phase": "init", "call": "W1 = initial values"},
            "It is in the initial parameters already, in W1 = initial values: 2 of",
        ),
        (
            {"phase": "update", "tensor": "W1", "call": "theta -= u"},
            "The update before this step made W1 non-finite, in theta -= u: 2 of",
        ),
        ({"approach": {**LOG["approach"], "quantity": "loss", "factor": 3e25}}, "the loss grew from step 1,388 on"),
        ({"approach": {**LOG["approach"], "factor": 3e25}}, "from 0.25 to 0.94, by a factor of 3e25 per step."),
    ],
)
def test_each_kind_of_event_has_its_words(changes: dict[str, Any], expected: str) -> None:
    """What the event doesn't hold is left out; samples, phases, targets and paces are named as they are."""
    assert expected in said(LOG | changes)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("nan", "After 4,000 steps the loss was not finite."),
        (
            "diverged",
            "The loss ended far above its first value: 0.25 after 4,000 steps. "
            "Its lowest value was 0.125, at step 1,200.",
        ),
        ("stalled", "The loss hardly fell: the run ended after 4,000 steps with loss 0.25 and accuracy 0.875."),
        ("converged", "The run converged after 4,000 steps with loss 0.25 and accuracy 0.875."),
        ("finished", "The run ended after 4,000 steps with loss 0.25 and accuracy 0.875."),
    ],
)
def test_each_outcome_has_its_words(outcome: str, expected: str) -> None:
    """Without an event the outcome stands with the numbers of the end."""
    assert said(outcome=outcome) == expected


def test_units_that_died_are_named() -> None:
    """Dead and saturated units stand with their step, number and layer."""
    event = {"kind": "dead_units", "step": 3, "phase": "forward", "layer": 1, "tensor": "A1", "count": 3, "size": 4}
    share = "At step 3, 3 of 4 units of layer 1 were"
    assert said(event, outcome="finished").endswith(f"{share} dead (0 for every sample).")
    flat = said(event | {"kind": "saturated_units"}, outcome="stalled")
    assert flat.endswith(f"{share} saturated (flat for every sample).")


def test_a_run_that_went_on_says_how_often_it_broke() -> None:
    """Where steps were skipped, the outcome, the first bad step and the number of all are given."""
    text = said(LOG, outcome="finished", nonfinite_steps=12)
    assert text.startswith("The run ended after 4,000 steps")
    assert text.endswith("In total, 12 steps were not finite.")
