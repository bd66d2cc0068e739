"""Hydra carries out what was composed (folders, its record, callbacks, sweepers, launchers), and answers for itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hydra as hydra_package
from hydra.core.config_loader import ConfigLoader
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigSource
from hydra.types import RunMode
from omegaconf import DictConfig

from runner.composition.options import Options
from runner.composition.session import DEFAULTS, Session, register
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
    application: Any = GlobalHydra.instance().hydra
    application.config_loader = _Composed(hydra.loader, composed)
    return application


class _Composed(ConfigLoader):
    """Hydra's config loader, which has composed already.

    It is no copy of Hydra's own: for that one Hydra 1.4 goes by a private method, and past what was composed.
    """

    def __init__(self, loader: Any, composed: DictConfig) -> None:
        self._loader: ConfigLoader = loader
        self._composed = composed
        self.repository = loader.repository

    def load_configuration(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        """What was composed."""
        return self._composed

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        """Compose a job of a multirun."""
        return self._loader.load_sweep_config(master_config, sweep_overrides)

    def get_search_path(self) -> ConfigSearchPath:
        """Where YAML is looked for."""
        return self._loader.get_search_path()

    def get_sources(self) -> list[ConfigSource]:
        """Where YAML is found."""
        return self._loader.get_sources()

    def list_groups(self, parent_name: str) -> list[str]:
        """The groups below a group."""
        return self._loader.list_groups(parent_name)

    def get_group_options(
        self,
        group_name: str,
        results_filter: ObjectType | None = ObjectType.CONFIG,
        config_name: str | None = None,
        overrides: list[str] | None = None,
    ) -> list[str]:
        """The choices of a group."""
        return self._loader.get_group_options(group_name, results_filter, config_name, overrides)

    def compute_defaults_list(self, config_name: str | None, overrides: list[str], run_mode: RunMode) -> Any:
        """The files that are composed, in their order."""
        return self._loader.compute_defaults_list(config_name, overrides, run_mode)


def answer(options: Options) -> int:
    """Let Hydra answer what only it is asked (completion, `--info`, `--hydra-help`); gives the exit code."""
    register(options)
    folder = str(options.main_folder)
    application = hydra_package.main(config_path=folder, config_name=options.config_name, **DEFAULTS)(lambda _: None)
    with _called_with(options.command_line()):
        try:
            application()
        except SystemExit as ended:  # how Hydra ends after its help
            return ended.code if isinstance(ended.code, int) else 0
    return 0


@contextmanager
def _called_with(command_line: list[str]) -> Iterator[None]:
    """Hydra's application reads the arguments of the process, and exits by itself after an error unless this is set."""
    arguments, full_error = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = [arguments[0], *command_line]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = arguments
        if full_error is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full_error
