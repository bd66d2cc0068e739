"""`show` and `init`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commands import Whynan
from omegaconf import OmegaConf

from runner.cli.commands.show import SHOWN
from runner.composition.options import shipped_folder
from runner.diagnosis.causes import CAUSES
from runner.network.activations import ACTIVATIONS
from runner.network.faults.catalogue import FAULTS


def test_show_config_prints_yaml(whynan: Whynan) -> None:
    """What is printed is YAML of every setting, as the overrides make it."""
    said = whynan("show config dataset=xor optimizer.lr=0.25")
    assert (said.code, said.err) == (0, "")
    config = OmegaConf.create(said.out)
    assert (config.dataset.name, config.optimizer.lr, config.network.hidden) == ("xor", 0.25, [4])


def test_show_config_hides_passwords(whynan: Whynan) -> None:
    """The password of a store is not printed."""
    assert "uri: http://***@host" in whynan("show config 'tracking.uri=\"http://me:hunter2@host\"'").out


def test_show_program_prints_the_calls(whynan: Whynan) -> None:
    """The program is printed with its brackets and operators as they stand."""
    said = whynan("show program dataset=xor 'network.hidden=[2]'")
    assert (said.code, said.err) == (0, "")
    assert "tanh" in said.out
    assert "W1" in said.out


def test_the_page_on_layers_shows_what_is_printed(whynan: Whynan) -> None:
    """The lines that docs/layers.md shows are those of its first command, and its other commands are valid."""
    page = (shipped_folder().parent / "docs" / "layers.md").read_text(encoding="utf-8")
    first, *others = re.findall(r"^python -m runner (.+)$", page, flags=re.MULTILINE)
    printed = whynan(first).out
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    shown = [block for language, block in blocks if not language]
    assert len(shown) == 2
    assert all(block in printed for block in shown)
    assert len(others) == 4
    assert {whynan(f"show config {command}").code for command in others} == {0}


def test_show_program_marks_faults(whynan: Whynan) -> None:
    """The faults asked for stand first with what they mean; each call that one of them made says so."""
    lines = whynan("show program dataset=xor 'faults=[bias_missing@2,sign_flipped]'").out.splitlines()
    assert lines[0] == "# fault: bias_missing@2: wrong: Z = W A[l-1]; db is still computed; right: Z = W A[l-1] + b"
    assert lines[1].startswith("# fault: sign_flipped: ")
    assert "Z2 = W2 A1  # fault: bias_missing@2" in lines
    assert "[dW1 db1] = -[dW1 db1]  # fault: sign_flipped@1" in lines
    assert "Z1 = W1 A0 + b1" in lines


def test_show_activations_lists_the_registry(whynan: Whynan) -> None:
    """Every activation has a line with its formula, its range of values, and how it is typed."""
    said = whynan("show activations")
    header, *rows = [line.split("\t") for line in said.out.splitlines()]
    assert header == ["activations", "what it is", "typed as"]
    assert [row[0] for row in rows] == list(ACTIVATIONS)
    elu = "f(z) = z if z > 0, else alpha * (exp(z) - 1); values from -1 to inf"
    assert ["elu", elu, "'network.activation={name: elu, alpha: 1.0}'"] in rows


def test_show_faults_lists_the_catalogue(whynan: Whynan) -> None:
    """Below the notation every fault has a line: name, kind, layer, values, wrong and right; nothing else is taken."""
    lines = whynan("show faults").out.splitlines()
    head = [line for line in lines if line.startswith("# ")]
    assert lines[: len(head)] == head
    assert "dZ is dLoss/dZ" in head[0]
    header, *rows = [line.split("\t") for line in lines[len(head) :]]
    assert header == ["fault", "kind", "layer", "value", "wrong", "right"]
    assert [row[0] for row in rows] == list(FAULTS)
    assert all(len(row) == 6 and row[4] and row[5] for row in rows)
    assert ["bias_sign_flipped", "forward", "@l", "=forward|gradient"] in [row[:4] for row in rows]
    assert whynan("show faults xor").code == 2


def test_show_causes_lists_causes_then_faults(whynan: Whynan) -> None:
    """Every cause has a line with its number, a threshold with value and source where it has one; then every fault."""
    said = whynan("show causes diagnosis.thresholds.dead_units=0.25")
    header, *rows = [line.split("\t") for line in said.out.splitlines()]
    assert (said.code, said.err) == (0, "")
    assert header == ["cause", "criterion", "threshold", "meaning of the threshold, and its source"]
    assert [row[0] for row in rows if row[0]] == [*CAUSES, *FAULTS]
    assert [row[1] for row in rows if row[0] in CAUSES] == [cause.says for cause in CAUSES.values()]
    assert all(len(row) == 4 and bool(row[2]) == bool(row[3]) for row in rows)
    dead = next(row for row in rows if row[0] == "dead_units")
    assert dead[2:] == ["dead_units=0.25", "share of a layer's units that are 0 for every sample (SageMaker Debugger)"]
    assert whynan("show causes diagnosis.thresholds.dead_units=2").code == 2


def test_every_threshold_is_shown(whynan: Whynan) -> None:
    """A threshold that a cause names in its sentence stands beside it, and all have a source."""
    rows = [line.split("\t") for line in whynan("show causes").out.splitlines()]
    shown = {row[2].partition("=")[0]: row[3] for row in rows if row[2]}
    named = {name for row in rows for name in re.findall(r"diagnosis\.thresholds\.(\w+)", row[1])}
    assert named <= set(shown)
    assert all(shown.values())


def test_a_terminal_gets_the_causes_as_a_table(whynan: Whynan, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns names stay whole, and the threshold stands below the sentence."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    lines = re.sub(r"\x1b\[[\d;]*m", "", whynan("show causes").out).splitlines()
    assert max(map(len, lines)) <= 80
    assert {name for name in CAUSES if len(name) <= 30} <= {line.split("  ")[0].strip() for line in lines}
    assert any(line.strip().startswith("dead_units=0.5:") for line in lines)


def test_a_fault_that_cannot_act_is_a_mistake(whynan: Whynan) -> None:
    """It is reported with the reason, and where it could act."""
    said = whynan("show program dataset=xor 'faults=[missing_activation_derivative@3]'")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "error: faults[0]: there is no layer 3: the network has 2\n"
        "  given    'missing_activation_derivative@3'\n"
        "  allowed  missing_activation_derivative@1, missing_activation_derivative@2\n"
    )


def test_show_refuses_mistakes(whynan: Whynan) -> None:
    """A configuration that can't be computed can't be shown as a program."""
    said = whynan("show program batch_size=100000")
    assert (said.code, said.out) == (2, "")


def test_show_knows_what_it_can_show(whynan: Whynan) -> None:
    """A word that can't be shown is reported with its nearest."""
    said = whynan("show confg")
    assert (said.code, said.err) == (
        2,
        f"error: can't show 'confg': did you mean 'config'?\n  allowed  {', '.join(SHOWN)}\n",
    )
    assert whynan("show").err == f"error: show what?\n  allowed  {', '.join(SHOWN)}\n"


def test_init_copies_the_shipped_folder(whynan: Whynan, folder: Path) -> None:
    """Afterwards conf/ holds every shipped YAML, to be edited."""
    assert whynan("init").code == 0
    shipped = {path.relative_to(shipped_folder()): path.read_bytes() for path in shipped_folder().rglob("*.yaml")}
    copied = {path.relative_to(folder / "conf"): path.read_bytes() for path in (folder / "conf").rglob("*.yaml")}
    assert copied == shipped
    (folder / "conf/network/small.yaml").write_text("hidden: [7]\n")
    assert "- 7" in whynan("show config").out


def test_init_touches_nothing_that_is_there(whynan: Whynan, folder: Path) -> None:
    """A conf/ of the user is never written to."""
    (folder / "conf").mkdir()
    said = whynan("init")
    assert said.code == 2
    assert said.err == f"error: {folder / 'conf'} is there already; move it away first\n"
    assert list((folder / "conf").iterdir()) == []
