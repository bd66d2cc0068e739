"""What Hydra composes of a command line, and which YAML file each value stands in.

It composes once for a run; for a multirun, itself and its first job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import hydra as hydra_package
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from runner.composition.overrides import adding, first_job, is_hydras
from runner.composition.session import Session
from runner.files.paths import relative

# A composed configuration as plain data: only `validate` knows what may stand in it.
Config = dict[str, Any]


@dataclass(frozen=True)
class Composition:
    """What Hydra composed: `job` of a run, of a multirun for its first job, with Hydra's own part.

    `whole` is what Hydra carries out: the same, or the configuration of the multirun itself. `overrides` are those of
    the command line with a `++` where Hydra needs one to add a key that the schema knows.
    """

    job: DictConfig
    whole: DictConfig
    overrides: Sequence[Override]

    @property
    def multirun(self) -> bool:
        """Whether several jobs are asked for: by an option, or by a file that is chosen."""
        return self.whole is not self.job

    @cached_property
    def config(self) -> Config:
        """The settings of the job, interpolations filled in."""
        return task_config(self.job)

    @property
    def unresolved(self) -> Config:
        """The settings of the job, interpolations as they stand."""
        return task_config(self.job, resolve=False)


def compose(hydra: Session, overrides: Sequence[Override]) -> Composition:
    """Compose with overrides that were checked; raises what Hydra raises."""
    try:
        return _composition(hydra, overrides)
    except ConfigCompositionException:
        return _composition(hydra, _with_missing_keys(hydra, overrides))


def _composition(hydra: Session, overrides: Sequence[Override]) -> Composition:
    job = composed(hydra, map(first_job, overrides))
    multirun = hydra.options.multirun or str(job.hydra.mode).endswith("MULTIRUN")
    return Composition(job, composed_multirun(hydra, overrides) if multirun else job, overrides)


def composed(hydra: Session, lines: Iterable[str]) -> DictConfig:
    """The configuration of one job with these overrides, Hydra's own part included."""
    return hydra_package.compose(hydra.options.config_name, list(lines), return_hydra_config=True)


def composed_multirun(hydra: Session, overrides: Sequence[Override]) -> DictConfig:
    """The configuration of a multirun itself, without what is swept."""
    lines = [str(override.input_line) for override in overrides]
    asked = ["hydra.mode=MULTIRUN"] if hydra.options.multirun else []
    found: DictConfig = hydra.loader.load_configuration(hydra.options.config_name, [*lines, *asked], RunMode.MULTIRUN)
    return found


def _with_missing_keys(hydra: Session, overrides: Sequence[Override]) -> list[Override]:
    """The overrides, with a `++` at those whose key the schema knows and the YAML lacks."""
    plain = [o for o in overrides if o.type is OverrideType.CHANGE and not hydra.groups.picks(o)]
    plain = [o for o in plain if not is_hydras(o)]
    others = [o for o in overrides if o not in plain]
    # Of a multirun a key must be there for the multirun itself, whose choices that are swept are left out.
    chosen = [others, [o for o in others if not o.is_sweep_override()]]
    known = [set(paths(OmegaConf.to_container(composed(hydra, map(first_job, these))))) for these in chosen]
    there = set.intersection(*known)
    return [adding(o) if o in plain and o.key_or_group not in there else o for o in overrides]


def task_config(composed: DictConfig, *, resolve: bool = True) -> Config:
    """What Hydra composed, without its own part; interpolations filled in, or as they stand."""
    composed = composed.copy()
    with open_dict(composed):
        composed.pop("hydra", None)
    return cast(Config, OmegaConf.to_container(composed, resolve=resolve))


def paths(content: Any, prefix: str = "") -> Iterator[str]:
    """Every dotted path of nested mappings."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield f"{prefix}{key}"
            yield from paths(value, f"{prefix}{key}.")


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
