"""Why a run broke, printed: the same lines as `explain` prints, in colours on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from runner.cli.screen.terminal import results
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
    """Print the lines of an explanation; what rich would take for markup stands as it is, and no line is broken."""
    console = console or results()
    for line in lines:
        margin = str(line).removesuffix(line.text)
        console.print(Text.assemble((margin, "dim"), (line.text, _STYLES[line.role])))
