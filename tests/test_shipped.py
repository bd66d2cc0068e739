"""Every YAML that is shipped runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from idx_files import write_part
from in_memory import run

from runner.composition.configuration import compose_settings
from runner.composition.options import shipped_folder

CHOICES = sorted(path.relative_to(shipped_folder()) for path in shipped_folder().glob("*/**/*.yaml"))
# What a choice asks for that has no default, and what suits it where the default experiment doesn't.
REQUIRED = {
    "dataset=inline": ("dataset.X=[[0],[1]]", "dataset.Y=[[0],[1]]"),
    "dataset=table": ("dataset.path=points.csv", "dataset.targets=[y]"),
    "init=explicit": ("init.weights.values=[[[1,2],[3,4]],[[5],[6]]]", "network.hidden=[2]"),
    "early_stop=valid_loss": ("dataset.valid_fraction=0.25",),
}


@pytest.mark.parametrize("path", CHOICES, ids=str)
def test_every_shipped_choice_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file of each group composes, is valid, and trains for some steps from a finite loss."""
    monkeypatch.chdir(tmp_path)
    Path("points.csv").write_text("x,y\n0,1\n1,3\n2,5\n")
    choice = f"{path.parts[0]}={Path(*path.parts[1:]).with_suffix('')}"
    overrides = [choice, *REQUIRED.get(choice, ()), "epochs=null", "steps=3"]
    if "mnist" in choice:
        for part in ("train", "test"):
            write_part(tmp_path, part, 80)
        overrides.append("dataset.root=.")
    training = run(*overrides)
    assert training.step == 3
    assert np.isfinite(training.history["loss"]).all()


def test_the_commands_about_losses_and_data_can_be_typed() -> None:
    """Every command in docs/losses-and-data.md is valid, those of sweeps for each of their jobs."""
    text = (shipped_folder().parent / "docs" / "losses-and-data.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python -m runner (.+)$", text, flags=re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        words = [word.replace("range(5)", "4") for word in shlex.split(command) if word != "-m"]
        assert compose_settings(words).dataset.name


def test_the_commands_of_the_docs_can_be_typed() -> None:
    """Every command in docs/posts.md is valid, and every experiment that it names is shipped."""
    text = (shipped_folder().parent / "docs" / "posts.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python -m runner (.+)$", text, flags=re.MULTILINE)
    assert len(commands) >= 4
    for command in commands:
        compose_settings(shlex.split(command))
    named = set(re.findall(r"`((?:post|fixed)/\w+)`", text))
    shipped = {Path(*path.parts[1:]).with_suffix("").as_posix() for path in CHOICES if path.parts[0] == "experiment"}
    assert named <= shipped
    assert {name for name in shipped if name.startswith("post/")} <= named
