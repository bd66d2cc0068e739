"""The page "My script does not learn", followed as it stands."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from runner import check
from runner.__main__ import main

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "check-your-own.md").read_text(encoding="utf-8")
NETS = ROOT / "tests" / "diagnosis" / "subjects" / "nets"
POSTED = [text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "post_styles.py" in text]


def blocks(language: str) -> list[str]:
    """The blocks of a language, "" for what is printed."""
    return [text for found, text in re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL) if found == language]


def typed(command: str, folder: Path) -> tuple[int, list[str]]:
    """A line in a shell: its exit code, and the words that it prints."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.split()


def holds(words: list[str], text: str) -> bool:
    """Whether the words of a text come one after the other."""
    return " ".join(text.split()) in " ".join(words)


@pytest.mark.slow
def test_the_example_is_checked_corrected_and_right(tmp_path: Path) -> None:
    """Code, command, output, the corrected line and the command again, as on the page; the notebook's call too."""
    code, corrected, notebook = blocks("python")
    check_it, _ = blocks("sh")
    wrong, right = blocks("")
    file = tmp_path / "my_net.py"
    file.write_text(code)
    assert code == (ROOT / "docs" / "my_net.py").read_text(encoding="utf-8")
    status, words = typed(check_it, tmp_path)
    assert (status, holds(words, wrong)) == (1, True)
    (number,) = re.findall(r"line (\d+)  +d1", wrong)
    lines = code.splitlines(keepends=True)
    lines[int(number) - 1] = corrected
    file.write_text("".join(lines))
    status, words = typed(check_it, tmp_path)
    assert (status, holds(words, right)) == (0, True)
    status, words = typed(f"python -c {shlex.quote(notebook.replace('check(', 'print(check(') + ')')}", tmp_path)
    assert (status, holds(words, right)) == (0, True)
    status, words = typed("python my_net.py", tmp_path)
    assert (status, words[-4:]) == (0, ["[[0.]", "[1.]", "[1.]", "[0.]]"])


@pytest.mark.slow
def test_the_patch_of_the_page_corrects_the_file(tmp_path: Path) -> None:
    """What the page types to have the correction written and applied gives the corrected file."""
    code, corrected, _ = blocks("python")
    _, patch = blocks("sh")
    (tmp_path / "my_net.py").write_text(code)
    status, _ = typed(patch, tmp_path)
    assert status == 0
    before, after = code.splitlines(), (tmp_path / "my_net.py").read_text().splitlines()
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [corrected.rstrip()]


@pytest.mark.parametrize("text", POSTED, ids=lambda text: yaml.safe_load(text)["subject"]["path"].partition(":")[2])
def test_posted_styles_are_checked_with_yaml_alone(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The YAML of the page, as an experiment of one's own, is all that the command needs."""
    shutil.copy(NETS / "post_styles.py", tmp_path)
    file = tmp_path / "conf" / "experiment" / "mine.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(f"# @package _global_\n{text}")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "experiment=mine"]) == 0
    assert capsys.readouterr().out.startswith("The gradients are right")


def test_all_five_are_there() -> None:
    """One YAML for each of the posts' classes."""
    assert len({yaml.safe_load(text)["subject"]["path"] for text in POSTED}) == 5


def test_the_yaml_of_every_key_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block that shows every key is what the settings take: it fits the class that it was written for."""
    (text,) = (block for block in blocks("yaml") if "stated" in block)
    shutil.copy(NETS / "post_styles.py", tmp_path / "net.py")
    file = tmp_path / "conf" / "experiment" / "mine.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        text.replace("NeuralNetwork([2, 3, 1])", "PrivateWeights([2, 3, 1], 'right')").replace(
            "net.py:NeuralNetwork", "net.py:PrivateWeights"
        )
    )
    monkeypatch.chdir(tmp_path)
    result = check("experiment=mine")
    assert result.passed
    assert result.notes == ()
