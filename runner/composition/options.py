"""Hydra's options on a command line, and its overrides."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra._internal.utils import get_args_parser  # Hydra has no public name for its options

from runner.aliases import with_whole_key
from runner.errors import Problem, UserError, nearest

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
        overrides=tuple(map(with_whole_key, known.overrides)),
        config_dir=Path(known.config_dir).absolute() if known.config_dir else None,
        main_folder=Path(known.config_path).absolute() if known.config_path else shipped_folder(),
        config_name=known.config_name or "config",
    )


def shipped_folder() -> Path:
    """The folder of the shipped YAML: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"
