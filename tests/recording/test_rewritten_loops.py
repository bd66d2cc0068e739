"""A rewritten program does what it did: its loops go round as often as they are written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runner.recording.loading.program import Program

SOURCE = """
class Chain:
    def __init__(self, functions):
        self.functions = functions

    def __call__(self, x):
        for function in self.functions:
            x = function(x)
        return x


doubled = Chain([abs, lambda x: x + x])(3)
"""


@pytest.fixture(autouse=True)
def importing_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program's finders of modules stay, since its process ends with it; here other tests follow."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "argv", [*sys.argv])


def test_a_loop_without_numbers_goes_round_once(tmp_path: Path) -> None:
    """A loop that is the last in a method is not taken for the call that says that it has been left."""
    file = tmp_path / "chain.py"
    file.write_text(SOURCE)
    assert Program(file).load().doubled == 6
