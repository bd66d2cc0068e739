"""A rewritten program does what it did: its loops go round as often as they are written."""

from __future__ import annotations

from pathlib import Path

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


def test_a_loop_without_numbers_goes_round_once(tmp_path: Path) -> None:
    """A loop that is the last in a method is not taken for the call that says that it has been left."""
    file = tmp_path / "chain.py"
    file.write_text(SOURCE)
    assert Program(file).load().doubled == 6
