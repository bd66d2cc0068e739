"""Tests for edits that are made one after the other."""

from pathlib import Path

from runner.recording.edits.edit import Edit
from runner.recording.repairing.patch import patched, rebased

TEXT = "a = b - c\nd = e - f\n"
FIRST = Edit("net.py", 1, 4, 9, "b - c", "(c\n - b)", "sign", 1.0)


def test_an_edit_of_the_edited_file_becomes_one_of_the_original() -> None:
    """Behind an edit that makes the file longer, a second edit moves back by as much, lines too."""
    once = FIRST.apply(TEXT)
    start = once.index("e - f")
    second = Edit("net.py", 3, start, start + 5, "e - f", "f - e", "sign", 1.0)
    both = rebased(second, (FIRST,))
    assert both is not None
    assert both[1].line == 2
    assert patched({Path("net.py"): TEXT, Path("other.py"): "x"}, both) == {Path("net.py"): second.apply(once)}


def test_edits_that_overlap_are_refused() -> None:
    """What an edit wrote is not edited again."""
    once = FIRST.apply(TEXT)
    start = once.index("c\n")
    assert rebased(Edit("net.py", 1, start, start + 1, "c", "x", "variable", 1.0), (FIRST,)) is None
