"""Right networks climb to the top; those that can't learn get a reason, and no mistake."""

from __future__ import annotations

import json

import pytest
from climbs import broken_at, climbed, names

from runner.diagnosis.ladder.rungs import RUNGS
from runner.network.activations import ACTIVATIONS

BENT = sorted(set(ACTIVATIONS) - {"identity"})


@pytest.mark.parametrize(
    "words",
    [
        *([f"network.activation={name}"] for name in BENT),
        *([f"network.activation={name}", "loss=half_squared_error"] for name in ("tanh", "relu", "elu")),
        *([f"network.output={name}", "loss=squared_error"] for name in sorted(set(ACTIVATIONS) - {"relu"})),
        ["network.output=softmax"],
        ["loss=categorical_cross_entropy", "network.activation=relu"],
        ["loss.from_logits=false"],
        ["loss.from_logits=false", "loss.epsilon=1e-9", "loss.reduction=sum"],
        ["optimizer.weight_decay=0.5"],
        ["network.hidden=[4,4]", "network.activation=[relu,sigmoid]"],
        ["init=he", "dtype=float32", "seed=7"],
        ["init=explicit", "init.weights.values=[[[1,2],[3,4]],[[5],[6]]]", "network.hidden=[2]"],
        ["experiment=fixed/xor"],
        ["experiment=mnist", "dataset.root=nowhere"],
        ["network.activation={name:leaky_relu,slope:0.2}", "rng=legacy"],
    ],
    ids=" ".join,
)
def test_right_networks_climb_to_the_top(words: list[str]) -> None:
    """Whatever the activations, the loss, the start: all six rungs hold, and no mistake is named."""
    result = climbed(*words)
    assert result.passed, result.sentence
    assert str(result).splitlines()[0] == "All 6 rungs hold."
    assert repr(result) == "<ladder: 6 of 6 rungs hold>"
    assert [step.status for step in result.steps] == ["holds"] * 6
    assert names(result) == set()


@pytest.mark.parametrize(
    ("words", "rung", "reason"),
    [
        (["network.activation=identity"], "xor", "no_hidden_nonlinearity"),
        (["network.bias=false"], "numerical_training", "missing_bias"),
        (["init=constant"], "xor", "symmetric_units"),
        (["init=zeros"], "hidden_layer", "symmetric_units"),
        (["network.output=tanh", "loss=binary_cross_entropy"], "by_hand", "output_cannot_reach_targets"),
        (["network.output=identity", "loss=absolute_error"], "numerical_training", "wrong_loss_for_targets"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_what_cannot_learn_is_reported_by_its_cause(words: list[str], rung: str, reason: str) -> None:
    """With the mathematics right, a rung breaks for what the configuration can't do, with the name of that."""
    result = climbed(*words)
    assert broken_at(result) == rung, result.sentence
    assert (result.reason, result.causes) == (reason, ())
    assert result.broken is not None
    assert result.broken.outcome is not None
    assert result.broken.outcome.next_
    assert reason in result.sentence


def test_the_walk_stops_at_the_first_rung_that_breaks() -> None:
    """What lies above is not tried, and says still what it would prove."""
    result = climbed("faults=[sign_flipped]")
    assert [step.status for step in result.steps] == ["holds", "holds", "breaks", *["not tried"] * 3]
    assert result.sentence == (
        "Rungs 1 and 2 hold; rung 3 breaks (the gradient of the neuron, then of each weight): sign_flipped@1."
    )
    assert all(step.rung.proves.endswith(".") for step in result.steps)


def test_gradients_are_shown_weight_by_weight() -> None:
    """Rung 3 has a line for the neuron and one for each weight, and says which of them is wrong."""
    result = climbed("faults=[bias_gradient_missing]")
    assert result.broken is not None
    assert result.broken.outcome is not None
    whole, *weights = result.broken.outcome.work
    assert whole.startswith("the neuron: |gradient - differences| / |differences| = ")
    assert [line.split(":")[0].strip() for line in weights] == ["dloss/dw1", "dloss/dw2", "dloss/db"]
    assert [line.split()[-1] for line in weights] == ["right", "right", "WRONG"]


def test_the_result_is_json() -> None:
    """Everything can be written down, with the name of each rung and what was found on it."""
    result = climbed("faults=[layer_not_updated@2]")
    read = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert (read["passed"], read["broken"]) == (False, "hidden_layer")
    assert [rung["name"] for rung in read["rungs"]] == [rung.name for rung in RUNGS]
    assert read["causes"][0]["name"] == "layer_not_updated"
    assert read["rungs"][4]["arrays"][2]["passed"] is False


def test_what_the_ladder_leaves_aside_is_reported() -> None:
    """A start written down number by number fits no rung, and says so."""
    (note,) = climbed("init=explicit", "init.weights.values=[[[1,2],[3,4]],[[5],[6]]]", "network.hidden=[2]").notes
    assert note.startswith("init=explicit fits no other sizes")
