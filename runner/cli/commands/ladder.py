"""Climb the debugging ladder: from one neuron on AND, worked out by hand, to a hidden layer on XOR.

  whynan ladder                               the default network
  whynan ladder network.activation=relu loss=half_squared_error
  whynan ladder 'faults=[missing_activation_derivative@1]'
  whynan ladder subject=net.py:NeuralNetwork  a class of your own, whose constructor takes layer sizes

1. One neuron on AND: outputs and loss for round weights, beside the same worked out by hand.
2. The neuron trained with the numerical gradient, which needs no backward pass.
3. Its gradient against central differences: all of it, then weight by weight.
4. The neuron trained with its own gradient.
5. A hidden layer on AND: the gradient of each layer and array, then training.
6. XOR with enough units: the gradient at the start and later, then training from several starts.

Each rung rests on those below; the walk stops at the first that breaks, names the mistake, and says what to do next.
Activations, output, loss, start and weight decay are those of the configuration, sizes and data those of the rung.
What was found is printed and left in ladder.json in the folder hydra.run.dir. The exit code is 0 where all rungs that
can be climbed hold, 1 where one breaks or none can be climbed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape

from runner.cli import EXIT_DONE, EXIT_FAILED
from runner.cli.commands.check import chooses_data, claimed, explained
from runner.cli.screen.terminal import results
from runner.composition.complaints import relative
from runner.composition.configuration import configure
from runner.composition.hydra import parse
from runner.errors import Problem, UserError
from runner.files.run_folder import write_whole

if TYPE_CHECKING:
    from runner.diagnosis.ladder.outcome import LadderResult, Step

LADDER = "ladder.json"
_COLOURS = {"holds": "green", "breaks": "red", "out of reach": "yellow", "not tried": "dim"}


def main(arguments: list[str]) -> int:
    """Climb, print, and leave ladder.json."""
    from runner.diagnosis.ladder.walk import climb_ladder

    configuration = configure(parse(arguments))
    if configuration.multirun:
        raise UserError(Problem("", "one network climbs at a time: leave --multirun out"))
    result = climb_ladder(configuration.settings, chose_data=chooses_data(configuration))
    folder = claimed(configuration.folder)
    write_whole(folder / LADDER, result.to_dict())
    print_ladder(result)
    results().print(f"[dim]written to[/] {escape(relative(folder / LADDER))}")
    return EXIT_DONE if result.passed else EXIT_FAILED


def print_ladder(result: LadderResult) -> None:
    """A sentence, then rung by rung what it proves and what was found."""
    console = results()
    console.print(f"[bold {'green' if result.passed else 'red'}]{escape(result.sentence)}[/]")
    for note in result.notes:
        console.print(f"[dim]note:[/] {escape(note)}")
    whys: set[str] = set()
    for step in result.steps:
        console.print()
        for line in _told(step, "as before" if step.why in whys else step.why):
            console.print(line)
        whys.add(step.why)


def _told(step: Step, why: str) -> Iterator[str]:
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
