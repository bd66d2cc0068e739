"""A run's network and data again, for the plots that need them: its answers, and what went through its layers.

The history holds scalars alone. Data and network are made again from the recorded settings, and the parameters taken
from where they were left: the start from the seed, a few steps between from snapshots.npz, the end from weights.npz.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.datasets import Dataset, Split
from runner.errors import UserError
from runner.files.names import WEIGHTS
from runner.files.run_record import RunRecord
from runner.files.snapshots import read_snapshots
from runner.files.summary import read_summary
from runner.network.inference import columns
from runner.network.normalisation import statistics_of
from runner.network.program import Phase
from runner.network.workspace import Batch, Workspace, run
from runner.report.replayed import Replayed
from runner.settings import validate
from runner.training.evaluation import Evaluator
from runner.training.setup import Setup, prepare

Array = NDArray[Any]

# The plots of distributions look at so many samples: enough for a histogram.
_SEEN = 1000


@dataclass(frozen=True)
class Values:
    """What one pass through the network gave: each array of a kind (`W`, `A`, `g`), by layer."""

    weights: Mapping[int, Array]
    activations: Mapping[int, Array]
    gradients: Mapping[int, Array]


@dataclass(frozen=True)
class Replay(Replayed):
    """A network of ours with its data at the parameters of some steps: `parameters` (parameters,) by step, in order.

    `statistics` are the running ones that it ended with, by which layers are normalised; empty where none are.
    """

    setup: Setup
    parameters: Mapping[int, Array]
    statistics: Mapping[str, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, record: RunRecord, setup: Setup | None = None) -> Replay | None:
        """The network of a run; None where it is somebody's own, or where its data are not what they were."""
        if record.subject is not None or "script" in record.config or not (folder / WEIGHTS).is_file():
            return None
        try:
            made = setup or prepare(validate(dict(record.config)))
            if not made.is_ours or made.dataset.digest != record.dataset.digest:
                return None
            ended = _weights(folder / WEIGHTS)
            workspace = made.workspace()
            workspace.set_weights(ended)
        except (UserError, OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        found = {step: theta for step, theta in read_snapshots(folder).items() if theta.shape == made.initial.shape}
        exact = {**found, 0: made.initial, _last_step(folder): workspace.theta.copy()}
        return cls(made, dict(sorted(exact.items())), workspace.statistics())

    @property
    def dataset(self) -> Dataset:
        """The data, scaled as the network sees them."""
        return self.setup.dataset

    def finite(self) -> list[int]:
        """The steps whose parameters are all finite."""
        return [step for step, theta in sorted(self.parameters.items()) if np.isfinite(theta).all()]

    def answers(self, part: Split, step: int) -> Array:
        """The outputs (n, outputs) for a split at the parameters of a step."""
        evaluator = Evaluator(self.setup.network, part, self.dataset.task, 4096)
        return evaluator(self.parameters[step], self._statistics(step)).outputs.T

    def answers_for(self, X: Array, step: int) -> Array:
        """The outputs (n, outputs), in the data's own units, for inputs (n, features) in theirs."""
        scaled = self.dataset.scaling.inputs(X).astype(self.setup.initial.dtype)
        empty = np.zeros((len(X), self.dataset.train.Y.shape[1]), dtype=scaled.dtype)
        return np.asarray(self.dataset.scaling.outputs(self.answers(Split(scaled, empty), step)))

    @property
    def samples_seen(self) -> int:
        """How many training samples `values` looks at."""
        return min(_SEEN, len(self.dataset.train))

    def values(self, step: int) -> Values:
        """Weights, activations and gradients of each layer at the parameters of a step, on some training samples."""
        batch = self._pass(step)
        workspace, layers = batch.workspace, self.setup.architecture.layers
        return Values(
            {layer.index: layer.split(workspace.theta)[0].ravel() for layer in layers},
            {layer.index: batch[f"A{layer.index}"].ravel() for layer in layers},
            {layer.index: workspace.gradient[layer.segment] for layer in layers},
        )

    def _statistics(self, step: int) -> Mapping[str, Array]:
        """What layers are normalised by: at the end the running statistics, before it those of training samples."""
        return self.statistics if step == max(self.parameters) else statistics_of(self._pass(step))

    def _pass(self, step: int) -> Batch:
        """Every array of a pass over some training samples at the parameters of a step."""
        setup, train = self.setup, self.dataset.train
        workspace = Workspace(setup.layout, setup.program, setup.settings.dtype, scalars=setup.watch.scalars)
        workspace.theta[...] = self.parameters[step]
        batch = workspace.batch(*columns(train.X[:_SEEN], train.Y[:_SEEN], setup.layout.bias))
        with np.errstate(all="ignore"):
            run(batch.calls(Phase.BATCH, *setup.phases, *setup.network.phases_to_outputs))
        return batch


def _weights(path: Path) -> dict[str, Array]:
    # Opened here, since NumPy leaves a file open if it isn't one of its own.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays if name.startswith("layer_")}


def _last_step(folder: Path) -> int:
    """The step of the last parameters, at least 1."""
    summary = read_summary(folder)
    return max(1, (summary.steps if summary is not None else None) or 1)
