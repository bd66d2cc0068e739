"""The mistake in a subject is named, with its layer, and its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from subject_checks import NETS, alone, checked

from runner.diagnosis.gradients.mistake import SourceLine

pytestmark = pytest.mark.usefixtures("warm_workers")

FILE = "wrong_lines.py"


def marked() -> list[tuple[str, str, int | None, int]]:
    """Class, mistake, layer and line, as the comments of the file say."""
    found = []
    name = ""
    for number, line in enumerate((NETS / FILE).read_text().splitlines(), start=1):
        if (start := re.match(r"class (\w+)", line)) is not None:
            name = start[1]
        if (comment := re.search(r"# wrong: (\w+)(?:@(\d))?", line)) is not None:
            found.append((name, comment[1], int(comment[2]) if comment[2] else None, number))
    return found


@pytest.mark.parametrize(("name", "mistake", "layer", "line"), marked())
def test_the_wrong_line_is_found(name: str, mistake: str, layer: int | None, line: int, tmp_path: Path) -> None:
    """Straight code and loops, rows and columns, lists and dicts, gradients and updates alike."""
    result = checked(alone(f"{FILE}:{name}", tmp_path))
    assert not result.passed
    (cause,) = result.causes
    assert (cause.name, cause.layer) == (mistake, layer)
    spans = [range(edit.span[0], edit.span[2] + 1) for edit in result.edits]
    assert cause.source == SourceLine(FILE, line) or any(line in span and cause.source.line in span for span in spans)
    assert cause.should_read or cause.written
