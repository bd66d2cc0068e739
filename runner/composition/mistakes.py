"""What is wrong with an override: it can't be read, has no such key or choice, or sweeps where nothing is swept."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable
from typing import Any

from hydra.core.override_parser.types import Glob, Override, ValueType

from runner.aliases import ALIASES
from runner.composition.groups import Groups
from runner.composition.overrides import is_hydras, quoted
from runner.errors import Problem, nearest


def mistakes_in(override: Override, groups: Groups, paths: Collection[str]) -> Iterable[Problem]:
    """What is wrong with an override that Hydra can read; `paths` are those of the schema."""
    key = override.key_or_group
    if is_hydras(override):
        return
    if override.is_discrete_sweep() and not list(override.sweep_iterator()):
        given = str(override.input_line).partition("=")[2]
        yield Problem(key, "is a sweep over nothing", given=given)
    elif groups.picks(override):
        choices = groups.choices(key)
        for value in _values(override):
            if value is not None and str(value) not in choices:
                near = nearest(str(value), [*choices, *ALIASES.get(key, ())])
                yield Problem(key, f"unknown {key} {value!r}", given=value, allowed=choices, nearest=near)
    elif key in groups.names and key not in paths:
        yield Problem(key, "takes the name of a choice", given=override.value(), allowed=groups.choices(key))
    elif re.sub(r"\.\d+", "", key) not in paths and not key.startswith("subject.args."):
        yield _unknown_key(key, {*paths, *groups.names})


def _values(override: Override) -> list[Any]:
    if override.is_delete():
        return []
    values = list(override.sweep_iterator()) if override.is_sweep_override() else [override.value()]
    return [value for value in values if not isinstance(value, (Glob, list))]


def _unknown_key(key: str, paths: Collection[str]) -> Problem:
    words = key.split(".")
    last = len(words) - 1
    there = next((count for count in range(last) if ".".join(words[: count + 1]) not in paths), last)
    above, unknown, below = words[:there], words[there], words[there + 1 :]
    names = sorted(path.rpartition(".")[2] for path in paths if path.rpartition(".")[0] == ".".join(above))
    near = nearest(unknown, names)
    if near is not None:
        whole = ".".join([*above, near, *below])
        guess: str | None = whole if whole in paths else ".".join([*above, near])
    else:
        same = sorted((path for path in paths if path.endswith(f".{words[-1]}")), key=lambda path: (len(path), path))
        guess = same[0] if same else None if names else nearest(key, paths)
    where = f" in {'.'.join(above)}" if above else ""
    return Problem(key, f"unknown key {unknown!r}{where}", allowed=names, nearest=guess)


def unreadable(line: str, complaint: str) -> Problem:
    """An override that Hydra can't read, of which it says `complaint`."""
    key, equals, value = line.partition("=")
    if not equals:
        return Problem("", f"{line!r} is not an override: write key=value", given=line)
    if value[:1] in ("[", "{"):
        message = f"can't be read: close its brackets, and put quotes around the override: {shlex.quote(_closed(line))}"
        return Problem(key, message, given=value)
    if not re.fullmatch(r"[~+]{0,2}[A-Za-z_][\w./@-]*", key):
        return Problem("", f"{line!r} can't be read: {complaint.splitlines()[0]}", given=line)
    return Problem(key, f"can't be read: such text needs two pairs of quotes: {quoted(key, value)}", given=value)


def _closed(line: str) -> str:
    """An override with a bracket for each that is open."""
    open_: list[str] = []
    for character in line:
        if character in "[{":
            open_.append("]" if character == "[" else "}")
        elif open_ and character == open_[-1]:
            open_.pop()
    return line + "".join(reversed(open_))


def without_multirun(override: Override) -> Problem:
    """A sweep where only one job is asked for."""
    key, text = override.get_key_element(), str(override.input_line).partition("=")[2]
    message = "is a sweep, which needs -m"
    if override.value_type is ValueType.SIMPLE_CHOICE_SWEEP:
        as_list = shlex.quote(f"{key}=[{text}]")
        message = f"is a sweep, which needs -m; write a list as {as_list}, text with a comma as {quoted(key, text)}"
    return Problem(key, message, given=text)
