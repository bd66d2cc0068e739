"""What was found in a cell of a notebook, with the lines as they are numbered there."""

from __future__ import annotations

import re
from dataclasses import replace

from runner.diagnosis.scripts.asking import Script
from runner.files.events import NonfiniteEvent
from runner.files.finding import Finding

_PLACE = re.compile(r"\b[Ll]ine (\d+)\b")
_CHANGED = re.compile(r"([-+]) (\d+) +(.*)")


def finding_in_cell(finding: Finding, script: Script) -> Finding:
    """The finding, without the numbers of lines that stand in other cells, and without a patch."""
    where = dict(finding.where)
    if isinstance(line := where.pop("line", None), int) and (own := script.line(line)) is not None:
        where = {"line": own, **where}
    return replace(
        finding,
        symptom=text_in_cell(finding.symptom, script),
        where=where,
        prescription=tuple(_changed(text, script) for text in finding.prescription),
        verified=None if finding.verified is None else replace(finding.verified, command=""),
        tried=tuple(
            replace(one, prescription=tuple(_changed(text, script) for text in one.prescription))
            for one in finding.tried
        ),
    )


def event_in_cell(event: NonfiniteEvent, script: Script) -> NonfiniteEvent:
    """The event of a step that was not finite."""
    position = None if event.position is None else script.line(event.position)
    return replace(event, call=text_in_cell(event.call, script), position=position)


def text_in_cell(text: str, script: Script) -> str:
    """A sentence that names lines."""

    def numbered(match: re.Match[str]) -> str:
        line = script.line(int(match[1]))
        if line is None:
            return "Another cell" if match[0][0] == "L" else "another cell"
        return f"{match[0].partition(' ')[0]} {line}"

    return _PLACE.sub(numbered, text)


def _changed(text: str, script: Script) -> str:
    match = _CHANGED.match(text)
    if match is None:
        return text
    line = script.line(int(match[2]))
    return f"{match[1]} {'' if line is None else line:<4} {match[3]}"
