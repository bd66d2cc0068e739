"""What a person reads about a run that broke: what was seen, why, and what fixes it.

Made of what summary.json, events.jsonl and findings.json hold and of nothing else: a run of yesterday is explained in
the words that it printed when it ended. Prose is broken at 80 columns whatever the terminal, a command never.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner.errors import UserError
from runner.explaining.symptoms import UNBROKEN, counted, number, seen
from runner.files.events import DiagnosisFailedEvent, Event, UnexplainedEvent, first_of, read_events
from runner.files.finding import Attempt, Finding, Verified, Where, read_findings
from runner.files.run_record import RunRecord
from runner.files.summary import Summary, read_summary

Role = Literal["seen", "cause", "symptom", "fix", "result", "command", "aside"]

WIDTH = 80
# Causes that are shown in full; of others the name and the sentence, cut after so many lines.
IN_FULL, _MOST_LINES = 3, 2
# So many fixes that were tried in vain are shown; findings.json holds the rest.
_TRIED_SHOWN = 3
_NOT_ENDED = Summary("unknown")
_BROKEN = ("nan", "diverged", "stalled")
_LABEL = len("cause 1")
_INDENT = " " * (_LABEL + 2)


@dataclass(frozen=True)
class Ending:
    """What a run left that its explanation is made of.

    `findings` are what findings.json holds; `diagnosed` says whether causes were looked for.
    """

    summary: Summary
    events: Sequence[Event]
    findings: Sequence[Finding]
    diagnosed: bool = True

    @property
    def ended(self) -> bool:
        """Whether the run left a summary."""
        return self.summary is not _NOT_ENDED

    @property
    def failure(self) -> str | None:
        """Why the diagnosis itself broke off, where it did."""
        failed = first_of(self.events, DiagnosisFailedEvent)
        return None if failed is None else failed.reason

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to explain."""
        unexplained = self.failure is not None or self.unexplained is not None
        return not self.findings and not unexplained and self.summary.outcome not in _BROKEN

    @property
    def unexplained(self) -> UnexplainedEvent | None:
        """What was tried in vain, where no cause was found."""
        return first_of(self.events, UnexplainedEvent)


def ending_in(folder: Path, record: RunRecord) -> Ending:
    """What the run in a folder left that its explanation is made of: it may still run, or have been cut off.

    Raises `UserError` where a file is damaged.
    """
    try:
        summary = read_summary(folder)
        events, findings = read_events(folder), read_findings(folder)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"a file of the run in {folder} is damaged: {error}") from None
    return Ending(_NOT_ENDED if summary is None else summary, events, findings, record.diagnosed)


@dataclass(frozen=True)
class Line:
    """A line of the explanation: its label (empty where it goes on), its text without indentation, and what it is."""

    label: str
    text: str
    role: Role

    def __str__(self) -> str:
        return f"{self.label:<{_LABEL}}  {self.text}" if self.label else f"{_INDENT}{self.text}"


def explanation(ending: Ending) -> list[Line]:
    """The lines that explain a run; none where nothing is wrong."""
    if ending.healthy:
        return []
    lines = _paragraph("seen", seen(ending.summary, ending.events), "seen")
    if not ending.findings:
        return [*lines, *_paragraph("cause", _no_cause(ending), "aside")]
    commands: dict[str, int] = {}
    for rank, finding in enumerate(ending.findings[:IN_FULL], start=1):
        lines += _cause(f"cause {rank}" if len(ending.findings) > 1 else "cause", finding)
        lines += _fix(finding, commands.get(_command(finding)))
        commands.setdefault(_command(finding), rank)
    for finding in ending.findings[IN_FULL:]:
        lines += _paragraph("also", _in_short(finding, commands), "aside", most=_MOST_LINES)
    return lines


def plain(lines: Iterable[Line]) -> str:
    """The lines as text without colours; empty where there are none."""
    return "".join(f"{line}\n" for line in lines)


def nothing_wrong(ending: Ending) -> str:
    """A sentence about a run with nothing to explain."""
    summary = ending.summary
    after = f"after {counted(summary.steps or 0, 'step')}"
    match summary.outcome:
        case "interrupted":
            return f"The run was interrupted {after}; no cause is known."
        case "failed":
            return f"The run failed {after}: {summary.reason or 'why is not known'}"
    unasked = "" if ending.diagnosed else " Causes were not looked for: diagnosis.enabled is false."
    return f"Nothing is wrong with this run: its outcome is {summary.outcome!r} {after}.{unasked}"


def _no_cause(ending: Ending) -> str:
    if not ending.diagnosed:
        return "not looked for: diagnosis.enabled is false"
    if ending.failure is not None:
        return f"none found: the diagnosis itself failed ({ending.failure})"
    if ending.unexplained is None:
        return "none found"
    tried = ending.unexplained.tried
    return f"none found.{_short_of(ending.unexplained)} {f'Tried {_listed(tried)}' if tried else 'No fix was tried'}."


def _short_of(event: UnexplainedEvent) -> str:
    """How good the network is, and how good it could be."""
    name, value, possible = event.measured.name, event.measured.after, event.reference
    reached = "" if value is None else f"{name[0].upper()}{name[1:]} is {number(value)} on the training data"
    if reached and possible is not None and possible > (value or 0.0):
        reached += f", where nearest neighbours or a quadratic function reach {number(possible)}"
    return f" {reached}." if reached else ""


def _cause(label: str, finding: Finding) -> Iterator[Line]:
    where = _where(finding.where)
    yield Line(label, f"{finding.cause}{f' ({where})' if where else ''}", "cause")
    yield from _paragraph("", finding.symptom, "symptom")


def _where(where: Where) -> str:
    """Place and step, the step last: layer 2, A2, from step 1,411."""
    places = []
    for key, value in where.items():
        if key == "tensor":
            places.append(str(value))
        elif key not in ("step", "since"):
            places.append(f"{key.replace('_', ' ')} {value}")
    since = where.get("since", where.get("step"))
    return ", ".join(places if since is None else [*places, f"from step {since:,}"])


def _fix(finding: Finding, shown_for: int | None) -> Iterator[Line]:
    """What fixes it; `shown_for` is the number of the cause for which the same fix is shown already."""
    if finding.verified is None:
        yield from _paragraph("fix", _none_worked(finding.tried), "aside")
    elif shown_for is not None:
        yield Line("fix", f"the same as for cause {shown_for}", "aside")
    else:
        yield from _prescribed(finding.prescription)
        yield from _paragraph("", _result(finding.verified), "result")
        if finding.verified.command:
            yield Line("", finding.verified.command, "command")


def _prescribed(prescription: Sequence[str]) -> Iterator[Line]:
    """The overrides in a paragraph; the changed lines of a script as they are."""
    if not prescription or prescription[0][:2] not in ("- ", "+ "):
        yield from _paragraph("fix", " ".join(prescription), "fix")
        return
    for k, text in enumerate(prescription):
        yield Line("" if k else "fix", text, "fix")


def _in_short(finding: Finding, shown: Iterable[str]) -> str:
    """Name and sentence, and the fix unless it is shown already."""
    fix = f" Fixed by {' '.join(finding.prescription)}." if _command(finding) not in {"", *shown} else ""
    return f"{finding.cause}: {finding.symptom}{fix}"


def _command(finding: Finding) -> str:
    """What tells a fix from others: its command, or what is changed in a notebook, where there is none."""
    return "" if finding.verified is None else finding.verified.command or " ".join(finding.prescription)


def _result(verified: Verified) -> str:
    parts = [f"{verified.before} -> {verified.after}"]
    if verified.loss is not None:
        parts.append(f"loss {number(verified.loss)}")
    if gain := verified.measured:
        parts.append(f"{gain.name} {_known(gain.before)} -> {_known(gain.after)}")
    if verified.seeds:
        parts.append(f"on {verified.seeds}")
    steps = counted(verified.steps, "step")
    if verified.planned is not None:
        steps = f"the first {verified.steps:,} of {verified.planned:,} steps"
    return f"{', '.join(parts)} ({steps})"


def _known(value: float | None) -> str:
    """A value that may be none, such as a ratio to nothing."""
    return "unknown" if value is None else number(value)


def _none_worked(tried: Sequence[Attempt]) -> str:
    return f"none found; tried {_listed(tried)}" if tried else "none was tried"


def _listed(tried: Sequence[Attempt]) -> str:
    """The first fixes that were tried, each with what it reached."""
    shown = [f"{' '.join(one.prescription)} ({_reached(one)})" for one in tried[:_TRIED_SHOWN]]
    others = len(tried) - len(shown)
    return f"{'; '.join(shown)}{f'; and {others} more' if others else ''}"


def _reached(tried: Attempt) -> str:
    parts = [tried.after]
    if tried.measured is not None and tried.measured.after is not None and tried.after not in _BROKEN:
        parts.append(f"{tried.measured.name} {number(tried.measured.after)}")
    if tried.cut_short:
        parts.append(f"cut short at step {tried.steps:,}")
    return ", ".join(parts)


def _paragraph(label: str, text: str, role: Role, most: int | None = None) -> list[Line]:
    """Text broken into lines, at blanks only: a formula or an override stays whole; cut after `most` lines."""
    pieces = textwrap.wrap(
        text, WIDTH - len(_INDENT), break_long_words=False, break_on_hyphens=False, max_lines=most, placeholder=" ..."
    )
    return [Line(label if not k else "", piece.replace(UNBROKEN, " "), role) for k, piece in enumerate(pieces)]
