"""Executors of a sweep's packs: processes on this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from runner.settings.sweep import SweepSettings
from runner.sweeps.executors.cluster import dask
from runner.sweeps.executors.executor import Executor
from runner.sweeps.executors.local import local

# By the name in `sweep.executor`.
EXECUTORS: dict[str, Callable[[SweepSettings], AbstractContextManager[Executor]]] = {"local": local, "dask": dask}
