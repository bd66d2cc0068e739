"""The watch in a process that needs no second to start."""

from __future__ import annotations

from pathlib import Path

import pytest
from warm_workers import WarmProcess

from tests.watching.watched import WATCH, Ran, Watch


@pytest.fixture
def warm_watch(warm_process: WarmProcess) -> Watch:
    """What `watch` does, in a process forked from a warm one, and its own processes likewise."""

    def carry_out(*words: str, folder: Path) -> Ran:
        out, err = folder.with_name("stdout"), folder.with_name("stderr")
        with out.open("wb") as printed, err.open("wb") as said:
            code = warm_process.carry_out([*WATCH, *words], folder, printed.fileno(), said.fileno(), patience=120)
        return Ran(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))

    return carry_out
