"""Completion in the shell: the words of commands besides what Hydra completes, and never a message in the prompt."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress

from runner.cli.commands import COMMANDS

# What may follow a command, besides overrides.
FOLLOWING = {
    "show": (
        *("config", "program", "settings", "experiments", "datasets", "losses", "activations", "inits"),
        *("optimizers", "schedules", "faults", "causes"),
    ),
    **dict.fromkeys(("explain", "report", "predict", "compare", "resume", "rerun"), ("last",)),
    "help": tuple(COMMANDS),
}
_OPTIONS = ("-sc", "--shell-completion")


def is_query(arguments: Sequence[str]) -> bool:
    """Whether a shell asks what could come next."""
    return any(option in arguments for option in _OPTIONS) and any(word.startswith("query=") for word in arguments)


def complete(arguments: Sequence[str], ask_hydra: Callable[[], object]) -> str:
    """What could come next on the line in COMP_LINE, as the shell reads it; nothing where that is unclear."""
    line = os.environ.get("COMP_LINE", "")
    words = line[: int(os.environ.get("COMP_POINT") or len(line))].split()
    begun = "" if line.endswith(" ") or not words else words.pop()
    own: list[str] = []
    if len(words) <= 1:
        own = [word for word in (*COMMANDS, "help") if word.startswith(begun)]
    elif words[1] in FOLLOWING and len(words) == 2:
        own = [word for word in FOLLOWING[words[1]] if word.startswith(begun)]
    shown = " ".join([*words[:1], *(word for word in words[1:] if word not in COMMANDS and "=" in word), begun])
    found = [*own, *_answer(shown, ask_hydra)]
    return ("\n" if "query=fish" in arguments else " ").join(found)


def _answer(line: str, ask_hydra: Callable[[], object]) -> list[str]:
    """What Hydra completes on a line; whatever goes wrong there, the user is still typing."""
    before = {name: os.environ.get(name) for name in ("COMP_LINE", "COMP_POINT")}
    os.environ.update(COMP_LINE=line, COMP_POINT=str(len(line)))
    said = io.StringIO()
    try:
        with suppress(Exception), redirect_stdout(said), redirect_stderr(io.StringIO()):
            ask_hydra()
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
    return re.split(r"\s+", said.getvalue().strip()) if said.getvalue().strip() else []
