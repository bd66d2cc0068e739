"""From the first word of a command line to the command that it names.

A command is imported when its word is typed, so that help and completion stay fast. Without a word it is `train`, which
Hydra's own options belong to.
"""

from __future__ import annotations

import importlib
import sys

from runner import __version__
from runner.cli.commands import COMMANDS
from runner.cli.completion import complete, is_query
from runner.cli.exit_codes import EXIT_DONE
from runner.errors import Problem, UserError, nearest


def run(arguments: list[str]) -> int:
    """Carry out a command line and return its exit code; raises what its command does."""
    if is_query(arguments):
        return _print(complete(arguments, lambda: _trained(arguments)))
    word = arguments[0] if arguments else ""
    if word in COMMANDS:
        module = importlib.import_module(f"runner.cli.commands.{word}")
        return _print(module.__doc__) if {"-h", "--help"} & set(arguments) else module.main(arguments[1:])
    if word == "help":  # as `help COMMAND`, too
        return run([*arguments[1:2], "--help"])
    if word == "--version":
        from runner.network.native.library import library

        return _print(f"whynan {__version__}, runtime {'python' if library() is None else 'native'}")
    if word and "=" not in word and word[0] not in "-+~":
        hint = ": it trains where no command is given" if word == "train" else ""
        raise UserError(Problem("", f"unknown command {word!r}{hint}", allowed=list(COMMANDS), nearest=_likely(word)))
    return _trained(arguments)


def _trained(arguments: list[str]) -> int:
    from runner.cli.commands import train

    return train.main(arguments)


def _print(text: str | None) -> int:
    sys.stdout.write(f"{text or ''}\n")
    return EXIT_DONE


def _likely(word: str) -> str | None:
    """A command with a similar name, or the override that names a shipped choice of that name."""
    from runner.composition.options import shipped_folder

    for group in ("experiment", "dataset"):
        if (shipped_folder() / group / f"{word}.yaml").is_file():
            return f"{group}={word}"
    return nearest(word, COMMANDS)
