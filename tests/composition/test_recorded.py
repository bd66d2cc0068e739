"""From a recorded configuration back to settings."""

from __future__ import annotations

import shlex

import pytest

from runner.composition.overrides import is_of_subject
from runner.composition.recorded import naming, typed_subject, with_subject
from runner.errors import UserError
from runner.settings.diagnosis import SubjectNames, SubjectSettings

THEIRS = (
    SubjectSettings(path="net.py:Net"),
    SubjectSettings(path="my net.py", call="Net(2, 'a b')", names=SubjectNames(loss="cost(X, Y)", predict="answer")),
)


@pytest.mark.parametrize("subject", THEIRS, ids=["a class", "expressions"])
def test_what_names_a_subject_lets_its_run_go_on(subject: SubjectSettings) -> None:
    """Typed after a command as it is printed, it gives the subject that was recorded, which is refused without."""
    config = {"subject": subject.model_dump()}
    with pytest.raises(UserError, match="only runs if you name it"):
        with_subject(config, config, None)
    words = shlex.split(naming(config["subject"]))
    assert all(is_of_subject(word) for word in words)
    assert with_subject(config, config, typed_subject(words)) == config


def test_our_own_network_needs_no_name() -> None:
    """Nothing is added to its commands."""
    assert naming(SubjectSettings().model_dump()) == naming(None) == ""
