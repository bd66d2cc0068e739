"""Which YAML file a value of the composed configuration stands in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hydra.types import RunMode
from omegaconf import OmegaConf

from runner.files.paths import relative


def files(loader: Any, config_name: str, lines: Sequence[str], typed: Iterable[str]) -> dict[str, str]:
    """The file of each dotted path, but for those that `typed`, the keys set on the command line, hold.

    `loader` is Hydra's config loader, `lines` are the overrides; later files of the defaults list override earlier
    ones, as in composing.
    """
    listed = loader.compute_defaults_list(config_name, list(lines), RunMode.RUN)
    keys = list(typed)
    found: dict[str, str] = {}
    for default in listed.defaults:
        loaded = loader.repository.load_config(default.config_path)
        if loaded is None or loaded.provider in ("hydra", "schema") or default.config_path.startswith("hydra/"):
            continue
        path = f"{loaded.path.removeprefix('file://')}/{default.config_path.removesuffix('.yaml')}.yaml"
        content = OmegaConf.to_container(loaded.config, resolve=False)
        prefix = f"{default.package}." if default.package else ""
        found |= dict.fromkeys(paths(content, prefix), relative(path))
    return {path: file for path, file in found.items() if not any(_within(path, key) for key in keys)}


def paths(content: Any, prefix: str = "") -> Iterator[str]:
    """Every dotted path of nested mappings."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield f"{prefix}{key}"
            yield from paths(value, f"{prefix}{key}.")


def _within(path: str, key: str) -> bool:
    return path == key or path.startswith(f"{key}.")
