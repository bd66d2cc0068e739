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
from runner.cli.complaints import relative
from runner.cli.composition import parse
from runner.cli.configuration import Configuration, configure
from runner.cli.terminal import results
from runner.errors import Problem, UserError
from runner.training.folder import RECORD, write_whole

if TYPE_CHECKING:
    from rich.console import Console

    from runner.diagnosis.gradients.gradient_check import ArrayCheck
    from runner.diagnosis.gradients.naming import Cause
    from runner.diagnosis.gradients.result import CheckResult

CHECK = "check.json"
# What a folder holds that is somebody's already.
_TAKEN = (RECORD, CHECK, "ladder.json")
_COLUMNS = ("array", "verdict", "error", "ratio", "worst at", "checked", "pattern")


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
    """Whether the command line says which data set to take."""
    return any(re.match(r"[+~]*(dataset|experiment)\b", override) for override in configuration.overrides)


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
    console.print(f"[bold {'green' if result.passed else 'red'}]{escape(result.sentence)}[/]")
    for cause in result.causes:
        for line in explained(cause):
            console.print(line)
    for note in getattr(result, "notes", ()):
        console.print(f"[dim]note:[/] {escape(note)}")
    for point in result.left_out:
        console.print(f"[yellow]not looked at:[/] {escape(point)}, where the loss is not finite")
    if result.arrays:
        _print_table(console, result)
    recognised = getattr(result, "subject", {}).get("recognised")
    if recognised:
        console.print(f"[dim]recognised:[/] {escape(recognised)}")


def explained(cause: Cause) -> Iterator[str]:
    """A mistake in lines with markup: what it is, what is written, what should be, where."""
    yield f"  {escape(cause.sentence)}"
    if cause.written:
        yield f"  [dim]written[/]      [red]{escape('; '.join(cause.written))}[/]"
    if cause.should_read is not None:
        yield f"  [dim]should read[/]  [green]{escape(cause.should_read)}[/]"
    if cause.source is not None:
        yield f"  [dim]look at[/]      {escape(cause.source['file'])}, line {cause.source['line']}"


def _print_table(console: Console, result: CheckResult) -> None:
    if not console.is_terminal:
        sys.stdout.writelines("\t".join(cells) + "\n" for cells in [_COLUMNS, *map(_row, result.arrays)])
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in _COLUMNS:
        table.add_column(column, no_wrap=column not in ("checked", "pattern"))
    for array in result.arrays:
        table.add_row(*map(escape, _row(array)), style="" if array.passed else "red")
    console.print(table, soft_wrap=False)


def _row(array: ArrayCheck) -> tuple[str, ...]:
    return (
        array.name,
        "right" if array.passed else "WRONG",
        f"{array.relative_error:.1e}",
        "" if array.ratio is None else f"{array.ratio:.6g}",
        "" if array.worst_index is None else str(array.worst_index),
        f"{array.checked} of {array.size}" + (f", {array.at_kinks} at kinks" if array.at_kinks else ""),
        array.pattern,
    )


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
