"""Hydra carries out what was composed: folders, its record of the configuration, callbacks, sweepers and launchers."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from runner.composition.session import Session
from runner.errors import RunError

Task = Callable[[DictConfig], Any]


def carry_out(hydra: Session, composed: DictConfig, task: Task, *, multirun: bool) -> None:
    """Let Hydra carry out a run, or a multirun, that was composed already.

    Raises `UserError` for what Hydra finds wrong, `RunError` where its own record can't be written.
    """
    application = _application(hydra, composed)
    try:
        (application.multirun if multirun else application.run)(hydra.options.config_name, task, [])
    except BrokenPipeError:
        raise
    except OSError as error:  # of Hydra's own record; ours raises errors of ours
        raise RunError(f"{error.filename or 'the record of the run'}: {error.strerror or error}") from error


def print_config(hydra: Session, composed: DictConfig) -> int:
    """Print what `--cfg`, `--package` and `--resolve` ask for; gives the exit code."""
    asked = hydra.options.arguments
    try:
        _application(hydra, composed).show_cfg(hydra.options.config_name, [], asked.cfg, asked.package, asked.resolve)
    except SystemExit as ended:  # there is no such package, as was printed
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def _application(hydra: Session, composed: DictConfig) -> Any:
    """Hydra's application, which takes `composed` for what it would compose, and composes the jobs of a multirun."""
    loader = copy(hydra.loader)
    loader.load_configuration = partial(_already, composed)
    loader.load_sweep_config = hydra.loader.load_sweep_config
    application: Any = GlobalHydra.instance().hydra
    application.config_loader = loader
    return application


def _already(composed: DictConfig, *arguments: object, **named: object) -> DictConfig:
    return composed
