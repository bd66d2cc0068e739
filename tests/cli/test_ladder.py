"""`ladder`: what is printed, what is left, and the exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from commands import Whynan

from runner import ladder

pytestmark = pytest.mark.usefixtures("warm_workers")


def test_a_right_network_exits_0(whynan: Whynan, folder: Path) -> None:
    """A sentence, each rung with what it proves and the numbers to follow, and ladder.json in the run folder."""
    said = whynan("ladder --verbose network.activation=relu hydra.run.dir=here")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "All 6 rungs hold."
    assert [line[0] for line in lines if "  holds   " in line] == list("123456")
    assert sum(line.startswith("   proves  ") for line in lines) == 6
    assert "    z = 0.5 * 1 - 0.3 * 1 + 0.2 = 0.4;  a = 1 / (1 + exp(-0.4)) = 0.598688" in said.out
    assert lines[-2:] == ["written to here/ladder.json", "report     python -m runner report here"]
    left = json.loads((folder / "here/ladder.json").read_text())
    assert (left["passed"], left["broken"], len(left["rungs"])) == (True, None, 6)


def test_a_rung_that_breaks_exits_1(whynan: Whynan, folder: Path) -> None:
    """The rung, the mistake with what is written and what should be, and what to do next."""
    said = whynan("ladder --verbose 'faults=[missing_activation_derivative@2]' hydra.run.dir=here")
    assert (said.code, said.err) == (1, "")
    assert said.out.splitlines()[0] == (
        "Rungs 1 to 4 hold; rung 5 breaks (a hidden layer on AND: gradients, then training): "
        "missing_activation_derivative@2."
    )
    assert "5  BREAKS        a hidden layer on AND" in said.out
    assert "           written      dZ2 = dA2\n           should read  dZ2 = dA2 * f'(Z2)\n" in said.out
    assert "   next    Fix this first" in said.out
    assert "6  not tried     XOR" in said.out
    left = json.loads((folder / "here/ladder.json").read_text())
    assert (left["broken"], left["causes"][0]["name"]) == ("hidden_layer", "missing_activation_derivative")


def test_a_cause_that_is_no_mistake_is_named(whynan: Whynan) -> None:
    """What can't be represented has a name, too, and a fix."""
    said = whynan("ladder --verbose network.activation=identity dataset=sine")
    assert said.code == 1
    assert "   cause   no_hidden_nonlinearity\n   next    Give the hidden layer" in said.out
    assert "note: the data are those of the rungs, AND and XOR: dataset=sine is ignored" in said.out


def test_somebodys_own_class(whynan: Whynan, folder: Path) -> None:
    """A class that is always 2-1 climbs four rungs, and the reason why it can't climb the others is reported."""
    (folder / "net.py").write_text(
        "import numpy as np\n"
        "class Neuron:\n"
        "    def __init__(self):\n"
        "        self.parameters = [np.array([[0.3], [0.1]]), np.zeros(1)]\n"
        "    def predict(self, X):\n"
        "        return 1 / (1 + np.exp(-(X @ self.parameters[0] + self.parameters[1])))\n"
        "    def loss(self, X, Y):\n"
        "        return np.mean((self.predict(X) - Y) ** 2)\n"
        "    def gradients(self, X, Y):\n"
        "        a = self.predict(X)\n"
        "        d = 2 * (a - Y) * a * (1 - a) / len(X)\n"
        "        return [X.T @ d, d.sum(axis=0)]\n"
    )
    said = whynan("ladder --verbose subject=net.py:Neuron hydra.run.dir=here")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == "Rungs 1 to 4 hold. Out of reach: rungs 5 and 6."
    assert "5  out of reach  a hidden layer on AND" in said.out
    assert "   why     it has no hidden layer: built as Neuron() it has parameters[0] (2, 1), parame" in said.out
    assert said.out.count("   why     as before") == 1


def test_a_terminal_gets_colours(whynan: Whynan, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks is red; nothing of a name in brackets is lost."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = whynan("ladder --verbose 'faults=[sign_flipped]' network.hidden=[3]").out
    assert "\x1b[31mBREAKS" in out
    assert "\x1b[32mholds" in out


def test_mistakes_exit_2(whynan: Whynan, folder: Path) -> None:
    """A wrong word, a sweep, a fault that can't act, a class that isn't there, a folder that is taken."""
    assert whynan("ladder network.activation=rleu").code == 2
    assert "the ladder takes one network at a time" in whynan("ladder -m seed=1,2").err
    assert "can't act" in whynan("ladder 'faults=[softmax_over_batch]'").err
    assert "there is no file" in whynan("ladder subject=nothing.py:Net").err
    assert not list(folder.iterdir())
    assert whynan("ladder hydra.run.dir=here").code == 0
    assert "holds a ladder already" in whynan("ladder hydra.run.dir=here").err
    assert "holds a ladder already" in whynan("check hydra.run.dir=here").err


def test_the_ladder_from_python(folder: Path) -> None:
    """`ladder` takes what is typed on the command line, and writes nothing."""
    assert ladder().passed
    result = ladder("network.activation=relu", overrides=["faults=[sign_flipped]"])
    assert not result.passed
    assert [cause.name for cause in result.causes] == ["sign_flipped"]
    assert str(result).splitlines()[0] == result.sentence
    assert repr(result).startswith("<ladder: rung ")
    assert not list(folder.iterdir())


def test_the_page_shows_what_is_printed(whynan: Whynan) -> None:
    """The commands of the page's section are valid, and the lines shown are those of its third command."""
    text = (Path(__file__).parents[2] / "docs" / "check.md").read_text(encoding="utf-8")
    section = text.partition("## The ladder")[2]
    commands = re.findall(r"^python -m runner (ladder.*)$", section, flags=re.MULTILINE)
    short, verbose = (whynan(command).out for command in (commands[2], commands[4]))
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    shown = [block for language, block in blocks if not language]
    assert len(shown) == 2
    assert shown[0] in short
    assert shown[1] in verbose
    assert whynan(commands[1]).code == 0


def test_a_line_for_each_rung(whynan: Whynan) -> None:
    """Without --verbose each rung has one line; of the one that breaks it is said what was found, and what next."""
    lines = whynan("ladder 'faults=[missing_activation_derivative@1]'").out.splitlines()
    rungs = [line for line in lines if line[:1].isdigit()]
    assert [line.split()[:2] for line in rungs[:3]] == [["1", "holds"], ["2", "holds"], ["3", "BREAKS"]]
    assert len(rungs) == 6
    assert any("should read  dZ1 = dA1 * f'(Z1)" in line for line in lines)
    assert any(line.startswith("   next ") for line in lines)
    assert not any("proves" in line and "--verbose" not in line for line in lines)
