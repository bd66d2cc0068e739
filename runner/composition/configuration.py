"""From a command line to settings: check the overrides, compose, validate, and tell the mistakes of all three."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import hydra
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import ConfigCompositionException
from omegaconf import DictConfig, OmegaConf, open_dict

from runner.composition.hydra import Options, parse, session
from runner.composition.hydra_errors import user_errors
from runner.composition.overrides import Groups, adding, check, first_job, groups_of, is_group, is_hydras, sweeps_of
from runner.composition.secrets import recordable
from runner.composition.sources import files, paths
from runner.errors import Problem, UserError
from runner.settings import Settings, known_paths, validate

# What Hydra may call by name: its own and its plugins, and the samplers that one of these is given.
_CALLED = ("hydra.", "hydra_plugins.", "optuna.samplers.")


@dataclass(frozen=True)
class Configuration:
    """A valid configuration.

    `config` is the resolved mapping that `settings` were made of, `recordable` what may be written down of them,
    `folder` the run folder, `multirun` whether several jobs are asked for, and `overrides` those of the command line
    as Hydra takes them; `packs` says whether our own launcher carries jobs out.
    """

    settings: Settings
    recordable: Settings
    config: dict[str, Any]
    folder: Path
    multirun: bool
    overrides: tuple[str, ...]
    packs: bool = False

    @property
    def chooses_data(self) -> bool:
        """Whether the command line chooses a data set, by itself or with an experiment that has one."""
        keys = {re.split(r"[.=@]", override.lstrip("+~"))[0] for override in self.overrides}
        return "dataset" in keys or ("experiment" in keys and self.settings.dataset != validate({}).dataset)


def compose_settings(arguments: Sequence[str]) -> Settings:
    """The settings that a command's overrides (and Hydra's options) say; `UserError` with all mistakes."""
    return configure(parse(arguments)).settings


def configure(options: Options) -> Configuration:
    """Compose and validate what a command line says, of a multirun its first job; `UserError` with all mistakes."""
    with user_errors(), session(options) as loader:
        groups = groups_of(loader, options.config_name, options.overrides)
        checked = check(options.overrides, groups, known_paths())
        good, problems = checked.good, checked.problems
        if (sweeps := sweeps_of(good)) and not _is_multirun(options, groups, good):
            good, problems = [o for o in good if not o.is_sweep_override()], [*problems, *sweeps]
        try:
            configuration = _configuration(options, loader, groups, good)
        except UserError as error:
            raise UserError([*problems, *error.problems]) from error
        if problems:
            raise UserError(problems)
        return configuration


def understood(options: Options) -> tuple[str, ...]:
    """The overrides as Hydra takes them, whatever their values; `UserError` for those that it would not take."""
    with user_errors(), session(options) as loader:
        groups = groups_of(loader, options.config_name, options.overrides)
        checked = check(options.overrides, groups, known_paths())
        if problems := [*checked.problems, *sweeps_of(checked.good)]:
            raise UserError(problems)
        _, overrides = compose(options, groups, checked.good)
        return tuple(str(override.input_line) for override in overrides)


def compose(options: Options, groups: Groups, overrides: Sequence[Override]) -> tuple[DictConfig, Sequence[Override]]:
    """What Hydra composes, and the overrides with a `++` where Hydra needs one to add a key that the schema knows."""

    def composed_of(chosen: Iterable[Override]) -> DictConfig:
        lines = [first_job(override) for override in chosen]
        return hydra.compose(options.config_name, lines, return_hydra_config=True)

    def without_sweeps(chosen: Iterable[Override]) -> DictConfig:
        return composed_of(o for o in chosen if not o.is_sweep_override())  # as Hydra composes a multirun itself

    try:
        composed = composed_of(overrides)
        if any(o.is_sweep_override() and is_group(o, groups) for o in overrides):
            without_sweeps(overrides)
        return composed, overrides
    except ConfigCompositionException:
        plain = [o for o in overrides if o.type is OverrideType.CHANGE and not is_group(o, groups) and not is_hydras(o)]
        others = [o for o in overrides if o not in plain]
        known = [set(paths(OmegaConf.to_container(of(others)))) for of in (composed_of, without_sweeps)]
        there = set.intersection(*known)
        overrides = [adding(o) if o in plain and o.key_or_group not in there else o for o in overrides]
        return composed_of(overrides), overrides


def validated(config: Mapping[str, Any], *, files: Mapping[str, str] | None = None) -> Settings:
    """The settings of a composed configuration, in which `???` marks what must be given; `UserError` otherwise."""
    problems = {}
    try:
        settings = validate(config, files=files)
    except UserError as error:
        problems = {problem.path: problem for problem in error.problems}
    problems |= {path: Problem(path, "must be given", file=(files or {}).get(path)) for path in _missing(config)}
    if problems:
        raise UserError(problems.values())
    return settings


def task_config(composed: DictConfig, *, resolve: bool = True) -> dict[str, Any]:
    """What Hydra composed, without its own part; interpolations filled in, or as they stand."""
    composed = composed.copy()
    with open_dict(composed):
        composed.pop("hydra", None)
    return cast(dict[str, Any], OmegaConf.to_container(composed, resolve=resolve))


def _configuration(options: Options, loader: Any, groups: Groups, overrides: Sequence[Override]) -> Configuration:
    composed, overrides = compose(options, groups, overrides)
    if foreign := list(_foreign_code(OmegaConf.to_container(composed.hydra), "hydra")):
        raise UserError(foreign)
    config = task_config(composed)
    try:
        settings = validated(config)
    except UserError:  # rare, so only now is it worth looking which files say what
        lines = [first_job(override) for override in overrides]
        typed = [override.key_or_group for override in overrides if not is_group(override, groups)]
        settings = validated(config, files=files(loader, options.config_name, lines, typed))
    return Configuration(
        settings=settings,
        recordable=recordable(settings, task_config(composed, resolve=False)),
        config=config,
        folder=Path(composed.hydra.run.dir),
        multirun=options.multirun or _says_multirun(composed),
        overrides=tuple(str(override.input_line) for override in overrides),
        packs="whynan" in str(composed.hydra.launcher.get("_target_")),
    )


def _is_multirun(options: Options, groups: Groups, overrides: Sequence[Override]) -> bool:
    """Whether several jobs are asked for: by an option, or by a file that is chosen."""
    lines = [first_job(override) for override in overrides if is_group(override, groups) or is_hydras(override)]
    return options.multirun or _says_multirun(hydra.compose(options.config_name, lines, return_hydra_config=True))


def _says_multirun(composed: DictConfig) -> bool:
    return str(composed.hydra.mode).endswith("MULTIRUN")


def _foreign_code(config: Any, path: str) -> Iterator[Problem]:
    """What Hydra would import and call for its own settings, but for its plugins: YAML may come from anybody."""
    items: Iterable[tuple[Any, Any]] = config.items() if isinstance(config, Mapping) else ()
    for key, value in enumerate(config) if isinstance(config, list) else items:
        if key == "_target_" and not str(value).startswith(_CALLED):
            message = "only Hydra's own plugins may be named here, since it calls them"
            yield Problem(f"{path}.{key}", message, given=value)
        yield from _foreign_code(value, f"{path}.{key}")


def _missing(config: object, path: str = "") -> Iterator[str]:
    if config == "???":
        yield path
    elif isinstance(config, Mapping):
        for key, value in config.items():
            yield from _missing(value, f"{path}.{key}" if path else str(key))
