"""The result of the check of somebody's own file, for programs, the terminal and notebooks."""

from __future__ import annotations

import html
import re
from dataclasses import asdict, dataclass
from typing import Any

from runner.diagnosis.gradients.patterns import pattern_of_all
from runner.diagnosis.gradients.result import CheckResult
from runner.diagnosis.subjects.finding import EditFound, StepFinding, Suspected, answer, headline
from runner.recording.scenarios.discovery.discovered import Description

_STYLES = (
    (re.compile(r"The gradients are right"), "font-weight: bold; color: #1a7f37"),
    (re.compile(r"The gradients (are wrong|can't)"), "font-weight: bold; color: #b3261e"),
    (re.compile(r"  (\S+, )?(cell \d+, )?line \d+ "), "color: #b3261e"),
    (re.compile(r"  (should be|should read|or as) "), "color: #1a7f37"),
)


@dataclass(frozen=True, repr=False)
class SubjectResult(CheckResult):
    """What the check of a subject found.

    `subject` says how it was built and called, `edits` are the corrected lines that were checked and `places` the lines
    that may be wrong, the best first. In a notebook the wrong line and the right one are coloured.
    """

    subject: Description | None = None
    edits: tuple[EditFound, ...] = ()
    places: tuple[Suspected, ...] = ()

    def _repr_html_(self) -> str:
        """The report in a notebook, with what is written in red and what should be in green."""
        lines = [f'<span style="{_style(line)}">{html.escape(line)}</span>' for line in str(self).split("\n")]
        return f"<pre>{chr(10).join(lines)}</pre>"

    def to_dict(self) -> dict[str, Any]:
        """What check.json holds."""
        return {
            **super().to_dict(),
            "subject": None if self.subject is None else asdict(self.subject),
            "edits": [edit.to_dict() for edit in self.edits],
            "places": [asdict(place) for place in self.places],
        }


def result_of(finding: StepFinding) -> SubjectResult:
    """The result of a check that was carried out."""
    return SubjectResult(
        passed=finding.passed,
        sentence=headline(finding),
        pattern=pattern_of_all(finding.arrays),
        arrays=finding.arrays,
        causes=finding.causes,
        points=finding.points,
        left_out=finding.left_out,
        passed_without_decay=None,
        notes=finding.notes,
        answer=tuple(answer(finding)),
        subject=finding.described,
        edits=finding.edits,
        patch=finding.patch,
        places=finding.places,
        loss=finding.described.loss or finding.assumed or "",
    )


def failed(sentence: str) -> SubjectResult:
    """The result of a check that could not be carried out, for a reason in the file itself."""
    return SubjectResult(
        passed=False,
        sentence=f"The gradients can't be checked: {sentence}.",
        pattern="",
        arrays=(),
        causes=(),
        points=(),
        left_out=(),
        passed_without_decay=None,
    )


def _style(line: str) -> str:
    """How a line of a report is shown in a notebook."""
    return next((style for pattern, style in _STYLES if pattern.match(line)), "")
