"""The overrides of a command line, looked at before Hydra sees them.

Hydra stops at the first mistake, has no nearest name, and proposes `+typo=` for a typo; here all overrides of a command
line are checked together, and against the schema.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hydra.core.default_element import GroupDefault
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, Quote, QuotedString, ValueType
from hydra.errors import HydraException
from omegaconf import OmegaConf

from runner.aliases import ALIASES, canonical_override
from runner.errors import Problem, nearest

_OVERRIDE = re.compile(r"[~+]{0,2}[A-Za-z_][\w./@-]*=|~[A-Za-z_]")


class Groups:
    """The groups of the configuration and the choices in each, those in folders below included.

    `listed` gives the names of one kind in a group ("" for the outermost); Hydra's `loader` resolves globs;
    `chosen` are the groups of which the main file chooses something.
    """

    def __init__(
        self, listed: Callable[[str, ObjectType], Iterable[str]], loader: Any, chosen: frozenset[str] = frozenset()
    ) -> None:
        self._listed, self.loader, self.chosen = listed, loader, chosen

    @cached_property
    def names(self) -> list[str]:
        """All groups but Hydra's own."""
        return [name for name in self._listed("", ObjectType.GROUP) if name != "hydra"]

    def choices(self, group: str) -> list[str]:
        """The choices of a group: `planar`, `post/planar`."""
        found = list(self._listed(group, ObjectType.CONFIG))
        for below in self._listed(group, ObjectType.GROUP):
            found += [f"{below}/{choice}" for choice in self.choices(f"{group}/{below}")]
        return found


def groups_of(loader: Any, config_name: str, overrides: Sequence[str]) -> Groups:
    """The groups that Hydra's config loader finds.

    It takes ten milliseconds a question, since it copies all it has read, to follow `hydra.searchpath`; its repository
    answers at once.
    """
    main = loader.repository.load_config(config_name)
    defaults = main.defaults_list or () if main is not None else ()
    chosen = frozenset(str(default.group) for default in defaults if isinstance(default, GroupDefault))
    elsewhere = main is not None and OmegaConf.select(main.config, "hydra.searchpath")
    if not elsewhere and not any("searchpath" in line for line in overrides):
        return Groups(loader.repository.get_group_options, loader, chosen)
    lines = [line for line in overrides if line.lstrip("+").startswith("hydra.searchpath")]
    return Groups(lambda group, kind: loader.get_group_options(group, kind, config_name, lines), loader, chosen)


@dataclass(frozen=True)
class Checked:
    """The overrides that Hydra will understand, what is wrong with the others, and notices about former names."""

    good: list[Override]
    problems: list[Problem]
    notices: list[str]


def split_overrides(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The plain words and the overrides (`key=value`, `~key`) of a command's arguments."""
    overrides = [word for word in arguments if _OVERRIDE.match(word)]
    return [word for word in arguments if not _OVERRIDE.match(word)], overrides


def check(lines: Iterable[str], groups: Groups, paths: Collection[str]) -> Checked:
    """Look at every override; `paths` are those of the schema.

    Other names of a choice are replaced by those of here, and `+experiment=xor` by what adds nothing, where the
    configuration has that group already.
    """
    parser = OverridesParser.create(config_loader=groups.loader)
    good: list[Override] = []
    problems: list[Problem] = []
    notices: dict[str, None] = {}
    for typed in lines:
        line, notice = canonical_override(typed)
        notices |= {notice: None} if notice else {}
        if line.startswith("+") and line.lstrip("+").partition("=")[0] in groups.chosen:
            line = line.lstrip("+")
        try:
            (override,) = parser.parse_overrides([line])
        except HydraException as error:
            problems.append(_syntax(line, str(error)))
            continue
        mistakes = list(_mistakes(override, groups, paths))
        problems += mistakes
        if not mistakes:
            good.append(override)
    return Checked(good, problems, list(notices))


def sweeps_of(overrides: Iterable[Override]) -> list[Problem]:
    """What is wrong with overrides where there is but one job: only a multirun may sweep."""
    return [_sweep(override) for override in overrides if override.is_sweep_override()]


def is_group(override: Override, groups: Groups) -> bool:
    """Whether an override picks a file of a group rather than sets a value."""
    return override.key_or_group in groups.names and (
        override.value_type is None or not isinstance(override.value(), dict)
    )


def is_hydras(override: Override) -> bool:
    """Whether an override is of Hydra's own settings."""
    return bool(re.match(r"hydra\b", override.key_or_group))


def adding(override: Override) -> Override:
    """An override that adds its key where it isn't there yet."""
    return OverridesParser.create().parse_override(f"++{override.input_line}")


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


def _mistakes(override: Override, groups: Groups, paths: Collection[str]) -> Iterable[Problem]:
    key = override.key_or_group
    if is_hydras(override):
        return
    if override.is_discrete_sweep() and not list(override.sweep_iterator()):
        given = str(override.input_line).partition("=")[2]
        yield Problem(key, "is a sweep over nothing", given=given)
    elif is_group(override, groups):
        choices = groups.choices(key)
        for value in _values(override):
            if value is not None and str(value) not in choices:
                near = nearest(str(value), [*choices, *ALIASES.get(key, ())])
                yield Problem(key, f"unknown {key} {value!r}", given=value, allowed=choices, nearest=near)
    elif re.sub(r"\.\d+", "", key) not in paths:
        yield _unknown_key(key, {*paths, *groups.names})


def _values(override: Override) -> list[Any]:
    if override.is_delete():
        return []
    values = list(override.sweep_iterator()) if override.is_sweep_override() else [override.value()]
    return [value for value in values if not isinstance(value, (Glob, list))]


def _unknown_key(key: str, paths: Collection[str]) -> Problem:
    parent, _, last = key.rpartition(".")
    names = sorted(path.rpartition(".")[2] for path in paths if path.rpartition(".")[0] == parent)
    near = nearest(last, names)
    if near is not None:
        guess: str | None = f"{parent}.{near}" if parent else near
    else:
        elsewhere = sorted((path for path in paths if path.endswith(f".{last}")), key=lambda path: (len(path), path))
        guess = elsewhere[0] if elsewhere else None if names else nearest(key, paths)
    where = f" in {parent}" if parent else ""
    return Problem(key, f"unknown key {last!r}{where}", allowed=names, nearest=guess)


def _syntax(line: str, complaint: str) -> Problem:
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


def _sweep(override: Override) -> Problem:
    key, text = override.get_key_element(), str(override.input_line).partition("=")[2]
    message = "is a sweep, which needs -m"
    if override.value_type is ValueType.SIMPLE_CHOICE_SWEEP:
        as_list = shlex.quote(f"{key}=[{text}]")
        message = f"is a sweep, which needs -m; write a list as {as_list}, text with a comma as {quoted(key, text)}"
    return Problem(key, message, given=text)
