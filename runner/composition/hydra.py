"""Hydra as this program uses it: where it looks for YAML, what its interpolations know, how it is called.

A `conf/` in the working folder and `--config-dir` come before the shipped one. The plugin that says so is registered
in this process: one in the `hydra_plugins` namespace would change every other Hydra program of the environment.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import hydra
import omegaconf
from hydra._internal.utils import get_args_parser  # Hydra has no public name for its options
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

from runner.errors import Problem, UserError, nearest

# Hydra 1.3 has to be asked for its present defaults; 1.4 has them anyway, and warns.
_DEFAULTS: dict[str, Any] = {"version_base": "1.3"} if hydra.__version__ < "1.4" else {}
# OmegaConf 2.4 has a new name for it, which in 2.3 is that of something else.
_REGISTER = "register_new_resolver" if omegaconf.__version__ < "2.4" else "register_resolver"
_ALONE = ("run", "multirun", "cfg", "info", "shell_completion")


@dataclass(frozen=True)
class Options:
    """Hydra's options on a command line, and its overrides."""

    arguments: Namespace
    overrides: tuple[str, ...]
    config_dir: Path | None
    main_folder: Path
    config_name: str

    @property
    def multirun(self) -> bool:
        """Whether several jobs are asked for."""
        return bool(self.arguments.multirun)

    def command_line(self) -> list[str]:
        """The options and overrides as Hydra reads them."""
        flags: list[str] = []
        for name, value in vars(self.arguments).items():
            if name in ("overrides", "config_path") or value in (None, False):
                continue
            flags += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
        return [*flags, "--config-path", str(self.main_folder), *self.overrides]


def parse(arguments: Sequence[str]) -> Options:
    """Read Hydra's options; `UserError` for an option that there isn't or a folder that isn't there."""
    parser = get_args_parser()
    known, unknown = parser.parse_known_intermixed_args(arguments)
    options = re.findall(r"--[a-z][\w-]*", parser.format_usage())
    problems = [Problem("", f"unknown option {word!r}", nearest=nearest(word, options)) for word in unknown]
    for option in ("config_dir", "config_path"):
        folder = getattr(known, option)
        if folder is not None and not Path(folder).is_dir():
            problems.append(Problem(f"--{option.replace('_', '-')}", f"there is no folder {folder!r}", given=folder))
    asked = [f"--{name.replace('_', '-')}" for name in _ALONE if getattr(known, name)]
    if len(asked) > 1:
        problems.append(Problem("", f"only one of {' and '.join(asked)} can be asked for at a time"))
    if problems:
        raise UserError(problems)
    return Options(
        arguments=known,
        overrides=tuple(_whole(override) for override in known.overrides),
        config_dir=Path(known.config_dir).absolute() if known.config_dir else None,
        main_folder=Path(known.config_path).absolute() if known.config_path else shipped_folder(),
        config_name=known.config_name or "config",
    )


def shipped_folder() -> Path:
    """The folder of the shipped YAML: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


class OwnFolders(SearchPathPlugin):
    """The user's folders before the shipped one."""

    config_dir: ClassVar[Path | None] = None  # Hydra makes the plugin itself, without arguments

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Put `--config-dir` first, then conf/ of the working folder."""
        here = Path.cwd() / "conf"
        anchor = "main"
        if here.is_dir() and here.resolve() != shipped_folder():
            search_path.prepend("working-folder", f"file://{here}", anchor)
            anchor = "working-folder"
        if self.config_dir is not None:
            search_path.prepend("config-dir", f"file://{self.config_dir}", anchor)


def _register(options: Options) -> None:
    """Make Hydra look in the user's folders and know our interpolations."""
    OwnFolders.config_dir = options.config_dir
    Plugins.instance().register(OwnFolders)
    # Cached for each configuration: the folder of a run keeps its name, however often it is asked for.
    getattr(OmegaConf, _REGISTER)("run_name", _run_name, use_cache=True, replace=True)


@contextmanager
def session(options: Options) -> Iterator[Any]:
    """Hydra's composing half, ready for `hydra.compose`; gives its config loader."""
    _register(options)
    with hydra.initialize_config_dir(str(options.main_folder), job_name="whynan", **_DEFAULTS):
        yield GlobalHydra.instance().config_loader()


def answer(options: Options) -> int:
    """Let Hydra answer what only it is asked (completion, `--info`, `--hydra-help`); gives the exit code."""
    _register(options)
    folder = str(options.main_folder)
    application = hydra.main(config_path=folder, config_name=options.config_name, **_DEFAULTS)(lambda _: None)
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


def _run_name() -> str:
    # Runs that start in the same second must not share a folder.
    return f"{time.strftime('%Y-%m-%d/%H-%M-%S')}-{secrets.token_hex(3)}"


def _whole(override: str) -> str:
    """`subject=FILE:NAME` as the key that it is short for, so that its other keys can be set beside it."""
    key, _, value = override.partition("=")
    return f"subject.path={value}" if key == "subject" and not value.startswith("{") else override
