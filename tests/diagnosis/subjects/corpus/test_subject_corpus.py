"""Networks written by hand in many styles: each mistake is named, and networks without any are left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus_cases import LAYERED, RIGHT, WHOLE, Case, singles
from corpus_verdict import verdict

from runner.diagnosis.subjects.check import check_subject
from runner.diagnosis.subjects.result import SubjectResult
from runner.network.faults.catalogue import FAULTS
from runner.settings.diagnosis import SubjectSettings

pytestmark = pytest.mark.usefixtures("warm_workers")

SINGLES = list(singles(2, seed=5))


def checked(case: Case, folder: Path) -> SubjectResult:
    """The check of a case's file."""
    return check_subject(SubjectSettings.model_validate({"path": f"{case.write(folder)}:Net"}))


@pytest.mark.parametrize(
    "case",
    [case if number % 9 == 0 else pytest.param(case, marks=pytest.mark.slow) for number, case in enumerate(SINGLES)],
    ids=str,
)
def test_a_mistake_is_named_in_any_style(case: Case, tmp_path: Path) -> None:
    """Every mistake, in two styles of writing, fails the check; it is named with its layer, or shown as tied."""
    result = checked(case, tmp_path)
    named, _, said = verdict(case, result)
    assert not result.passed, (tmp_path / "net.py").read_text()
    assert named, f"{said}\n{(tmp_path / 'net.py').read_text()}"


@pytest.mark.slow
@pytest.mark.parametrize("case", RIGHT, ids=str)
def test_right_network_is_left_in_peace(case: Case, tmp_path: Path) -> None:
    """A right network passes, whatever is odd about it."""
    named, _, said = verdict(case, checked(case, tmp_path))
    assert named, f"{said}\n{(tmp_path / 'net.py').read_text()}"


def test_corpus_has_every_mistake_that_shows() -> None:
    """Every fault of the catalogue that can show in a gradient or a forward pass is in the corpus, in two styles."""
    hidden = {"naive_sigmoid", "naive_softmax", "integer_overflow", "targets_shuffled_apart"}
    of_single_numbers = {"weight_gradient_uses_weights"}  # who writes it has no arrays: tests/recording/people
    assert {*WHOLE, *LAYERED} == set(FAULTS) - hidden - of_single_numbers
    for name in (*WHOLE, *LAYERED):
        assert len({case.style.name for case in SINGLES if name in dict(case.expected)}) == 2, name
