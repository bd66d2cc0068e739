"""Hydra as this program uses it: where it looks for YAML, what its interpolations know.

A `conf/` in the working folder and `--config-dir` come before the shipped one. The plugin that says so is registered
in this process: one in the `hydra_plugins` namespace would change every other Hydra program of the environment.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import hydra
import omegaconf
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

from runner.composition.groups import Groups, groups_of
from runner.composition.hydra_errors import user_errors
from runner.composition.options import Options, shipped_folder

# Hydra 1.3 has to be asked for its present defaults; 1.4 has them anyway, and warns.
DEFAULTS: dict[str, Any] = {"version_base": "1.3"} if hydra.__version__ < "1.4" else {}
# OmegaConf 2.4 has a new name for it, which in 2.3 is that of something else.
REGISTER = "register_new_resolver" if omegaconf.__version__ < "2.4" else "register_resolver"


class OwnFolders(SearchPathPlugin):
    """The user's folders before the shipped one."""

    config_dir: ClassVar[Path | None] = None  # Hydra makes the plugin itself, without arguments

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Put `--config-dir` first, then conf/ of the working folder."""
        here = Path.cwd() / "conf"
        anchor = "main"
        if here.is_dir() and here.resolve() != shipped_folder():
            search_path.prepend("working-folder", f"file://{here}", anchor)
            anchor = "working-folder"
        if self.config_dir is not None:
            search_path.prepend("config-dir", f"file://{self.config_dir}", anchor)


def register(options: Options) -> None:
    """Make Hydra look in the user's folders and know our interpolations."""
    OwnFolders.config_dir = options.config_dir
    Plugins.instance().register(OwnFolders)
    # Cached for each configuration: the folder of a run keeps its name, however often it is asked for.
    getattr(OmegaConf, REGISTER)("run_name", _run_name, use_cache=True, replace=True)


@dataclass(frozen=True)
class Session:
    """Hydra, ready to compose what `options` say; `loader` is its config loader."""

    options: Options
    groups: Groups
    loader: Any


@contextmanager
def session(options: Options) -> Iterator[Session]:
    """Hydra for one command, in which all its composing is done; what it raises becomes `UserError`."""
    register(options)
    with user_errors(), hydra.initialize_config_dir(str(options.main_folder), job_name="whynan", **DEFAULTS):
        loader = GlobalHydra.instance().config_loader()
        yield Session(options, groups_of(loader, options.config_name, options.overrides), loader)


def _run_name() -> str:
    # Runs that start in the same second must not share a folder.
    return f"{time.strftime('%Y-%m-%d/%H-%M-%S')}-{secrets.token_hex(3)}"
