"""The groups of the configuration, and the choices in each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from hydra.core.default_element import GroupDefault
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf


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

    def picks(self, override: Override) -> bool:
        """Whether an override picks a file of a group rather than sets a value."""
        return override.key_or_group in self.names and (
            override.value_type is None or not isinstance(override.value(), dict)
        )


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
