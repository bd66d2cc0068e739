"""Whynan's sweeper and launcher for Hydra: `hydra/sweeper=whynan`, `hydra/launcher=whynan`.

Hydra imports this for every program in the environment, so it imports nothing of ours before it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn
from hydra.errors import HydraException
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

if TYPE_CHECKING:
    from runner.cli.job_task import JobTask

_HERE = "hydra_plugins.whynan_sweeps"


class WhynanSweeper(Sweeper):
    """Expands and checks all jobs before the first starts, composing once for each set of choices."""

    def __init__(self, params: dict[str, Any] | None = None) -> None:
        self._params = params or {}

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra gives, and make the launcher."""
        from hydra.core.plugins import Plugins

        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )
        self._loader, self._config = hydra_context.config_loader, config
        self._task = _ours(task_function)

    def sweep(self, arguments: list[str]) -> Sequence[JobReturn]:
        """Carry out all jobs of the product of the overrides."""
        params = [f"{key}={value}" for key, value in self._params.items()]
        plan = self._task.plan(self._loader, self._config, [*params, *arguments])
        if isinstance(self._launcher, WhynanLauncher):
            return self._task.launch(plan)
        return self._task.heard(self._launcher.launch([job.overrides for job in plan.jobs], initial_job_idx=0))


class WhynanLauncher(Launcher):
    """Trains jobs in packs, on all cores or a cluster."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra gives."""
        self._loader, self._config = hydra_context.config_loader, config
        self._task = _ours(task_function)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Carry out jobs that another sweeper asks for."""
        plan = self._task.plan_of(self._loader, self._config, job_overrides, initial_job_idx)
        returned = self._task.launch(plan)
        if self._task.interrupted:
            raise KeyboardInterrupt  # the sweeper would ask for more
        return returned


def _ours(task_function: TaskFunction) -> JobTask:
    if not hasattr(task_function, "plan"):
        raise HydraException("the whynan sweeper and launcher carry out jobs of `whynan` alone, not of other programs")
    return cast("JobTask", task_function)


# `params` are overrides like those of the command line, which come after them and replace equal keys. Who carries jobs
# out, and how, stands under `sweep`.
_KEYS: dict[str, dict[str, Any]] = {
    "sweeper": {"_target_": f"{_HERE}.WhynanSweeper", "params": None},
    "launcher": {"_target_": f"{_HERE}.WhynanLauncher"},
}
for _group, _node in _KEYS.items():
    ConfigStore.instance().store(group=f"hydra/{_group}", name="whynan", node=_node, provider="whynan")
