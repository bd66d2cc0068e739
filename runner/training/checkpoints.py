"""Checkpoints: parameters, optimiser state and step. A resumed run is bit-for-bit identical to an uninterrupted one.

The order of the samples is not in them: it follows from the seed and the step.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from runner.errors import UserError
from runner.files.names import CHECKPOINTS
from runner.network.faults.catalogue import STATE as OF_FAULTS
from runner.network.ops import Array
from runner.network.workspace import Workspace
from runner.training import agenda
from runner.training.updates.optimisers import STATE

State = dict[str, Array]

# Numbers in all copies together, 1.6 MB in single precision: a large network gets fewer copies, or none.
_MOST_NUMBERS, _MOST = 400_000, 12

_STEP, _PROGRESS, _DIGEST = "step", "progress", "digest"


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run before the update of `step`: its arrays, and in `progress` its counters as JSON."""

    step: int
    arrays: State
    progress: Mapping[str, Any]


def snapshot(workspace: Workspace, optimiser: str) -> State:
    """A copy of what changes from step to step."""
    names = ("theta", *STATE[optimiser], *OF_FAULTS, *workspace.layout.statistics.values())
    return {name: workspace.arrays[name].copy() for name in names if name in workspace.arrays}


def restore(workspace: Workspace, state: State) -> None:
    """Restore a snapshot."""
    for name, array in state.items():
        workspace.arrays[name][...] = array


def check_fits(workspace: Workspace, optimiser: str, checkpoint: Checkpoint) -> None:
    """Raise `UserError` where a checkpoint belongs to another network or optimiser."""
    expected = {name: array.shape for name, array in snapshot(workspace, optimiser).items()}
    found = {name: checkpoint.arrays[name].shape for name in expected if name in checkpoint.arrays}
    if expected != found:
        raise UserError(f"the checkpoint of step {checkpoint.step} belongs to another network or optimiser")


class Checkpoints:
    """Writes step_NNN.npz into a folder, each whole or not at all, and keeps the last few.

    `settle` is called before each, to flush the history that the checkpoint relies on.
    """

    def __init__(self, folder: Path, keep: int, settle: Callable[[], None] = lambda: None) -> None:
        self._folder, self._keep, self._settle = folder, keep, settle

    def write(self, checkpoint: Checkpoint) -> None:
        """Write the state before the update of its step."""
        self._settle()
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"step_{checkpoint.step:09d}.npz"
        partial = path.with_suffix(".partial")
        arrays = {_STEP: np.int64(checkpoint.step), _PROGRESS: np.array(json.dumps(checkpoint.progress))}
        arrays |= checkpoint.arrays
        with partial.open("wb") as file:
            np.savez(file, **{_DIGEST: np.array(_digest(arrays))}, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        for old in sorted(self._folder.glob("step_*.npz"))[: -self._keep]:
            old.unlink()


class Snapshots:
    """Keeps copies at logarithmically spaced steps of a run of `steps`; `taken` has them by step."""

    def __init__(self, steps: int, parameters: int) -> None:
        count = min(_MOST, _MOST_NUMBERS // max(1, parameters))
        self._due = frozenset(agenda.thinned(agenda.logarithmic(steps), count)) if count else frozenset()
        self.taken: dict[int, Array] = {}

    def look(self, step: int, theta: Array) -> None:
        """Take a copy of the parameters (parameters,) before the update of a step, if it is one of those."""
        if step in self._due:
            self.taken[step] = theta.copy()


def load(path: Path) -> Checkpoint:
    """Read a checkpoint; `UserError` where it is damaged or was changed. Nothing is unpickled."""
    try:
        # From memory, since NumPy leaves a file open if it isn't one of its own.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = dict(file)
        digest, step = str(arrays.pop(_DIGEST)), int(arrays[_STEP])
        if digest != _digest(arrays):
            raise ValueError("its digest is not that of its content")
        progress = json.loads(str(arrays.pop(_PROGRESS)))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(f"the checkpoint {path} is damaged or was changed: {reason}") from error
    arrays.pop(_STEP)
    return Checkpoint(step, arrays, progress)


def latest(folder: Path, rows: int) -> Checkpoint | None:
    """The last checkpoint of a run folder that the first `rows` rows of the history reach; None where there is none.

    After a power loss the history may be too short for the newest checkpoint.
    """
    steps = {int(path.stem.removeprefix("step_")): path for path in (folder / CHECKPOINTS).glob("step_*.npz")}
    known = [path for step, path in sorted(steps.items()) if step <= rows]
    return load(known[-1]) if known else None


def _digest(arrays: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
