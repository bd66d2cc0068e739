"""Whatever a subject does, the check ends with a clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from subject_checks import checked

from runner.diagnosis.subjects.check import check_subject
from runner.errors import UserError
from runner.settings.diagnosis import SubjectSettings


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("Raises", "gradients(X, Y) raised ValueError: shapes (5,2) and (5,1) not aligned"),
        ("Exits", "gradients(X, Y) called sys.exit(3) (misbehaving.py, line "),
        ("Vanishes", "gradients(X, Y) ended the process (exit code 7)"),
        ("Asks", "gradients(X, Y) waited for input, and there is nobody to type it"),
        ("WrongShapes", "gradients(X, Y)[0] has the shape (1, 2), but parameters[0] the shape (2, 1)"),
        ("TooFew", "gradients(X, Y) returns 1 array for the 2 arrays of parameters"),
        (
            "LossOfSamples",
            "returns an array of shape (5,), not a number; where it should be averaged, say subject.names",
        ),
        ("Recursive", "loss(X, Y) called itself without end"),
        ("NotANumber", "the loss is not finite"),
    ],
)
def test_a_call_that_fails_is_reported(where: str, sentence: str) -> None:
    """An exception, an exit, a question, wrong shapes or NaN fail the check in a sentence."""
    result = checked(f"misbehaving.py:{where}")
    assert not result.passed
    assert "can't be checked: " in result.sentence
    assert sentence in result.sentence


def test_a_hanging_call_is_ended() -> None:
    """After the time limit the process is ended, and the call that hung is named."""
    result = checked("misbehaving.py:Hangs", time_limit=0.5)
    assert result.sentence == "The gradients can't be checked: gradients(X, Y) did not end within 0.5 seconds."


def test_nan_in_the_gradient_is_wrong() -> None:
    """An array with NaN in it is wrong, the others may be right."""
    result = checked("misbehaving.py:NaNGradient")
    assert [array.passed for array in result.arrays] == [False, True]
    assert result.arrays[0].pattern == "not finite"


def test_parameters_that_start_as_nan_are_named() -> None:
    """Nothing can be checked where a parameter is NaN, and which one it is, is said."""
    result = checked("misbehaving.py:StartsWithNaN")
    assert result.sentence == "The gradients can't be checked: parameters[0]: not finite at the start."


def test_what_it_prints_stays_inside(capfd: pytest.CaptureFixture[str]) -> None:
    """A subject that prints megabytes, to the file descriptor too, is checked, and nothing of it is seen."""
    assert checked("misbehaving.py:Talks").passed
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("where", "path", "says"),
    [
        ("misbehaving.py:Rihgt", "subject.path", "there is no 'Rihgt' in misbehaving.py"),
        ("misbehavin.py:Right", "subject.path", "there is no file"),
        ("misbehaving.py:Stops", "subject.call", "building Stops() raised RuntimeError: not today"),
        ("misbehaving.py:NoGradients", "subject.names.gradients", "can't find its gradients"),
    ],
)
def test_what_the_user_fixes_is_an_error_of_the_user(where: str, path: str, says: str) -> None:
    """A wrong file, name, constructor or mapping names the setting that fixes it, and what there is."""
    with pytest.raises(UserError) as caught:
        checked(where)
    (problem,) = caught.value.problems
    assert (problem.path, says in problem.message) == (path, True)
    assert where != "misbehaving.py:Rihgt" or problem.nearest == "Right"


@pytest.mark.parametrize(
    ("names", "path", "says"),
    [
        ({"loss": "cots(X, Y)"}, "subject.names.loss", "there is no 'cots' in the subject"),
        ({"gradients": "gradients(X, Y"}, "subject.names.gradients", "is no expression"),
        ({"parameters": "__class__"}, "subject.names.parameters", "Python's own"),
        ({"parameters": "[W.copy(), b.copy()]"}, "subject.names.parameters", "gives copies"),
    ],
)
def test_a_wrong_mapping_is_an_error_of_the_user(names: dict[str, str], path: str, says: str) -> None:
    """An expression that can't be used names its line of YAML."""
    with pytest.raises(UserError) as caught:
        checked("misbehaving.py:Right", names)
    assert (caught.value.problems[0].path, says in caught.value.problems[0].message) == (path, True)


def test_a_file_that_does_not_run(tmp_path: Path) -> None:
    """A file that raises, or doesn't end, when it is run is an error of the user that says what to do."""
    file = tmp_path / "net.py"
    for text, says in [
        ("class Net: pass\nraise ValueError('no data')", "raised ValueError: no data (net.py, line 2)"),
        ("class Net:\n  pass\ndef", "raised SyntaxError"),
        ("answer = input('how many?')", "waited for input"),
        ("while True: pass", "did not end within 1 seconds (subject.time_limit); put what trains or shows under"),
    ]:
        file.write_text(text)
        with pytest.raises(UserError, match=r"running net\.py") as caught:
            check_subject(SubjectSettings(path=f"{file}:Net", time_limit=1.0))
        assert says in str(caught.value)
