"""`check subject=FILE:NAME` on the command line and from Python."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from subject_checks import NETS

from runner import check
from runner.__main__ import main

Run = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command line in a folder that holds the networks."""
    for file in NETS.glob("*.py"):
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def carry_out(line: str) -> tuple[int, str, str]:
        capsys.readouterr()
        return main(shlex.split(line)), *capsys.readouterr()

    return carry_out


def test_a_right_subject_exits_0(run: Run) -> None:
    """One sentence, a line for each array under its own name, and check.json."""
    code, out, err = run("check subject=plain_net.py:Net hydra.run.dir=here")
    sentence, header, *rows = out.splitlines()
    assert (code, err) == (0, "")
    assert sentence.startswith("The gradients are right")
    assert header.split("\t")[:2] == ["array", "verdict"]
    assert rows[0].split("\t")[:2] == ["parameters[0]", "right"]
    assert rows[-2:] == ["written to here/check.json", "report     python -m runner report here"]
    assert not list(Path().rglob("__pycache__"))


def test_a_wrong_subject_exits_1(run: Run) -> None:
    """The mistake, its line, and all of it in check.json with the keys that programs read."""
    code, out, _ = run("check subject=wrong_lines.py:NoDerivative hydra.run.dir=here")
    assert code == 1
    assert "The gradients are wrong: " in out.splitlines()[0]
    found = json.loads(Path("here/check.json").read_text())
    assert found["passed"] is False
    keys = {"name", "layer", "relative_error", "cosine", "ratio", "worst_index", "pattern"}
    assert keys <= found["arrays"][0].keys()
    (cause,) = found["causes"]
    assert {"name", "layer", "residual", "tied_with", "sentence", "should_read", "source"} <= cause.keys()
    assert (cause["name"], cause["layer"]) == ("missing_activation_derivative", 1)
    (edit,) = found["edits"]
    assert {"file", "line", "span", "before", "after", "name", "changes_loss", "checked"} <= edit.keys()
    assert edit["line"] == cause["source"]["line"]
    assert f"  line {edit['line']}" in out.splitlines()[1]
    assert out.splitlines()[2].startswith("  should be ")


def test_a_failing_call_exits_1(run: Run) -> None:
    """A subject that can't be checked fails the check, in a sentence and in check.json."""
    code, out, _ = run("check subject=misbehaving.py:Vanishes hydra.run.dir=here")
    assert (code, out.splitlines()[0]) == (
        1,
        "The gradients can't be checked: gradients(X, Y) ended the process (exit code 7).",
    )
    assert json.loads(Path("here/check.json").read_text())["arrays"] == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("check subject=nothing.py:Net", "subject.path: there is no file"),
        ("check subject=plain_net.py:Nett", "did you mean 'Net'?"),
        ("check subject=plain_net.py:Net dataset=digits", "64 features and 10 outputs don't fit its arrays"),
        ("check subject=plain_net.py:Net subject.call=xyz", "subject.call: unknown way to build it"),
        ("check subject=plain_net.py:Net subject.names.loss=cots", "subject.names.loss"),
    ],
)
def test_mistakes_of_the_user_exit_2(run: Run, line: str, says: str) -> None:
    """What the user fixes is reported by its setting; nothing is written."""
    before = sorted(Path().iterdir())
    code, _, err = run(line)
    assert (code, says in err) == (2, True)
    assert sorted(Path().iterdir()) == before


def test_a_data_set_comes_before_that_of_the_file(run: Run) -> None:
    """dataset= is taken where it is typed, also where the file has X and Y."""
    code, _, _ = run("check subject=plain_net.py:Net dataset=planar hydra.run.dir=here")
    assert code == 0
    code, _, err = run("check subject=plain_net.py:Net dataset=sine")
    assert (code, "1 features and 1 outputs" in err) == (2, True)


def test_expressions_are_typed_with_quotes(run: Run) -> None:
    """Call expressions on the command line."""
    code, out, _ = run(
        "check subject=post_styles.py:PrivateWeights subject.names.parameters=__weights"
        " 'subject.names.gradients=\"Weight_Grad(X, Y, Feedforward(X, Train=True))\"'"
        " 'subject.call=\"PrivateWeights([2, 3, 1])\"'"
    )
    assert code == 1
    assert out.splitlines()[0] == "The gradients are wrong: the parameters were returned as the gradient."


def test_a_subject_from_python(run: Run) -> None:
    """`check` takes the same words, and arrays in place of a data set; it writes nothing."""
    before = sorted(Path().iterdir())
    result = check("subject=plain_net.py:Net")
    assert result.passed
    assert [array.name for array in result.arrays] == [f"parameters[{i}]" for i in range(4)]
    rng = np.random.default_rng(0)
    assert check("subject=plain_net.py:Net", X=rng.normal(size=(20, 2)), Y=rng.integers(0, 2, 20)).passed
    assert sorted(Path().iterdir()) == before
