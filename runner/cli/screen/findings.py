"""Why a run broke, printed: the same lines as `explain` prints, in colours on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from runner.cli.screen.terminal import print_between_words, results
from runner.explaining.explanation import Line, Role

_STYLES: dict[Role, str] = {
    "seen": "default",
    "cause": "bold red",
    "symptom": "default",
    "fix": "bold green",
    "result": "default",
    "command": "cyan",
    "aside": "dim",
}


def print_explanation(lines: Iterable[Line], console: Console | None = None) -> None:
    """Print the lines of an explanation: a command stands on one line, prose is broken between words where it must be.

    What rich would take for markup stands as it is.
    """
    console = console or results()
    for line in lines:
        margin = str(line).removesuffix(line.text)
        shown = Text.assemble((margin, "dim"), (line.text, _STYLES[line.role]))
        if line.role == "command":
            console.print(shown)
        else:
            print_between_words(shown, console, indent=len(margin))
