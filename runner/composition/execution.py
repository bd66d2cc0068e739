"""Hydra carries out what was composed: folders, its record of the configuration, callbacks, sweepers and launchers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigSource
from hydra.types import RunMode
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
    """Hydra's application, which takes `composed` for what it would compose."""
    application: Any = GlobalHydra.instance().hydra
    application.config_loader = _Composed(hydra.loader, composed)
    return application


class _Composed(ConfigLoader):
    """Hydra's config loader, which has composed already."""

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
