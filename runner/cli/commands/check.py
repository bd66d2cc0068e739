"""Check the gradients of the network that the configuration describes, or of one that you wrote.

  whynan check                          the default experiment
  whynan check experiment=post/planar   another one
  whynan check dataset=xor 'faults=[missing_activation_derivative@1]'
  whynan check subject=net.py:NeuralNetwork   a class of your own, with X and Y of its file
  whynan check subject=net.py:NeuralNetwork dataset=xor

Each array of parameters is compared with central differences, in float64 whatever `dtype` says; where one is wrong,
every mistake of `whynan show faults` is tried as its explanation. What was found is printed and left in check.json in
the folder hydra.run.dir. The exit code is 0 where all gradients are right, 1 where one is wrong.

A class of your own needs `parameters`, `loss(X, Y)` and `gradients(X, Y)`, under these or other usual names;
subject.names says where they are if they aren't found, subject.call how the class is built.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from runner.cli import EXIT_DONE, EXIT_FAILED
from runner.cli.screen.terminal import results
from runner.composition.complaints import relative
from runner.composition.configuration import Configuration, configure
from runner.composition.hydra import parse
from runner.diagnosis.gradients.report import COLUMNS, row, told
from runner.errors import Problem, UserError
from runner.files.run_folder import RECORD, write_whole
from runner.settings import validate

if TYPE_CHECKING:
    from rich.console import Console

    from runner.diagnosis.gradients.naming import Cause
    from runner.diagnosis.gradients.result import CheckResult

CHECK = "check.json"
# What a folder holds that is somebody's already.
_TAKEN = (RECORD, CHECK, "ladder.json")
_COLOURS = {"written": "red", "should read": "green"}


def main(arguments: list[str]) -> int:
    """Check, print, and leave check.json."""
    configuration = configure(parse(arguments))
    if configuration.multirun:
        raise UserError(Problem("", "one network is checked at a time: leave --multirun out"))
    check = _configured if configuration.settings.subject.path is None else _subject
    result, described = check(configuration)
    folder = claimed(configuration.folder)
    write_whole(folder / CHECK, {**described, **result.to_dict()})
    print_check(result)
    results().print(f"[dim]written to[/] {escape(relative(folder / CHECK))}")
    return EXIT_DONE if result.passed else EXIT_FAILED


def chooses_data(configuration: Configuration) -> bool:
    """Whether the command line says which data set to take, by itself or with an experiment that has one."""
    words = {re.split(r"[.=@]", override.lstrip("+~"))[0] for override in configuration.overrides}
    if "dataset" in words:
        return True
    return "experiment" in words and configuration.settings.dataset != validate({}).dataset


def _configured(configuration: Configuration) -> tuple[CheckResult, dict[str, str]]:
    from runner.diagnosis.gradients.configured import check_setup
    from runner.experiment import prepare

    setup = prepare(configuration.settings)
    return check_setup(setup), {"network": str(setup.architecture), "loss": setup.loss}


def _subject(configuration: Configuration) -> tuple[CheckResult, dict[str, str]]:
    from runner.diagnosis.subjects.checking import check_subject
    from runner.diagnosis.subjects.samples import samples_of

    settings = configuration.settings
    samples = samples_of(settings, asked=chooses_data(configuration))
    result = check_subject(settings.subject, samples, settings.network.hidden, settings.diagnosis.budget)
    return result, {"network": settings.subject.path or ""}


def print_check(result: CheckResult) -> None:
    """A sentence, what explains it, and a table of the arrays."""
    console = results()
    _print(console, f"[bold {'green' if result.passed else 'red'}]{escape(result.sentence)}[/]")
    for cause in result.causes:
        for line in explained(cause):
            _print(console, line)
    for note in result.notes:
        _print(console, f"[dim]note:[/] {escape(note)}")
    for point in result.left_out:
        _print(console, f"[yellow]not looked at:[/] {escape(point)}, where the loss is not finite")
    if result.arrays:
        _print_table(console, result)
    if result.recognised:
        _print(console, f"[dim]recognised:[/] {escape(result.recognised)}")


def _print(console: Console, line: str) -> None:
    """A line as it is, on a terminal between words where it is too long, with what follows under its beginning."""
    if not console.is_terminal:
        console.print(line)
        return
    from rich.padding import Padding
    from rich.text import Text

    text = Text.from_markup(line)
    label = re.match(r" *(?:(?:written|should read|look at) +)?", text.plain)
    indent = label.end() if label is not None else 0
    first, *rest = text.wrap(console, max(console.width - indent, 20)) if indent else text.wrap(console, console.width)
    console.print(first)
    for one in rest:
        console.print(Padding(one, (0, 0, 0, indent)))


def explained(cause: Cause) -> Iterator[str]:
    """A mistake in lines with markup: what it is, what is written, what should be, where."""
    for label, text in told(cause):
        colour = _COLOURS.get(label)
        shown = f"[{colour}]{escape(text)}[/]" if colour else escape(text)
        yield f"  [dim]{label:<11}[/]  {shown}" if label else f"  {shown}"


def _print_table(console: Console, result: CheckResult) -> None:
    if not console.is_terminal:
        sys.stdout.writelines("\t".join(cells) + "\n" for cells in [COLUMNS, *map(row, result.arrays)])
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, no_wrap=column not in ("checked", "pattern"))
    for array in result.arrays:
        table.add_row(*map(escape, row(array)), style="" if array.passed else "red")
    console.print(table, soft_wrap=False)


def claimed(folder: Path) -> Path:
    """The folder for what is found, made where it isn't there; `UserError` where it holds a run or a check."""
    if any((folder / name).exists() for name in _TAKEN):
        message = "this folder holds a run or a check already; name another"
        raise UserError(Problem("hydra.run.dir", message, given=str(folder)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"can't make this folder: {error.strerror}"
        raise UserError(Problem("hydra.run.dir", message, given=str(folder))) from error
    return folder.absolute()
