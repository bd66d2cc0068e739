"""The words of a command line that are overrides, and what one of them is to Hydra."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString

_PLAIN = re.compile(r"[A-Za-z_][\w/.-]*")
_OVERRIDE = re.compile(r"[~+]{0,2}[A-Za-z_][\w./@-]*=|~[A-Za-z_]")


def split_overrides(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The plain words and the overrides (`key=value`, `~key`) of a command's arguments."""
    overrides = [word for word in arguments if _OVERRIDE.match(word)]
    return [word for word in arguments if not _OVERRIDE.match(word)], overrides


def is_of_subject(override: str) -> bool:
    """Whether an override names somebody's own network, or how it is called."""
    return override.lstrip("+").startswith(("subject=", "subject.path=", "subject.call=", "subject.names."))


def overrides_from(settings: Mapping[str, Any]) -> list[str]:
    """Settings as Python has them, {"optimizer": {"lr": 0.1}}, as overrides: ["optimizer.lr=0.1"]."""
    found = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            found += [f"{key}.{line}" for line in overrides_from(value)]
        else:
            found.append(f"{key}={_written(value)}")
    return found


def swept_from(settings: Mapping[str, Any]) -> list[str]:
    """Settings of a sweep as overrides: a tuple or a range is swept, {"lr": (0.1, 1)}; a list is one value."""
    found = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            found += [f"{key}.{line}" for line in swept_from(value)]
        elif isinstance(value, tuple | range):
            found.append(f"{key}={','.join(map(_written, value))}")
        else:
            # A text may hold a sweep of the command line's: "0.1,1" or "range(4)".
            found.append(f"{key}={value if isinstance(value, str) else _written(value)}")
    return found


def _written(value: Any) -> str:
    """A value in the grammar of overrides; a text that could be read as something else is quoted."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_written, value))}]"
    return json.dumps(value.item() if hasattr(value, "item") else value)


def is_hydras(override: Override) -> bool:
    """Whether an override is of Hydra's own settings."""
    return bool(re.match(r"hydra\b", override.key_or_group))


def adding(override: Override) -> Override:
    """An override that adds its key where it isn't there yet."""
    return OverridesParser.create().parse_override(f"++{override.input_line}")


def set_by(line: str) -> tuple[str, ...]:
    """The dotted paths that an override sets; of a mapping those of its keys."""
    override = OverridesParser.create().parse_override(line)
    key = override.key_or_group
    value = override.value()
    return tuple(f"{key}.{name}" for name in value) if isinstance(value, dict) else (key,)


def first_job(override: Override) -> str:
    """An override as the first job of a sweep has it."""
    if not override.is_sweep_override():
        return str(override.input_line)
    if override.is_interval_sweep():
        interval: Any = override.value()
        return f"{override.get_key_element()}={interval.start}"
    return f"{override.get_key_element()}={next(override.sweep_string_iterator())}"


def quoted(key: str, value: str) -> str:
    """An override whose value is a text for sure, as it must be typed in a shell."""
    return shlex.quote(f"{key}={QuotedString(value, Quote.double).with_quotes()}")
