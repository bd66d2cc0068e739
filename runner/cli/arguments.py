"""What follows a command on the command line: flags, and overrides."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from runner.cli.screen.terminal import print_notices
from runner.composition.configuration import Configuration, configuration_of
from runner.errors import Problem, UserError, nearest


class Flags(argparse.ArgumentParser):
    """A parser whose complaints are the user's errors like all others."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False)

    def split(self, arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
        """The flags, and the arguments that are none."""
        flags, rest = self.parse_known_args(list(arguments))
        known = [name for action in self._actions for name in action.option_strings]
        unknown = [word for word in rest if word.startswith("--") and word != "--"]
        if unknown:
            raise UserError(
                Problem("", f"unknown option {w!r}", allowed=known, nearest=nearest(w, known)) for w in unknown
            )
        return flags, [word for word in rest if word != "--"]

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise UserError(message)


def configured(arguments: Sequence[str]) -> Configuration:
    """The configuration that overrides and Hydra's options say; notices about former names are printed."""
    configuration = configuration_of(arguments)
    print_notices(configuration.notices)
    return configuration
