"""What is printed when a watched script has ended, on stderr: stdout is the script's own."""

from __future__ import annotations

from rich.markup import escape

from runner.cli.screen.findings import print_explanation
from runner.cli.screen.terminal import messages
from runner.explaining.explanation import explanation
from runner.explaining.symptoms import number
from runner.files.paths import relative
from runner.watching.ending import losses
from runner.watching.result import WatchResult


def print_watched(result: WatchResult) -> None:
    """The outcome, why it broke where it did, and where the rest is."""
    console = messages()
    known = losses(result.history)
    steps = f"{result.ended.steps or 0:,} steps"
    course = f", loss {number(float(known[0]))} -> {number(float(known[-1]))}" if len(known) else ""
    if result.unseen is not None:
        console.print(f"[dim]watched[/]  {escape(f'its training was not found: {result.unseen}')}")
    else:
        console.print(f"[dim]watched[/]  {escape(f'{result.outcome}: {steps}{course}')}")
    print_explanation(explanation(result.ending), console)
    where = escape(relative(result.folder))
    console.print(f"[dim]folder[/]   {where}")
    console.print(f"[dim]report[/]   python -m runner report {where}")
    if result.delivered is not None and result.delivered.error is not None:
        reason = escape(result.delivered.error)
        console.print(f"[bold yellow]warning:[/] the run is complete in its folder, but not in MLflow: {reason}")
