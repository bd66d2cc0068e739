"""What Hydra composes of a command line: once for a run; of a multirun itself and for its first job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import hydra
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from runner.composition.hydra import Options
from runner.composition.overrides import Groups, adding, first_job, is_group, is_hydras
from runner.composition.secrets import recordable_overrides
from runner.composition.sources import paths


@dataclass(frozen=True)
class Composition:
    """What Hydra composed: `job` of a run, of a multirun for its first job, with Hydra's own part.

    `carried_out` is what Hydra is given to carry out and writes down: the same without passwords, or the configuration
    of the multirun itself. `overrides` are those of the command line with a `++` where Hydra needs one to add a key
    that the schema knows, `recordable` the same as they may be written down.
    """

    job: DictConfig
    carried_out: DictConfig
    overrides: Sequence[Override]
    recordable: Sequence[str]
    multirun: bool


def compose(options: Options, loader: Any, groups: Groups, overrides: Sequence[Override]) -> Composition:
    """Compose with overrides that were checked; raises what Hydra raises."""
    try:
        return _composition(options, loader, overrides)
    except ConfigCompositionException:
        plain = [o for o in overrides if o.type is OverrideType.CHANGE and not is_group(o, groups) and not is_hydras(o)]
        others = [o for o in overrides if o not in plain]
        # Of a multirun a key must be there for the multirun itself, whose choices that are swept are left out.
        chosen = [others, [o for o in others if not o.is_sweep_override()]]
        known = [set(paths(OmegaConf.to_container(_composed(options, these)))) for these in chosen]
        there = set.intersection(*known)
        overrides = [adding(o) if o in plain and o.key_or_group not in there else o for o in overrides]
        return _composition(options, loader, overrides)


def is_multirun(options: Options, groups: Groups, overrides: Sequence[Override]) -> bool:
    """Whether several jobs are asked for: by an option, or by a file that is chosen."""
    chosen = [override for override in overrides if is_group(override, groups) or is_hydras(override)]
    return options.multirun or _says_multirun(_composed(options, chosen))


def task_config(composed: DictConfig, *, resolve: bool = True) -> dict[str, Any]:
    """What Hydra composed, without its own part; interpolations filled in, or as they stand."""
    composed = composed.copy()
    with open_dict(composed):
        composed.pop("hydra", None)
    return cast(dict[str, Any], OmegaConf.to_container(composed, resolve=resolve))


def _composition(options: Options, loader: Any, overrides: Sequence[Override]) -> Composition:
    job = _composed(options, overrides)
    multirun = options.multirun or _says_multirun(job)
    typed = [str(override.input_line) for override in overrides]
    lines = recordable_overrides(typed, OmegaConf.select(job, "tracking.uri"))
    if multirun:
        asked = ["hydra.mode=MULTIRUN"] if options.multirun else []
        carried_out = loader.load_configuration(options.config_name, [*lines, *asked], RunMode.MULTIRUN)
    elif lines == typed:
        carried_out = job
    else:
        carried_out = hydra.compose(options.config_name, lines, return_hydra_config=True)
        OmegaConf.copy_cache(from_config=job, to_config=carried_out)  # the same name of the run folder
    return Composition(job, carried_out, overrides, lines, multirun)


def _composed(options: Options, overrides: Iterable[Override]) -> DictConfig:
    lines = [first_job(override) for override in overrides]
    return hydra.compose(options.config_name, lines, return_hydra_config=True)


def _says_multirun(composed: DictConfig) -> bool:
    return str(composed.hydra.mode).endswith("MULTIRUN")
