"""The command line: which word does what, and what becomes of errors.

A command is a module of this package with `main(arguments) -> exit code`; it is imported when its word is typed, so
that help and completion stay fast. Without a word it is `train`, which Hydra's own options belong to.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable

from runner import __version__
from runner.errors import Problem, RunError, UserError, nearest

COMMANDS: dict[str, str] = {
    "check": "check the gradients of the configured network, and name the mistake where they are wrong",
    "ladder": "climb from one neuron on AND to XOR, and name the mistake at the first step that breaks",
    "explain": "say why a run broke and what fixes it, as it said when it ended",
    "show": "print the composed configuration, the program of the network, the activations, the faults, or the causes",
    "predict": "use a trained network on new inputs",
    "runs": "list, filter and delete runs",
    "compare": "compare the runs of a sweep or an experiment in a table",
    "ui": "open the pages of MLflow on the runs",
    "resume": "go on with a run or a sweep that was interrupted, killed or failed",
    "rerun": "repeat a run from what is recorded of it, and compare the numbers",
    "sync": "deliver to MLflow what ended runs still hold",
    "init": "copy the shipped conf/ here for editing",
}

EXIT_DONE, EXIT_FAILED, EXIT_MISUSED, EXIT_INTERRUPTED, EXIT_TERMINATED = 0, 1, 2, 130, 143


class Terminated(KeyboardInterrupt):
    """SIGTERM, handled like Ctrl-C but for the exit code."""


def run(arguments: list[str]) -> int:
    """Carry out a command line and return its exit code."""
    return protected(lambda: _dispatch(arguments))


def protected(action: Callable[[], int]) -> int:
    """The exit code of `action`, or of the error that ends it; errors of the user are printed without a traceback."""
    try:
        return action()
    except UserError as error:
        from runner.cli.screen.terminal import print_error

        print_error(error)
        return EXIT_MISUSED
    except RunError as error:
        from runner.cli.screen.terminal import print_failure

        print_failure(error)
        return EXIT_FAILED
    except Terminated:
        return EXIT_TERMINATED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone (`| head`): nothing is left to tell it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except Exception:
        from runner.cli.screen.terminal import print_crash

        print_crash()
        return EXIT_FAILED


def _dispatch(arguments: list[str]) -> int:
    word = arguments[0] if arguments else ""
    if word in COMMANDS:
        module = importlib.import_module(f"runner.cli.commands.{word}")
        return _tell(module.__doc__) if {"-h", "--help"} & set(arguments) else module.main(arguments[1:])
    if word == "--version":
        return _tell(f"whynan {__version__}")
    if word and "=" not in word and word[0] not in "-+~":
        raise UserError(Problem("", f"unknown command {word!r}", allowed=list(COMMANDS), nearest=_likely(word)))
    from runner.cli.commands import train

    return train.main(arguments)


def _tell(text: str | None) -> int:
    sys.stdout.write(f"{text or ''}\n")
    return EXIT_DONE


def _likely(word: str) -> str | None:
    """A command with a similar name, or the override that names a shipped choice of that name."""
    from runner.composition.hydra import shipped_folder

    for group in ("experiment", "dataset"):
        if (shipped_folder() / group / f"{word}.yaml").is_file():
            return f"{group}={word}"
    return nearest(word, COMMANDS)
