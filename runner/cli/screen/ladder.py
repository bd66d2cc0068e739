"""What the debugging ladder has found, printed rung by rung."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape

from runner.cli.screen.check import explained
from runner.cli.screen.terminal import results

if TYPE_CHECKING:
    from runner.diagnosis.ladder.rung import ClimbedRung, LadderResult

_COLOURS = {"holds": "green", "breaks": "red", "out of reach": "yellow", "not tried": "dim"}


def print_ladder(result: LadderResult) -> None:
    """A sentence, then rung by rung what it proves and what was found."""
    console = results()
    console.print(f"[bold {'green' if result.passed else 'red'}]{escape(result.sentence)}[/]")
    for note in result.notes:
        console.print(f"[dim]note:[/] {escape(note)}")
    whys: set[str] = set()
    for step in result.steps:
        console.print()
        for line in _lines(step, "as before" if step.why in whys else step.why):
            console.print(line)
        whys.add(step.why)


def _lines(step: ClimbedRung, why: str) -> Iterator[str]:
    status = step.status.upper() if step.status == "breaks" else step.status
    yield f"[bold]{step.number}[/]  [{_COLOURS[step.status]}]{status:<12}[/]  {escape(step.rung.title)}"
    yield f"   [dim]proves[/]  {escape(step.rung.proves)}"
    if step.why:
        yield f"   [yellow]why[/]     {escape(why)}"
    if step.outcome is None:
        return
    yield f"   [dim]on[/]      {escape(step.network)}"
    for note in step.notes:
        yield f"   [dim]note[/]    {escape(note)}"
    for line in step.outcome.work:
        yield f"           {escape(line)}"
    yield f"   [dim]found[/]   {escape(step.outcome.sentence)}"
    for cause in step.outcome.causes:
        for line in explained(cause):
            yield f"         {line}"
    if step.outcome.reason is not None:
        yield f"   [dim]cause[/]   {escape(step.outcome.reason)}"
    if step.outcome.next_:
        yield f"   [bold]next[/]    {escape(step.outcome.next_)}"
