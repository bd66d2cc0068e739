"""What leaks from call to call is found though the gradient is right."""

from __future__ import annotations

import pytest
from subject_checks import checked

pytestmark = pytest.mark.usefixtures("warm_workers")


@pytest.mark.parametrize(
    ("where", "name", "says"),
    [
        ("Accumulates", "gradient_not_reset", "gradient_not_reset"),
        ("LossTrains", "loss_changes_parameters", "loss(X, Y) changes W1"),
        ("GradientsTrain", "weights_updated_before_backprop", "gradients(X, Y) changes W2"),
        ("Stale", "stale_cache", "uses what an earlier call of gradients(X, Y) left behind"),
        ("Deaf", "output_ignores_input", "the output does not depend on the input"),
        ("Crowd", "output_depends_on_other_samples", "when another sample of the batch changes"),
    ],
)
def test_leaks_are_named(where: str, name: str, says: str) -> None:
    """Where each array is right in a single call, too, the check fails and says what is wrong; no line is accused."""
    result = checked(f"leaking.py:{where}")
    assert not result.passed
    (cause,) = result.causes
    assert (cause.name, says in cause.sentence) == (name, True)
    if where in ("Accumulates", "LossTrains"):
        assert not any(array.passed for array in result.arrays)
    else:
        assert all(array.passed for array in result.arrays)
        assert result.sentence == f"The gradients are right in a single call, but: {cause.sentence}"
    assert [edit.line for edit in result.edits] == ([46] if where == "Accumulates" else [])


def test_samples_that_wrap_around() -> None:
    """Bytes that are added wrap around; a file without a class is a subject, too."""
    result = checked("as_functions.py")
    assert [cause.name for cause in result.causes] == ["integer_overflow"]
    assert "With X as uint8" in result.sentence
    assert [array.name for array in result.arrays] == ["W", "b"]


def test_stale_inputs_are_reported_as_such() -> None:
    """A network that keeps to its first samples ignores its input; what follows from that isn't reported beside."""
    assert [cause.name for cause in checked("odd_forms.py:Stuck").causes] == ["output_ignores_input"]


def test_noise_is_reported() -> None:
    """A loss that gives another number each time can't be differentiated, and that is what is said."""
    result = checked("leaking.py:Noisy")
    assert result.sentence == (
        "The gradients can't be checked: loss(X, Y) gives another number when it is called again with the same "
        "parameters."
    )
