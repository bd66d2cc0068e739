"""What is recorded of the machine and of the working tree."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from runner.training.environment import _git, changes, environment


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with one commit, as the working folder."""
    monkeypatch.chdir(tmp_path)
    _git.cache_clear()
    for line in ("init -q", "add -A", "-c user.name=me -c user.email=me@here commit -q -m first"):
        (tmp_path / "net.py").write_text("lr = 1\n")
        subprocess.run(["git", *line.split()], check=True)
    return tmp_path


def git_now() -> object:
    """What is recorded of the working tree, looked up again."""
    _git.cache_clear()
    return environment()["git"]


def test_machine_and_blas_are_known() -> None:
    """Processor, cores and BLAS are there, and training's one thread; all of it fits into JSON."""
    found = environment()
    assert found["cpu"]
    assert found["cores"] >= 1
    assert found["blas"]["threads"] == 1
    assert found["blas"]["internal_api"]
    assert json.loads(json.dumps(found)) == found


def test_commit_and_changes_are_known(repository: Path) -> None:
    """The commit is named; a change of a tracked file makes the tree dirty, a new file doesn't."""
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()
    assert git_now() == {"commit": commit, "dirty": False}
    assert changes() == ""
    (repository / "outputs.txt").write_text("new")
    assert git_now() == {"commit": commit, "dirty": False}
    (repository / "net.py").write_text("lr = 2\n")
    assert git_now() == {"commit": commit, "dirty": True}
    assert "-lr = 1\n+lr = 2\n" in changes()


def test_outside_of_a_repository_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without git, and a repository without a commit, have none."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert git_now() is None
    subprocess.run(["git", "init", "-q"], check=True)
    assert git_now() is None


def test_repository_runs_no_program(repository: Path) -> None:
    """A working folder whose git configuration names programs doesn't have them run."""
    hook = repository / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {repository}/ran\n")
    hook.chmod(0o755)
    for name in ("core.fsmonitor", "diff.external"):
        subprocess.run(["git", "config", name, str(hook)], check=True)
    (repository / "net.py").write_text("lr = 2\n")
    assert git_now() is not None
    assert "+lr = 2" in changes()
    assert not (repository / "ran").exists()
