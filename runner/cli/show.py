"""whynan show config [overrides]: the composed configuration as YAML.
whynan show program [overrides]: what the network computes, call by call.
"""

from __future__ import annotations

from collections.abc import Callable

from omegaconf import OmegaConf

from runner.cli.composition import parse
from runner.cli.configuration import configure
from runner.cli.terminal import results
from runner.errors import Problem, UserError, nearest
from runner.tracking.store import redact


def main(arguments: list[str]) -> int:
    """Print what the first word asks for."""
    word = arguments[0] if arguments else None
    if word not in SHOWN:
        message = f"can't show {word!r}" if word else "show what?"
        raise UserError(Problem("", message, allowed=list(SHOWN), nearest=nearest(word or "", SHOWN)))
    SHOWN[word](arguments[1:])
    return 0


def _config(arguments: list[str]) -> None:
    configuration = configure(parse(arguments))
    text = redact(OmegaConf.to_yaml(OmegaConf.create(configuration.config)))
    console = results()
    if console.is_terminal:
        from rich.syntax import Syntax

        console.print(Syntax(text, "yaml", background_color="default", word_wrap=True))
    else:
        console.print(text, markup=False, end="")


def _program(arguments: list[str]) -> None:
    from runner.experiment import prepare

    console = results()
    experiment = prepare(configure(parse(arguments)).settings)
    for line in experiment.program.describe():
        console.print(line, markup=False)


SHOWN: dict[str, Callable[[list[str]], None]] = {"config": _config, "program": _program}
