"""What a person reads about a run that broke, word for word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from runner.diagnosis.fixes.changes import Change, command
from runner.explaining.explanation import WIDTH, Ending, explanation, nothing_wrong, plain
from runner.files.events import event_of
from runner.files.finding import Attempt, Finding, Gain, Reached, Verified
from runner.files.summary import Summary

SUMMARY: dict[str, Any] = {
    "outcome": "stalled",
    "steps": 4000,
    "final": {"loss": 0.693147, "accuracy": 0.5},
    "best": {"loss": 0.69, "loss_step": 10},
    "nonfinite_steps": 0,
}
SEEN = "seen     The loss hardly fell: the run ended after 4,000 steps with loss 0.6931\n         and accuracy 0.5.\n"
OVERFLOW: dict[str, Any] = {
    "kind": "overflow",
    "step": 8,
    "phase": "forward",
    "layer": 3,
    "tensor": "exp(Z3)",
    "call": "exp(Z3) = exp(Z3)",
    "count": 1,
    "size": 20,
    "sample": 3,
    "samples": [3],
    "operands": {"Z3": {"min": 0.0, "max": 811.0, "value": 811.0}},
    "origin": [],
    "chain": ["exp(Z3)", "A3", "loss"],
    "approach": None,
}


def finding(cause: str = "too_few_steps", **changes: Any) -> Finding:
    """A finding without a fix."""
    return replace(Finding(cause, f"A number says {cause}.", {}, {}, (), None, ()), **changes)


def fixed(cause: str, *overrides: str, verified: dict[str, Any] | None = None, **changes: Any) -> Finding:
    """A finding with a fix that worked."""
    result = Verified(
        before="stalled",
        after="converged",
        loss=0.000197,
        quality=1.0,
        seeds="3 of 3 seeds",
        steps=4000,
        command=f"python -m runner dataset=xor {' '.join(overrides)}",
    )
    return finding(cause, prescription=overrides, verified=replace(result, **(verified or {})), **changes)


def tried(*overrides: str, after: str = "diverged", **changes: Any) -> Attempt:
    """A fix that didn't help."""
    return replace(Attempt(overrides, after, 1e9, None, 4000), **changes)


def text_of(*findings: Finding, events: Sequence[dict[str, Any]] = (), **changes: Any) -> str:
    """The explanation as plain text."""
    diagnosed = changes.pop("diagnosed", True)
    return plain(
        explanation(Ending(Summary.from_dict(SUMMARY | changes), list(map(event_of, events)), findings, diagnosed))
    )


def unbroken(text: str) -> str:
    """Text without its line breaks."""
    return " ".join(text.split())


def test_symptom_and_cause_are_kept_apart() -> None:
    """First what was seen, then the cause with place and number, then the fix, what it gave, and the command."""
    cause = fixed(
        "softmax_over_batch",
        "faults=[]",
        symptom="The outputs of a sample sum to 0.3, those of a unit to 1.",
        where={"layer": 3, "tensor": "A3", "step": 0},
        verified={"before": "nan", "seeds": "1 of 1 seed", "loss": None, "command": "python -m runner 'faults=[]'"},
    )
    assert text_of(cause, outcome="nan", events=[OVERFLOW]) == (
        "seen     At step 8 the loss was not finite. The first non-finite value came from\n"
        "         exp(Z3) = exp(Z3) in layer 3: 1 of 20 values overflowed (sample 3).\n"
        "         There, Z3 is 811. It reached the loss through exp(Z3) -> A3 -> loss.\n"
        "cause    softmax_over_batch (layer 3, A3, from step 0)\n"
        "         The outputs of a sample sum to 0.3, those of a unit to 1.\n"
        "fix      faults=[]\n"
        "         nan -> converged, on 1 of 1 seed (4,000 steps)\n"
        "         python -m runner 'faults=[]'\n"
    )


def test_a_pair_of_causes_has_one_fix() -> None:
    """What only two changes together fix is shown once, with both overrides; the second cause refers to it."""
    pair = ("optimizer.lr=0.1", "network.activation=tanh")
    first = fixed("learning_rate_too_high", *pair, where={"step": 12})
    assert text_of(first, fixed("dead_units", *pair, where={"layer": 1, "tensor": "A1", "step": 1030})) == (
        SEEN + "cause 1  learning_rate_too_high (from step 12)\n"
        "         A number says learning_rate_too_high.\n"
        "fix      optimizer.lr=0.1 network.activation=tanh\n"
        "         stalled -> converged, loss 0.000197, on 3 of 3 seeds (4,000 steps)\n"
        "         python -m runner dataset=xor optimizer.lr=0.1 network.activation=tanh\n"
        "cause 2  dead_units (layer 1, A1, from step 1,030)\n"
        "         A number says dead_units.\n"
        "fix      the same as for cause 1\n"
    )


def test_what_was_tried_in_vain_is_shown() -> None:
    """Without a fix the first three attempts stand with what they came to, and how many more there were."""
    attempts = tuple(tried(f"optimizer.lr={rate}") for rate in (1, 2, 3, 4, 5))
    assert text_of(finding(tried=attempts), finding("poor_init_scale")) == (
        SEEN + "cause 1  too_few_steps\n"
        "         A number says too_few_steps.\n"
        "fix      none found; tried optimizer.lr=1 (diverged); optimizer.lr=2 (diverged);\n"
        "         optimizer.lr=3 (diverged); and 2 more\n"
        "cause 2  poor_init_scale\n"
        "         A number says poor_init_scale.\n"
        "fix      none was tried\n"
    )


def test_three_causes_are_shown_in_full() -> None:
    """Of any others name and sentence stand, and a fix that isn't shown yet, cut after two lines."""
    long = finding("overfitting", symptom="x " * 100)
    lines = text_of(finding("a"), finding("b"), finding("c"), finding("d"), long).splitlines()
    assert [line for line in lines if line.startswith("cause")] == ["cause 1  a", "cause 2  b", "cause 3  c"]
    assert lines[-3] == "also     d: A number says d."
    assert lines[-2].startswith("also     overfitting: x x x")
    assert lines[-1].startswith("         x x x")
    assert lines[-1].endswith("x ...")
    assert max(map(len, lines)) <= WIDTH
    known, other = fixed("d", "faults=[]"), fixed("e", "steps=9")
    lines = text_of(fixed("a", "faults=[]"), finding("b"), finding("c"), known, other).splitlines()
    assert lines[-2:] == ["also     d: A number says d.", "also     e: A number says e. Fixed by steps=9."]


def test_what_a_fix_improves_is_shown_by_its_own_measure() -> None:
    """Where a fix isn't judged by the outcome, its measure stands before and after."""
    measured = Gain("recall", 0.0312, 0.9)
    text = text_of(fixed("class_imbalance", "steps=9", verified={"measured": measured}))
    assert "stalled -> converged, loss 0.000197, recall 0.0312 -> 0.9, on 3 of 3 seeds (4,000 steps)" in unbroken(text)
    text = text_of(fixed("class_imbalance", "steps=9", verified={"measured": replace(measured, before=None)}))
    assert "recall unknown -> 0.9" in text


def test_prose_is_broken_and_commands_are_not() -> None:
    """No line is longer than 80 columns but the command, which stays whole to be copied."""
    overrides = [f"dataset.key_{number}=a_rather_long_value" for number in range(5)]
    lines = text_of(fixed("unscaled_inputs", *overrides, symptom="A rather long sentence. " * 9)).splitlines()
    whole = [line for line in lines if len(line) > WIDTH]
    assert [line.strip() for line in whole] == [f"python -m runner dataset=xor {' '.join(overrides)}"]


def test_no_cause_is_said_to_be_none() -> None:
    """Where none was found, none was looked for, or the diagnosis broke, the explanation says so."""
    assert text_of() == f"{SEEN}cause    none found\n"
    assert text_of(diagnosed=False) == f"{SEEN}cause    not looked for: diagnosis.enabled is false\n"
    broke = {"kind": "diagnosis_failed", "step": 4000, "phase": "diagnosis", "reason": "ValueError: [x]"}
    assert text_of(events=[broke]) == f"{SEEN}cause    none found: the diagnosis itself failed (ValueError: [x])\n"
    assert text_of(events=[broke], outcome="converged").endswith("failed (ValueError: [x])\n")


def test_what_was_tried_in_vain_is_said() -> None:
    """Of a run that is not healthy: how good it is, how good a reference is, and which fixes were run, in order."""
    tried = [
        {"prescription": ["seed=1"], "after": "nan", "loss": None, "measured": None, "steps": 3},
        {
            "prescription": ["network.hidden=[8]", "steps=9"],
            "after": "finished",
            "loss": 0.2,
            "measured": {"name": "accuracy", "after": 0.75},
            "steps": 9,
        },
    ]
    event = {
        "kind": "no_cause_found",
        "step": 4000,
        "phase": "diagnosis",
        "measured": {"name": "accuracy", "after": 0.5},
        "reference": 0.98,
        "tried": tried,
    }
    text = text_of(events=[event], outcome="finished").replace("\n        ", "")
    assert text.startswith("seen     The run ended after 4,000 steps")
    assert text.endswith(
        "cause    none found. Accuracy is 0.5 on the training data, where nearest neighbours or a quadratic function "
        "reach 0.98. Tried seed=1 (nan); network.hidden=[8] steps=9 (finished, accuracy 0.75).\n"
    )
    assert "No fix was tried." in text_of(events=[{**event, "tried": [], "reference": None}])


@pytest.mark.parametrize("outcome", ["converged", "finished", "interrupted", "failed"])
def test_a_healthy_run_is_not_explained(outcome: str) -> None:
    """Nothing is printed at the end of a run that has neither findings nor a bad outcome."""
    assert text_of(outcome=outcome) == ""


def test_who_asks_about_a_healthy_run_gets_a_sentence() -> None:
    """`explain` says that nothing is wrong, that nothing was looked for, or how the run ended before."""

    def sentence(outcome: str, *, diagnosed: bool = True, **changes: Any) -> str:
        return nothing_wrong(Ending(Summary.from_dict(SUMMARY | changes | {"outcome": outcome}), [], [], diagnosed))

    assert sentence("converged") == "Nothing is wrong with this run: its outcome is 'converged' after 4,000 steps."
    assert sentence("finished", diagnosed=False).endswith("Causes were not looked for: diagnosis.enabled is false.")
    assert sentence("interrupted", steps=1) == "The run was interrupted after 1 step; no cause is known."
    assert sentence("failed", reason="MemoryError: [1]") == "The run failed after 4,000 steps: MemoryError: [1]"


def test_findings_hold_no_number_that_json_cannot() -> None:
    """NaN and infinities anywhere in a finding are null in findings.json."""
    verified = Verified("nan", "converged", 0.5, math.nan, "1 of 1 seed", 10, "python -m runner")
    attempts = (tried("steps=9", loss=-math.inf),)
    held = Finding("a", "b", {"c": {"d": [1.0, math.inf]}}, {}, (), verified, attempts).to_dict()
    assert held["evidence"] == {"c": {"d": [1.0, None]}}
    assert held["verified"]["quality"] is None
    assert held["tried"][0]["loss"] is None


def test_the_command_runs_in_a_folder_of_its_own() -> None:
    """The folder of the run that broke, which can't be used twice, is no part of the command that repeats the fix."""
    overrides = ["experiment=post/xor", "hydra.run.dir=outputs/posted", "init.weights.std=1", "+init.seed=3"]
    assert command(overrides, (Change("init.weights", "he"), Change("optimizer.lr", 0.12345))) == (
        "python -m runner experiment=post/xor +init.seed=3 init.weights=he optimizer.lr=0.123"
    )


def test_what_was_cut_short_says_how_far_it_came() -> None:
    """A fix whose run was cut short stands with the steps that were run, of how many."""
    text = text_of(fixed("too_few_steps", "steps=9000", verified={"steps": 1200, "planned": 9000}))
    assert "stalled -> converged, loss 0.000197, on 3 of 3 seeds (the first 1,200 of 9,000 steps)" in unbroken(text)
    attempt = tried("steps=9000", after="finished", steps=1200, cut_short=True)
    assert "tried steps=9000 (finished, cut short at step 1,200)" in text_of(finding(tried=(attempt,)))


def test_what_was_tried_and_came_through_says_how_good_it_was() -> None:
    """A run that converged and fixed nothing has learnt nothing: its accuracy says so."""
    attempt = tried("steps=9", after="converged", measured=Reached("accuracy", 0.1))
    assert "tried steps=9 (converged, accuracy 0.1)" in text_of(finding(tried=(attempt,)))
    assert "tried steps=9 (diverged)" in text_of(finding(tried=(replace(attempt, after="diverged"),)))
