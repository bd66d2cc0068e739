"""From a command line to settings: check the overrides, compose, validate, and report the mistakes of all three."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from runner.composition.composing import Composition, compose, is_multirun, task_config
from runner.composition.hydra import Options, parse, session
from runner.composition.hydra_errors import user_errors
from runner.composition.overrides import Checked, Groups, check, first_job, groups_of, is_group, sweeps_of
from runner.composition.secrets import recordable
from runner.composition.sources import files
from runner.errors import Problem, UserError
from runner.settings import Settings, known_paths, validate

# What Hydra may call by name: its own and its plugins, and the samplers that one of these is given.
_CALLED = ("hydra.", "hydra_plugins.", "optuna.samplers.")


@dataclass(frozen=True)
class Configuration:
    """A valid configuration.

    `config` is the resolved mapping that `settings` were made of, `recordable` what may be written down of them,
    `folder` the run folder, `multirun` whether several jobs are asked for, `overrides` those of the command line as
    they may be written down, `carried_out` what Hydra is given to carry out, `packs` whether our own launcher does it,
    `notices` what to know about former names on the command line.
    """

    settings: Settings
    recordable: Settings
    config: dict[str, Any]
    folder: Path
    multirun: bool
    overrides: tuple[str, ...]
    carried_out: DictConfig
    packs: bool = False
    notices: tuple[str, ...] = ()

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
    with checking(options) as (loader, groups, checked):
        good, problems = checked.good, checked.problems
        if (sweeps := sweeps_of(good)) and not is_multirun(options, groups, good):
            good, problems = [o for o in good if not o.is_sweep_override()], [*problems, *sweeps]
        try:
            composition = compose(options, loader, groups, good)
            configuration = _configuration(options, loader, groups, composition)
        except UserError as error:
            raise UserError([*problems, *error.problems]) from error
        if problems:
            raise UserError(problems)
        return replace(configuration, notices=tuple(checked.notices))


@contextmanager
def checking(options: Options) -> Iterator[tuple[Any, Groups, Checked]]:
    """Hydra's config loader, the groups of the configuration, and the overrides, each looked at.

    Meanwhile `hydra.compose` works, and what Hydra raises is raised as `UserError`.
    """
    with user_errors(), session(options) as loader:
        groups = groups_of(loader, options.config_name, options.overrides)
        yield loader, groups, check(options.overrides, groups, known_paths())


def unchecked(options: Options) -> DictConfig:
    """What Hydra composes of a command line, whatever its values; `UserError` for overrides that it wouldn't take."""
    with checking(options) as (loader, groups, checked):
        if problems := [*checked.problems, *sweeps_of(checked.good)]:
            raise UserError(problems)
        return compose(options, loader, groups, checked.good).job


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


def _configuration(options: Options, loader: Any, groups: Groups, composition: Composition) -> Configuration:
    job, overrides = composition.job, composition.overrides
    if foreign := list(_foreign_code(OmegaConf.to_container(job.hydra), "hydra")):
        raise UserError(foreign)
    config = task_config(job)
    try:
        settings = validated(config)
    except UserError:  # rare, so only now is it worth looking which files say what
        lines = [first_job(override) for override in overrides]
        typed = [override.key_or_group for override in overrides if not is_group(override, groups)]
        settings = validated(config, files=files(loader, options.config_name, lines, typed))
    return Configuration(
        settings=settings,
        recordable=recordable(settings, task_config(job, resolve=False)),
        config=config,
        folder=Path(job.hydra.run.dir),
        multirun=composition.multirun,
        overrides=tuple(composition.recordable),
        carried_out=composition.carried_out,
        packs="whynan" in str(job.hydra.launcher.get("_target_")),
    )


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
