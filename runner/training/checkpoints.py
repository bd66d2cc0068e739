"""Checkpoints: parameters, the optimiser's memory and the step, from which training goes on bit for bit.

The order of the samples needs no place in them: it follows from the seed and the step.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from runner.network.faults.catalogue import STATE
from runner.network.ops import Array
from runner.network.workspace import Workspace
from runner.training.optimisers import OPTIMISERS

State = dict[str, Array]


def snapshot(workspace: Workspace, optimiser: str) -> State:
    """A copy of what changes from step to step."""
    names = ("theta", *OPTIMISERS[optimiser].state, *STATE)
    return {name: workspace.arrays[name].copy() for name in names if name in workspace.arrays}


def restore(workspace: Workspace, state: State) -> None:
    """Put a snapshot back."""
    for name, array in state.items():
        workspace.arrays[name][...] = array


class Checkpoints:
    """Writes step_NNN.npz into a folder, each whole or not at all, and keeps the last few."""

    def __init__(self, folder: Path, keep: int) -> None:
        self._folder, self._keep = folder, keep

    def write(self, step: int, state: State, lr_scale: float) -> None:
        """Write the state before the update of `step`."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"step_{step:09d}.npz"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(file, step=np.int64(step), lr_scale=np.float64(lr_scale), **state)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        for old in sorted(self._folder.glob("step_*.npz"))[: -self._keep]:
            old.unlink()
