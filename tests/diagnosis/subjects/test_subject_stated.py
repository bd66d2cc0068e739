"""What the user states of a network, and what its numbers say."""

from __future__ import annotations

import pytest
from subject_checks import checked

from runner.errors import UserError
from runner.settings import validate


def test_what_is_stated_and_so_is_not_mentioned() -> None:
    """A statement that the numbers bear out leaves nothing to say."""
    stated = {"activation": "tanh", "output": "sigmoid", "loss": "binary_cross_entropy", "reduction": "mean"}
    result = checked("plain_net.py:Net", stated=stated)
    assert result.passed
    assert result.recognised is not None
    assert "3 tanh -> 1 sigmoid" in result.recognised
    assert result.notes == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"activation": ["relu"]}, "subject.stated.activation is relu, but its numbers are those of tanh"),
        ({"output": "tanh"}, "subject.stated.output is tanh, but its numbers are those of sigmoid"),
        (
            {"loss": "half_squared_error"},
            "subject.stated.loss is half_squared_error, but its numbers are those of binary_cross_entropy",
        ),
        ({"reduction": "sum"}, "subject.stated.reduction is sum, but its numbers are those of mean"),
    ],
)
def test_what_the_numbers_contradict_is_said(stated: dict[str, str], says: str) -> None:
    """The network is recognised all the same, and the statement is reported to be wrong."""
    result = checked("plain_net.py:Net", stated=stated)
    assert result.passed
    assert result.recognised is not None
    assert result.notes == (says,)


def test_names_are_checked() -> None:
    """A name that there isn't is answered with the nearest, each at its place."""
    stated = {"activation": ["tanh", "rely"], "output": "sigmoyd", "loss": "squared_eror", "reduction": "men"}
    with pytest.raises(UserError) as caught:
        validate({"subject": {"stated": stated}})
    assert {problem.path: problem.nearest for problem in caught.value.problems} == {
        "subject.stated.activation[1]": "relu",
        "subject.stated.output": "sigmoid",
        "subject.stated.loss": "squared_error",
        "subject.stated.reduction": "mean",
    }
