"""What is printed, and where: results to stdout, errors and progress to stderr.

Every text that is not ours (values, paths, messages) is printed as it stands: rich takes square brackets for markup
and would eat them.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from runner.errors import Problem, RunError, UserError
from runner.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_INDENT = len("  allowed  ")  # of what goes on on the next line of an error


def results() -> Console:
    """The console of results: stdout, plain unless it is a terminal."""
    return Console(highlight=False, soft_wrap=True)


def messages() -> Console:
    """The console of errors and progress: stderr, plain unless it is a terminal."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_between_words(text: Text | str, console: Console | None = None, *, indent: int = 0) -> None:
    """Print a line, on a terminal on several where it is too long: broken between words, the further ones indented.

    A word that is longer than a line stays whole: the terminal goes on with it. Commands are not printed by this: they
    could not be copied. A text is taken for markup.
    """
    console = console or results()
    line = Text.from_markup(text) if isinstance(text, str) else text
    if not console.is_terminal:
        console.print(line)
        return
    for place, part in enumerate(_broken(line, console.width, indent)):
        console.print(Text.assemble(" " * indent, part) if place else part)


def _broken(line: Text, width: int, indent: int) -> Iterator[Text]:
    """The parts of a line that fit, those after the first with room for an indent."""
    plain, start, room = line.plain, 0, width
    while len(plain) - start > room:
        end = plain.rfind(" ", start, start + room + 1)
        if not plain[start:end].strip() or end < 0:  # one word that is longer than the line
            end = plain.find(" ", start + room)
        if end < 0:
            break
        yield line[start:end]
        start, room = end + 1, max(width - indent, 20)
    yield line[start:]


def print_error(error: UserError) -> None:
    """Print every problem as a block of its own, nothing shortened, and to a person where the setting is described."""
    console = messages()
    for problem in error.problems:
        for line in _block(problem):
            print_between_words(line, console, indent=_INDENT)
        if console.is_terminal and (setting := _setting(problem)):
            console.print(f"  more     [dim]python -m runner show settings {setting}[/]")


def _setting(problem: Problem) -> str | None:
    """The setting that a problem is about; None where it is about something else, or a key that there isn't."""
    from runner.settings import known_paths

    path = problem.path.partition("[")[0]
    return path if path in known_paths() else None


def print_notices(notices: Iterable[str]) -> None:
    """Print what the user should know, each on a line of its own."""
    for notice in notices:
        print_between_words(f"[bold cyan]note:[/] {escape(notice)}", messages(), indent=6)


def print_failure(error: RunError) -> None:
    """Print why a run could not go on."""
    print_between_words(f"[bold red]error:[/] {escape(redact(str(error)))}", messages(), indent=7)


def print_crash() -> None:
    """Print the exception being handled: a fault of the program, so with its traceback."""
    console = messages()
    console.print(escape(redact(traceback.format_exc())), end="")
    console.print("[bold red]error:[/] the program failed; the traceback above says where")


def _block(problem: Problem) -> Iterator[str]:
    where = f"[bold]{escape(problem.path)}[/]: " if problem.path else ""
    guess = f": did you mean [bold green]{escape(repr(problem.nearest))}[/]?" if problem.nearest else ""
    yield f"[bold red]error:[/] {where}{escape(problem.message)}{guess}"
    if problem.has_given and repr(problem.given) not in problem.message:
        yield f"  given    {escape(repr(problem.given))}"
    if problem.allowed:
        yield f"  allowed  {escape(', '.join(problem.allowed))}"
    if problem.file is not None:
        yield f"  in       {escape(problem.file)}"
