"""The weights of the best evaluation so far, for the end of a run that stops early."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from runner.network.ops import Array
from runner.network.workspace import Workspace

_PREFIX = "best/"
_THETA = "theta"


class BestWeights:
    """A copy of the parameters and running statistics at the best evaluation; `step` is None before the first."""

    def __init__(self) -> None:
        self.step: int | None = None
        self._arrays: dict[str, Array] = {}

    def keep(self, step: int, workspace: Workspace) -> None:
        """Copy what the network is before this step."""
        self.step = step
        self._arrays = {_THETA: workspace.theta.copy(), **workspace.statistics()}

    def put_back(self, workspace: Workspace) -> None:
        """Make the network what it was then."""
        np.copyto(workspace.theta, self._arrays[_THETA])
        workspace.set_statistics(self._arrays)

    @property
    def arrays(self) -> dict[str, Array]:
        """What a checkpoint holds of it."""
        return {_PREFIX + name: array for name, array in self._arrays.items()}

    def go_on_from(self, arrays: dict[str, Array], progress: Mapping[str, object]) -> None:
        """Take what a checkpoint held out of its arrays."""
        held = {name: arrays.pop(name) for name in list(arrays) if name.startswith(_PREFIX)}
        step = progress.get("best_step")
        self.step = step if isinstance(step, int) else None
        self._arrays = {name.removeprefix(_PREFIX): array for name, array in held.items()}
