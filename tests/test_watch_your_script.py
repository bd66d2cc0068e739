"""The page "My loss is nan", followed as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runner.cli.commands import watch

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "watch-your-script.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of a language, "" for what is printed."""
    return [text for found, text in re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL) if found == language]


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line in a shell."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
    )


def test_the_script_of_the_page_is_the_file() -> None:
    """What is shown is what lies beside it."""
    assert blocks("python")[0] == (ROOT / "docs" / "my_training.py").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path) -> None:
    """Watched, explained, patched: the output as shown up to the first fix; the patched script is finite."""
    script, bare = blocks("python")[0], tmp_path / "my_training.py"
    bare.write_text(script)
    plain, patch, with_settings = blocks("sh")
    alone = typed("python my_training.py", tmp_path)
    watched = typed(plain.replace("watch ", "watch hydra.run.dir=RUN "), tmp_path)
    assert (watched.returncode, watched.stdout) == (alone.returncode, alone.stdout)
    shown = blocks("")[0].partition("nan -> finished")[0].partition("seen")[2]
    assert " ".join(shown.split()) in " ".join(watched.stderr.split())
    assert " ".join(shown.split()) in " ".join(README.split())
    assert " ".join(shown.split()) in " ".join(typed("python -m runner explain last", tmp_path).stdout.split())
    runs = typed("python -m runner runs", tmp_path).stdout
    assert "learning_rate_too_high" in runs
    assert typed(patch, tmp_path).returncode == 0
    assert "nan" not in typed("python my_training.py", tmp_path).stdout
    assert typed(with_settings.replace("RUN", "RUN2"), tmp_path).returncode == 0


def test_every_setting_of_the_page_is_taken(tmp_path: Path) -> None:
    """Each setting in the table is one that the command accepts."""
    (tmp_path / "t.py").write_text("print('ran')\n")
    settings = re.findall(r"^\| `([^`]*)`", PAGE.partition("| setting")[2].partition("\n\n")[0], re.MULTILINE)
    assert len(settings) == 6
    words = [one for one in settings if "=" in one and not one.startswith("tracking.uri")]
    command = f"python -m runner watch tracking=none {' '.join(words)} t.py"
    done = typed(command.replace("=RUN ", "=R "), tmp_path)
    assert (done.returncode, done.stdout) == (0, "ran\n")


def test_help_names_what_stands_before_the_script() -> None:
    """The help of the command is the module's docstring, with its settings."""
    assert watch.__doc__ is not None
    for word in ("tracking", "hydra.run.dir", "watch.on_nonfinite=continue"):
        assert word in watch.__doc__
