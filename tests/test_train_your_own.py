"""The page "Train your own class from YAML", followed as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "train-your-own.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of a language."""
    return [text for found, text in re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL) if found == language]


def test_the_page_shows_the_file_beside_it() -> None:
    """The class on the page is that of the file that it links to."""
    assert blocks("python") == [(ROOT / "docs" / "my_class.py").read_text(encoding="utf-8")]


@pytest.mark.slow
def test_every_command_of_the_page_works(tmp_path: Path) -> None:
    """In their order, in an empty folder, each ends with exit code 0 and says nothing on stderr but its progress."""
    (tmp_path / "my_class.py").write_text(blocks("python")[0])
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for command in "".join(blocks("sh")).splitlines():
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
    assert "the same to the last bit" in done.stdout or "cause" in done.stdout
