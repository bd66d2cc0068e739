"""What the debugging ladder has found, printed rung by rung."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape

from runner.cli.screen.check import explained
from runner.cli.screen.terminal import print_between_words, results

if TYPE_CHECKING:
    from runner.diagnosis.ladder.rung import ClimbedRung, LadderResult, RungResult

_COLOURS = {"holds": "green", "breaks": "red", "out of reach": "yellow", "not tried": "dim"}


def print_rungs(result: LadderResult) -> None:
    """A sentence, then a line for each rung; of the one that breaks what was found, and what to do next."""
    console = results()
    print_between_words(f"[bold {'green' if result.passed else 'red'}]{escape(result.sentence)}[/]")
    for note in result.notes:
        print_between_words(f"[dim]note:[/] {escape(note)}", indent=6)
    console.print()
    for step in result.steps:
        print_between_words(f"[bold]{step.number}[/]  {_status(step)}  {escape(step.rung.title)}", indent=17)
    if result.broken is not None and result.broken.outcome is not None:
        console.print()
        for line in _found(result.broken.outcome):
            print_between_words(line, indent=11)
    whys = {step.why: None for step in result.steps if step.why}
    for why in whys:
        print_between_words(f"[yellow]why[/]  {escape(why)}", indent=5)
    print_between_words("[dim]more[/]  --verbose says what each rung proves, and what was found", indent=6)


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
    yield f"[bold]{step.number}[/]  {_status(step)}  {escape(step.rung.title)}"
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
    yield from _found(step.outcome)


def _found(outcome: RungResult) -> Iterator[str]:
    yield f"   [dim]found[/]   {escape(outcome.sentence)}"
    for cause in outcome.causes:
        for line in explained(cause):
            yield f"         {line}"
    if outcome.reason is not None:
        yield f"   [dim]cause[/]   {escape(outcome.reason)}"
    if outcome.next_:
        yield f"   [bold]next[/]    {escape(outcome.next_)}"


def _status(step: ClimbedRung) -> str:
    status = step.status.upper() if step.status == "breaks" else step.status
    return f"[{_COLOURS[step.status]}]{status:<12}[/]"
