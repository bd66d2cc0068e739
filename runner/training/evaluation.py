"""Loss and accuracy of a network on a split of the data, how long one does not improve, and the weights at its best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from runner.datasets import Split, Task
from runner.files.measures import HIGHER_IS_BETTER
from runner.network.inference import columns
from runner.network.ops import Array
from runner.network.program import Phase
from runner.network.workspace import Workspace, run
from runner.training.measuring.quality import quality
from runner.training.network import Network

_PREFIX = "best/"
_THETA = "theta"


@dataclass(frozen=True)
class Evaluation:
    """A network evaluated on a split: the mean or summed loss without the penalty, its accuracy or R², the outputs."""

    loss: float
    quality: float
    outputs: Array


class Evaluator:
    """Evaluates parameters on a split, `chunk` samples at a time, in a workspace of its own.

    Nothing is dropped out, and layers are normalised by running statistics.
    """

    def __init__(self, network: Network, part: Split, task: Task, chunk: int = 1024) -> None:
        layout, program = network.layout, network.evaluation_program()
        self._task, self._mean, self._boundary = task, network.reduction != "sum", network.boundary
        self._workspace = Workspace(layout, program, part.X.dtype, scalars=("loss",))
        self._output = network.outputs
        self._batches = []
        if network.reduction is None:  # a loss that could be anything is asked for once, of all samples
            chunk = len(part.X)
        for start in range(0, len(part.X), chunk):
            piece = slice(start, start + chunk)
            batch = self._workspace.batch(*columns(part.X[piece], part.Y[piece], layout.bias))
            run(batch.calls(Phase.BATCH))
            self._batches.append((batch, batch.calls(Phase.FORWARD, Phase.OUTPUT, Phase.LOSS)))
        self._samples = len(part.X)
        self._targets = np.concatenate([batch["Y"] for batch, _ in self._batches], axis=1)

    def __call__(self, theta: Array, statistics: Mapping[str, Array] = MappingProxyType({})) -> Evaluation:
        """Evaluate the flat vector of parameters, with running statistics where layers are normalised."""
        np.copyto(self._workspace.theta, theta)
        self._workspace.set_statistics(statistics)
        total, outputs = 0.0, []
        with np.errstate(all="ignore"):
            for batch, calls in self._batches:
                run(calls)
                loss = self._workspace.arrays["loss"].item()
                total += loss * batch.n / self._samples if self._mean else loss
                outputs.append(batch[self._output].copy())
        A = np.concatenate(outputs, axis=1)
        return Evaluation(total, quality(self._task, A, self._targets, self._boundary), A)


class Patience:
    """Counts evaluations of `metric` without improvement; it has no end where `metric` is None.

    An improvement is one by more than the share `threshold` of the best value so far.
    """

    def __init__(self, metric: str | None, patience: int | None, threshold: float = 0.0) -> None:
        self.metric = metric
        self._patience, self._threshold = patience, threshold
        self._sign = -1.0 if metric in HIGHER_IS_BETTER else 1.0
        self._best, self._waited = math.inf, 0

    @property
    def state(self) -> tuple[float, int]:
        """The best value so far (negated where higher is better), and how many evaluations have passed since."""
        return self._best, self._waited

    @state.setter
    def state(self, state: tuple[float, int]) -> None:
        self._best, self._waited = state

    def is_over(self, values: Mapping[str, float]) -> bool:
        """Take the values of one evaluation; whether so many have passed without improvement."""
        if self.metric is None or self._patience is None:
            return False
        value = self._sign * values[self.metric]
        if self._best == math.inf or value < self._best - self._threshold * abs(self._best):
            self._best, self._waited = value, 0
        else:
            self._waited += 1
        return self._waited >= self._patience

    @property
    def improved(self) -> bool:
        """Whether the last evaluation was the best so far."""
        return self.metric is not None and self._waited == 0

    def begin_again(self) -> None:
        """Count from here on."""
        self._waited = 0


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
