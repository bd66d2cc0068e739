"""Composing the jobs of a sweep: Hydra once for each set of choices, then only what differs from job to job.

Hydra takes 40 ms to compose a configuration. Two jobs that pick the same files differ in values alone, and setting
plain ones takes a hundredth of that on nested dictionaries. Overrides that do more (delete a key, merge a mapping,
refer to other values) are left to Hydra, once for each set of them. Either way the result is the one that Hydra would
have composed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from omegaconf import DictConfig, OmegaConf

from runner.composition.composing import Config, task_config
from runner.composition.groups import Groups
from runner.composition.jobs.hydra_record import HydraRecord
from runner.composition.overrides import adding, is_hydras

_PLAIN = (int, float, str, bool, type(None))
# Bases with intricate overrides that are kept: each holds a megabyte.
_KEPT = 100
# Interpolations that mean the same in every job of a sweep.
_FROM_OUTSIDE = re.compile(r"\$\{oc\.env:[^${}]*\}")


@dataclass(frozen=True)
class Composed:
    """A job's configuration, its folder, and the texts of Hydra's record of it.

    `unresolved` has interpolations as they stand, `resolved` filled in.
    """

    resolved: Mapping[str, Any]
    unresolved: Mapping[str, Any]
    folder: Path
    hydra_files: Callable[[], Mapping[str, str]]


class Composer:
    """Composes jobs of the multirun whose own configuration is `master`."""

    def __init__(self, loader: ConfigLoader, master: DictConfig, groups: Groups) -> None:
        self._loader, self._master, self._groups = loader, master, groups
        self._parse = lru_cache(maxsize=100_000)(OverridesParser.create().parse_override)
        self._bases: dict[tuple[str, ...], _Base] = {}
        self._intricate: dict[tuple[str, ...], _Base] = {}

    def __call__(self, overrides: Sequence[str], number: int) -> Composed:
        """The configuration of job `number`; raises what Hydra raises."""
        parsed = [self._parse(line) for line in overrides]
        chosen = [o for o in parsed if self._groups.picks(o) or is_hydras(o)]
        base = self._base(chosen, [])
        values = [o for o in parsed if o not in chosen]
        intricate = base.intricate(values)
        base = self._base(chosen, intricate)
        return base.with_values([o for o in values if o not in intricate], list(overrides), parsed, number)

    def _base(self, chosen: Sequence[Override], intricate: Sequence[Override]) -> _Base:
        key = tuple(str(override.input_line) for override in chosen)
        if key not in self._bases:
            self._bases[key] = _Base(self._loader.load_sweep_config(self._master, list(key)))
        if not intricate:
            return self._bases[key]
        lines = key + tuple(str(override.input_line) for override in self._bases[key].with_signs(intricate))
        if lines not in self._intricate:
            while len(self._intricate) >= _KEPT:
                del self._intricate[next(iter(self._intricate))]
            self._intricate[lines] = _Base(self._loader.load_sweep_config(self._master, list(lines)))
        return self._intricate[lines]


class _Base:
    """What jobs with the same choices have in common."""

    def __init__(self, config: DictConfig) -> None:
        self._config = config
        self._plain = task_config(config, resolve=False)
        self._varies = any("${" in _FROM_OUTSIDE.sub("", text) for text in _interpolations(self._plain))
        only_hydras = OmegaConf.masked_copy(config, "hydra")
        self._hydra = cast(Any, OmegaConf.to_container(only_hydras, resolve=False, enum_to_str=True))["hydra"]
        self._folder = Path(str(config.hydra.sweep.dir)).absolute()

    @cached_property
    def _resolved(self) -> Any:
        return task_config(self._config) if "${" in repr(self._plain) else self._plain

    def intricate(self, overrides: Sequence[Override]) -> list[Override]:
        """Those of `overrides` that do more than set a plain value, and those that meet them."""
        found = [override for override in overrides if not _is_plain(override, self._plain)]
        keys = [override.key_or_group for override in found]
        return [o for o in overrides if o in found or any(_meet(_place(o, self._plain), key) for key in keys)]

    def with_signs(self, overrides: Sequence[Override]) -> list[Override]:
        """`overrides` with a `++` where they change a key that isn't there: that of the first job may have been."""
        lacking = [o for o in overrides if o.type is OverrideType.CHANGE and not _is_there(o, self._plain)]
        return [adding(override) if override in lacking else override for override in overrides]

    def with_values(
        self, values: Sequence[Override], lines: list[str], parsed: Sequence[Override], number: int
    ) -> Composed:
        """The configuration with these plain values set."""
        unresolved = _set(self._plain, values)
        if self._varies:
            resolved = cast(Any, OmegaConf.to_container(OmegaConf.create(unresolved), resolve=True))
        else:
            resolved = unresolved if self._resolved is self._plain else _set(self._resolved, values)
        typed = [line for line in lines if not line.lstrip("+~").startswith("hydra.")]
        hydra = {
            **self._hydra,
            "job": {**self._hydra["job"], "num": number, "id": str(number), **self._dirname(parsed)},
            "overrides": {**self._hydra["overrides"], "task": typed},
        }
        folder = self._folder / self._subfolder(hydra, resolved)
        hydra["runtime"] = {**self._hydra["runtime"], "output_dir": str(folder)}
        return Composed(resolved, unresolved, folder, HydraRecord(unresolved, hydra).files)

    def _dirname(self, parsed: Sequence[Override]) -> dict[str, str]:
        """`hydra.job.override_dirname`: Hydra 1.3 works it out while composing, 1.4 has an interpolation that does."""
        if "${" in str(self._hydra["job"]["override_dirname"]):
            return {}
        names = self._config.hydra.job.config.override_dirname
        own = [o for o in parsed if not is_hydras(o) and o.key_or_group not in names.exclude_keys]
        text = str(names.item_sep).join(sorted(str(override.input_line) for override in own))
        return {"override_dirname": text.replace("=", str(names.kv_sep))}

    def _subfolder(self, hydra: Mapping[str, Any], task: Mapping[str, Any]) -> str:
        subdir = str(hydra["sweep"]["subdir"])
        if subdir == "${hydra.job.num}":  # as it is shipped
            return str(hydra["job"]["num"])
        # Anything of the configuration may be named in it.
        return str(OmegaConf.select(OmegaConf.create({**task, "hydra": hydra}), "hydra.sweep.subdir"))


def _set(config: Any, values: Sequence[Override]) -> Config:
    """The nested dictionaries with plain values set; what isn't changed is shared with `config`."""
    new = dict(config)
    for override in values:
        *path, last = override.key_or_group.split(".")
        node = new
        for name in path:
            node[name] = dict(node[name])
            node = node[name]
        node[last] = override.value()
    return new


def _is_plain(override: Override, config: Any) -> bool:
    """Whether an override is carried out by setting a key of nested dictionaries."""
    value = override.value()
    plain = isinstance(value, _PLAIN) or (isinstance(value, list) and all(isinstance(v, _PLAIN) for v in value))
    if override.type not in (OverrideType.CHANGE, OverrideType.FORCE_ADD) or override.package is not None:
        return False
    if not plain or "${" in repr(value) or re.search(r"[\[\]\\]", override.key_or_group):
        return False
    *path, last = override.key_or_group.split(".")
    for name in path:
        config = config.get(name) if isinstance(config, dict) else None
    if not isinstance(config, dict) or (last not in config and override.type is OverrideType.CHANGE):
        return False
    return not isinstance(config.get(last), dict) and "${" not in str(config.get(last))


def _place(override: Override, config: Any) -> str:
    """The key that an override changes: of one that adds its own, that of the mapping, whose order it changes."""
    key = override.key_or_group
    return key if _is_there(override, config) else key.rpartition(".")[0]


def _is_there(override: Override, config: Any) -> bool:
    """Whether the key of an override is one of these nested dictionaries."""
    *path, last = override.key_or_group.split(".")
    for name in path:
        config = config[name] if isinstance(config, dict) and name in config else {}
    return isinstance(config, dict) and last in config


def _meet(place: str, key: str) -> bool:
    return not place or f"{place}.".startswith(f"{key}.") or f"{key}.".startswith(f"{place}.")


def _interpolations(node: Any) -> Iterator[str]:
    """The texts that refer to other values."""
    if isinstance(node, (dict, list)):
        for value in node.values() if isinstance(node, dict) else node:
            yield from _interpolations(value)
    elif isinstance(node, str) and "${" in node:
        yield node
