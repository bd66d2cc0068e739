"""What the user states of a network."""

from __future__ import annotations

import pytest

from runner.errors import UserError
from runner.settings import validate

pytestmark = pytest.mark.usefixtures("warm_workers")


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
