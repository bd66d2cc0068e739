"""What all tests share: strict numerics, and a command line in an empty folder."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from commands import Said, Whynan
from warm_workers import warm_process, warm_workers

__all__ = ["warm_process", "warm_workers"]


def pytest_configure() -> None:
    """Heed Ctrl-C: a shell starts what runs in its background with SIGINT ignored, and all processes inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def state_of_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What runs leave in the user's state folder goes to one of the tests' own."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(autouse=True)
def strict_numerics() -> Iterator[None]:
    """A division by zero, an overflow or an invalid value is an error wherever a test doesn't mean to have one."""
    with np.errstate(all="raise", under="ignore"):
        yield


@pytest.fixture(autouse=True)
def no_secrets_known() -> Iterator[None]:
    """What one test took from its environment means nothing to the next."""
    yield
    from runner.redaction import forget

    forget()


@pytest.fixture(autouse=True)
def imports_as_before() -> Iterator[None]:
    """What somebody's program imports in this process, and what stands in for packages that draw, ends with a test."""
    path, modules, arguments = [*sys.path], {*sys.modules}, sys.argv
    yield
    if "runner.recording.loading.program" not in sys.modules:
        return
    from runner.recording.loading.program import Beside
    from runner.recording.loading.stand_ins import NothingModule, StandIns

    # Finders of others stay: a library that was imported meanwhile may need its own.
    if theirs := [finder for finder in sys.meta_path if isinstance(finder, Beside | StandIns)]:
        for finder in theirs:
            sys.meta_path.remove(finder)
        sys.path[:], sys.argv = path, arguments
    for name in {*sys.modules} - modules:
        if isinstance(sys.modules[name], NothingModule):
            del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, without a terminal or a tracking server in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "FORCE_COLOR", "HYDRA_FULL_ERROR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def whynan(folder: Path, capsys: pytest.CaptureFixture[str]) -> Whynan:
    """Carry out a command line in this process, quoted as in a shell, with what it prints."""
    from runner.__main__ import main

    def carry_out(line: str) -> Said:
        capsys.readouterr()
        code = main(shlex.split(line))
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return carry_out
