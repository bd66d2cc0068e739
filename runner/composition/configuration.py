"""From a command line to settings: check the overrides, compose, validate; the mistakes of all three are reported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from omegaconf import DictConfig

from runner.composition.checking import check
from runner.composition.composing import Config, compose, files
from runner.composition.foreign_code import refuse_code_of_a_run, refuse_foreign_calls
from runner.composition.options import parse
from runner.composition.provenance import from_environment
from runner.composition.secrets import concealed, recordable
from runner.composition.session import Session, session
from runner.errors import UserError
from runner.redaction import keep_address
from runner.settings import Settings, known_paths, validate


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
    config: Config
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


def configuration_of(arguments: Sequence[str]) -> Configuration:
    """What a command's overrides, and Hydra's options, say; `UserError` with all mistakes."""
    with session(parse(arguments)) as hydra:
        return configure(hydra)


def compose_settings(arguments: Sequence[str]) -> Settings:
    """The settings alone."""
    return configuration_of(arguments).settings


def unchecked(hydra: Session) -> DictConfig:
    """What Hydra composes of a command line, whatever its values; `UserError` for overrides that it wouldn't take."""
    checked = check(hydra.options.overrides, hydra.groups, known_paths())
    if problems := [*checked.problems, *checked.sweeps]:
        raise UserError(problems)
    return compose(hydra, checked.good).job


def configure(hydra: Session) -> Configuration:
    """Compose and validate what a command line says, of a multirun its first job; `UserError` with all mistakes."""
    checked = check(hydra.options.overrides, hydra.groups, known_paths())
    problems = list(checked.problems)
    try:
        composition = compose(hydra, checked.good)
        if checked.sweeps and not composition.multirun:
            problems += checked.sweeps
            composition = compose(hydra, [one for one in checked.good if not one.is_sweep_override()])
        taken = from_environment(composition.job)  # no error of what follows must quote it
        refuse_foreign_calls(composition.job)
        settings = validate(composition.config, files=partial(files, hydra, composition.overrides))
        refuse_code_of_a_run(settings, hydra.options.overrides, hydra.options.config_dir)
    except UserError as error:
        problems += error.problems
    if problems:
        raise UserError(problems)
    if settings.tracking.uri is not None:
        keep_address(settings.tracking.uri)
    lines, carried_out = concealed(composition, settings.tracking.uri)
    return Configuration(
        settings=settings,
        recordable=recordable(settings, taken),
        config=composition.config,
        folder=Path(carried_out.hydra.run.dir),
        multirun=composition.multirun,
        overrides=tuple(lines),
        carried_out=carried_out,
        packs="whynan" in str(composition.job.hydra.launcher.get("_target_")),
        notices=tuple(checked.notices),
    )
