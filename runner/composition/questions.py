"""What only Hydra itself can answer: completion, `--info`, `--hydra-help`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import hydra

from runner.composition.options import Options
from runner.composition.session import DEFAULTS, register


def answer(options: Options) -> int:
    """Let Hydra answer what only it is asked (completion, `--info`, `--hydra-help`); gives the exit code."""
    register(options)
    folder = str(options.main_folder)
    application = hydra.main(config_path=folder, config_name=options.config_name, **DEFAULTS)(lambda _: None)
    with _called_with(options.command_line()):
        try:
            application()
        except SystemExit as ended:  # how Hydra ends after its help
            return ended.code if isinstance(ended.code, int) else 0
    return 0


@contextmanager
def _called_with(command_line: list[str]) -> Iterator[None]:
    """Hydra's application reads the arguments of the process, and exits by itself after an error unless this is set."""
    arguments, full_error = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = [arguments[0], *command_line]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = arguments
        if full_error is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full_error
