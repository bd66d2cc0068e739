"""A command line in this process, in an empty folder, with what it prints."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from commands import Said, Whynan

from runner.__main__ import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, without a terminal or a tracking server in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "FORCE_COLOR", "HYDRA_FULL_ERROR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def whynan(folder: Path, capsys: pytest.CaptureFixture[str]) -> Whynan:
    """Carry out a command line, quoted as in a shell."""

    def carry_out(line: str) -> Said:
        capsys.readouterr()
        code = main(shlex.split(line))
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return carry_out
