"""Networks written by hand in many styles: their mistakes are named, and those without any are left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus_cases import LAYERED, RIGHT, WHOLE, Case, pairs, singles
from corpus_verdict import verdict

from runner.diagnosis.subjects.checking import SubjectResult, check_black_box
from runner.network.faults.catalogue import FAULTS
from runner.settings.diagnosis import SubjectSettings

SINGLES = list(singles(2, seed=5))
# Behind an output that ignores its input no other mistake is looked for; the benchmark counts those as missed.
PAIRS = [case for case in pairs(8, seed=5) if not case.net.has("output_ignores_input")]


def checked(case: Case, folder: Path) -> SubjectResult:
    """The check of a case's file."""
    return check_black_box(SubjectSettings.model_validate({"path": f"{case.write(folder)}:Net"}))


@pytest.mark.parametrize(
    "case", [*SINGLES[::2], *(pytest.param(case, marks=pytest.mark.slow) for case in SINGLES[1::2])], ids=str
)
def test_mistake_is_named_in_any_style(case: Case, tmp_path: Path) -> None:
    """Every mistake, in two styles of writing, is named with its layer, or told as tied with what is."""
    named, _, said = verdict(case, checked(case, tmp_path))
    assert named, f"{said}\n{(tmp_path / 'net.py').read_text()}"


@pytest.mark.slow
@pytest.mark.parametrize("case", PAIRS, ids=str)
def test_two_mistakes_are_named(case: Case, tmp_path: Path) -> None:
    """Two mistakes in one network are both named with their layers."""
    named, _, said = verdict(case, checked(case, tmp_path))
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
    assert {*WHOLE, *LAYERED} == set(FAULTS) - hidden
    for name in (*WHOLE, *LAYERED):
        assert len({case.style.name for case in SINGLES if name in dict(case.expected)}) == 2, name
