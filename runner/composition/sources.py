"""Which YAML file a value of the composed configuration stands in."""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import OmegaConf

from runner.composition.composing import paths
from runner.composition.overrides import first_job
from runner.composition.session import Session
from runner.files.paths import relative


def files(hydra: Session, overrides: Sequence[Override]) -> dict[str, str]:
    """The file of each dotted path, but for those that the overrides set.

    Later files of the defaults list override earlier ones, as in composing.
    """
    keys = [override.key_or_group for override in overrides if not hydra.groups.picks(override)]
    loader, lines = hydra.loader, [first_job(override) for override in overrides]
    listed = loader.compute_defaults_list(hydra.options.config_name, lines, RunMode.RUN)
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


def _within(path: str, key: str) -> bool:
    return path == key or path.startswith(f"{key}.")
