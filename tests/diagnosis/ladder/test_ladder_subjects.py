"""The ladder for somebody's own network."""

from __future__ import annotations

from pathlib import Path

import pytest
from climbs import broken_at, climbed, names

from runner.diagnosis.ladder.rung import LadderResult
from runner.errors import UserError

pytestmark = pytest.mark.usefixtures("warm_workers")

FILE = Path(__file__).parent / "nets" / "climbing.py"


def subject(name: str, *words: str) -> LadderResult:
    return climbed(f"subject='{FILE}:{name}'", *words)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Layered", "Entropic", "Classes", "Single"])
def test_right_classes_climb_to_the_top(name: str) -> None:
    """Built from layer sizes, in rows or columns, with labels or a column for each class as predictions, in float32."""
    result = subject(name)
    assert result.passed, result.sentence
    assert result.sentence == "All 6 rungs hold."


@pytest.mark.parametrize(
    ("name", "rung", "mistake"),
    [
        ("ForgetsBias", "by_hand", "bias_missing"),
        ("NoOutputSlope", "neuron_gradient", "missing_activation_derivative"),
        ("NoHiddenSlope", "hidden_layer", "missing_activation_derivative"),
        ("Accumulates", "neuron_gradient", "gradient_not_reset"),
        ("FromHidden", "hidden_layer", "bias_gradient_not_averaged"),
    ],
)
def test_mistakes_are_named_on_their_rung(name: str, rung: str, mistake: str) -> None:
    """A forward pass, an output and a hidden layer that are wrong break the rung at which they first have a part."""
    result = subject(name)
    assert broken_at(result) == rung, result.sentence
    assert mistake in names(result)


@pytest.mark.slow
def test_a_start_with_equal_units_is_reported() -> None:
    """It learns AND, and XOR from random weights: it is the start of its own that can't be got away from."""
    result = subject("AllEqual")
    assert (broken_at(result), result.reason) == ("xor", "symmetric_units")


@pytest.mark.slow
def test_fixed_sizes_leave_rungs_out_of_reach() -> None:
    """What is always 2-5-1 climbs where it fits, and what needs 784 inputs nowhere; both are reported."""
    result = subject("TwoLayersOnly")
    assert [step.status for step in result.steps] == ["out of reach"] * 4 + ["holds"] * 2
    assert result.passed
    assert result.sentence == "Rungs 5 and 6 hold. Out of reach: rungs 1 to 4."
    assert "a single neuron can't be had of it" in result.steps[0].why
    assert result.steps[4].notes == ("it can't be built with 4 hidden units: its own number is used",)
    nothing = subject("Pictures")
    assert not nothing.passed
    assert nothing.sentence == "No rung of the ladder can be climbed by this network, so nothing is proved."
    assert "samples with 2 features" in nothing.steps[5].why


@pytest.mark.slow
def test_code_that_needs_a_hidden_layer_begins_with_one() -> None:
    """A way back that breaks without a second layer leaves the single neuron out of reach, and is no failure."""
    result = subject("NeedsHidden", "subject.names.gradients=gradients")
    assert result.sentence == "Rungs 5 and 6 hold. Out of reach: rungs 1 to 4."
    assert "IndexError" in result.steps[0].why


def test_what_is_raised_breaks_the_rung() -> None:
    """An exception in the way back of two layers is reported with its line."""
    result = subject("Raises", "subject.names.gradients=gradients")
    assert broken_at(result) == "hidden_layer"
    assert "raised RuntimeError: not written yet (climbing.py, line " in result.sentence


def test_faults_are_for_the_configured_network() -> None:
    """Asked for beside a class of one's own they are ignored, with a note."""
    result = subject("TwoLayersOnly", "faults=[sign_flipped]")
    assert result.passed
    assert result.notes == ("faults are put into the configured network, not into yours: they are ignored",)


@pytest.mark.slow
def test_a_loss_that_is_not_known_has_no_hand_arithmetic() -> None:
    """A right network with a loss of its own is not blamed: rung 1 is out of reach, the others hold."""
    result = subject("Odd")
    assert result.passed, result.sentence
    assert result.sentence == "Rungs 2 to 6 hold. Out of reach: rung 1."


def test_a_subject_that_is_not_there_is_an_error() -> None:
    """A name that the file doesn't have is the user's to fix."""
    with pytest.raises(UserError, match=r"there is no 'Layerd' in climbing\.py; did you mean 'Layered'"):
        subject("Layerd")
