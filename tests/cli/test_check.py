"""`check`: what is printed, what is left, and the exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from commands import Whynan

from runner import check


def test_right_gradients_exit_0(whynan: Whynan, folder: Path) -> None:
    """A sentence, a line for each array, and check.json in the run folder."""
    said = whynan("check dataset=xor hydra.run.dir=here")
    assert (said.code, said.err) == (0, "")
    sentence, header, *rows = said.out.splitlines()
    assert sentence.startswith("The gradients are right")
    assert header.split("\t")[:3] == ["array", "verdict", "error"]
    assert [row.split("\t")[:2] for row in rows[:4]] == [[name, "right"] for name in ("W1", "b1", "W2", "b2")]
    assert rows[4:] == ["written to here/check.json", "report     python -m runner report here"]
    assert json.loads((folder / "here/check.json").read_text())["passed"] is True


def test_wrong_gradients_exit_1(whynan: Whynan, folder: Path) -> None:
    """The mistake is named, with what is written and what should be."""
    said = whynan("check dataset=xor 'faults=[missing_activation_derivative@1]' hydra.run.dir=here")
    assert (said.code, said.err) == (1, "")
    assert "missing_activation_derivative@1" in said.out.splitlines()[0]
    assert "  written      dZ1 = dA1\n  should read  dZ1 = dA1 * f'(Z1)\n" in said.out
    assert "W1\tWRONG\t" in said.out
    (cause,) = json.loads((folder / "here/check.json").read_text())["causes"]
    assert (cause["name"], cause["layer"]) == ("missing_activation_derivative", 1)


def test_a_terminal_gets_a_table(whynan: Whynan, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal of 70 columns the numbers stand whole, and what is wrong is coloured."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "70")
    out = whynan("check dataset=xor 'faults=[sign_flipped]'").out
    assert "\x1b[31mWRONG" in out
    assert "2.0e+00" in out
    assert "…" not in out
    printed = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in out.splitlines()]
    assert all(len(line) <= 70 for line in printed if not line.startswith(("written to", "report")))


def test_mistakes_exit_2(whynan: Whynan, folder: Path) -> None:
    """A wrong word, a sweep, and a folder that is taken are the user's to fix; nothing is written."""
    assert whynan("check dataset=xro").code == 2
    assert "one network is checked at a time" in whynan("check -m seed=1,2").err
    assert not list(folder.iterdir())
    assert whynan("check dataset=xor hydra.run.dir=here").code == 0
    assert "holds a gradient check already" in whynan("check dataset=xor hydra.run.dir=here").err


def test_a_check_from_python(folder: Path) -> None:
    """`check` takes what is typed on the command line, and arrays in place of a data set; it writes nothing."""
    assert check("dataset=xor").passed
    result = check(
        "network.hidden=[3]", X=[[0.0], [1.0], [3.0]], Y=[1.0, 2.0, 4.0], overrides=["faults=[sign_flipped]"]
    )
    assert [array.name for array in result.arrays] == ["W1", "b1", "W2", "b2"]
    assert [cause.name for cause in result.causes] == ["sign_flipped"]
    assert repr(result) == f"<check: wrong in {result.pattern}: sign_flipped>"
    assert repr(check("dataset=xor", network={"hidden": [3]})) == "<check: passed, 4 arrays>"
    assert result._repr_html_().startswith("<pre>")
    first, *_, header, W1, b1, W2, b2 = str(result).splitlines()
    assert first == result.sentence
    assert header.split("  ")[0] == "array"
    assert [line.split()[:2] for line in (W1, b1, W2, b2)] == [[name, "WRONG"] for name in ("W1", "b1", "W2", "b2")]
    assert not list(folder.iterdir())
