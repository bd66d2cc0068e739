"""Changes of a configuration: as overrides that a person can type, and as settings that can be run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.errors import UserError
from runner.explaining.words import tidied
from runner.settings import Settings, validate


@dataclass(frozen=True)
class Change:
    """One value of the configuration: its dotted path, and what it becomes. A float is kept as it is printed.

    `lines` are the changed lines of somebody's own file, where the value is a changed copy of it.
    """

    path: str
    value: Any
    lines: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.value, float):
            object.__setattr__(self, "value", float(f"{self.value:.3g}"))

    def __str__(self) -> str:
        if self.lines:
            return " ".join(line for line in self.lines if line.startswith("+"))
        return f"{self.path}={_text(self.value)}"


# Several changes that belong together, the smallest thing that is tried.
Fix = tuple[Change, ...]

# What to type to repeat a run of some overrides with a fix.
Repeat = Callable[[Sequence[str], Fix], str]


def amended(settings: Settings, fix: Fix) -> Settings | None:
    """The settings with the changes made; None where they can't be, or make no difference."""
    config = settings.model_dump()
    for change in fix:
        *groups, key = change.path.split(".")
        node = config
        for group in groups:
            if isinstance(node[group], str):  # an earlier change: optimizer=adam
                node[group] = {"name": node[group]}
            node = node[group]
        node[key] = change.value
    try:
        changed = validate(config)
    except UserError:
        return None
    return None if changed == settings else changed


def combined(*fixes: Fix) -> Fix:
    """The changes of all, the last word on each path."""
    return tuple({change.path: change for fix in fixes for change in fix}.values())


def command(overrides: Sequence[str], fix: Fix) -> str:
    """What to type to run the fixed version of the run that `overrides` made, in a folder of its own."""
    return " ".join(["python -m runner", *map(quoted, _fixed(overrides, fix))])


def call_with_arrays(overrides: Sequence[str], fix: Fix) -> str:
    """The same of a run of arrays from Python, which no command line can name."""
    return f"train(X=X, Y=Y, overrides={json.dumps(_fixed(overrides, fix), ensure_ascii=False)})"


def _fixed(overrides: Sequence[str], fix: Fix) -> list[str]:
    gone = {"hydra", *(change.path for change in fix)}
    kept = [
        text
        for text in overrides
        if _key(text) not in gone and not any(_key(text).startswith(f"{path}.") for path in gone)
    ]
    return [*map(_as_typed, kept), *map(str, fix)]


def quoted(override: str) -> str:
    """An override as a shell takes it, with as few quotes as it takes."""
    if not set(override) & set(" \"'$`\\!*?[]{}()<>|;&#~"):
        return override
    if "'" in override and not set(override) & set('"$`\\!'):
        return f'"{override}"'
    return shlex.quote(override)


def _as_typed(override: str) -> str:
    """An override of a subject as it is typed: what is recorded has a `++` for Hydra, and the path by its key."""
    if override.startswith("++subject.args."):
        return override.removeprefix("++")
    path = override.removeprefix("subject.path=")
    return override if path == override else f"subject={path.replace(chr(92) + ':', ':')}"


def _key(override: str) -> str:
    return override.lstrip("+~").partition("=")[0]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return tidied(f"{value:g}")
    if isinstance(value, tuple | list):
        return f"[{','.join(map(_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
