"""Somebody's network as a program: one call gives its loss and its gradient, another its outputs.

Optimisers, norms, the sharpness and everything else that is made of calls stands around it as around a network of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.files.events import NonfiniteEvent
from runner.network import ops
from runner.network.build import add_penalties
from runner.network.ops import Array, Bound, Op
from runner.network.program import SAMPLES, Emitter, Phase, Program
from runner.network.workspace import Batch
from runner.rng import IntArray
from runner.settings import Settings
from runner.settings.optimizer import OptimizerSettings
from runner.subjects.stepping.state import Saved
from runner.subjects.stepping.trainee import Trainee
from runner.training.network import KEPT, PROBABLE, GradientElsewhere, Kept
from runner.training.theirs.layout import ArrayLayout
from runner.training.theirs.nonfinite import first_nonfinite
from runner.training.updates.optimisers import update_is_scaled_gradient, with_update

# Under which its objects stand in a checkpoint.
_TREE = "network"


@dataclass(frozen=True)
class TheirNetwork:
    """A network that somebody wrote, in a process of its own until `close`."""

    trainee: Trainee
    layout: ArrayLayout
    settings: Settings
    _after: list[NDArray[np.float64]] = field(default_factory=list)

    @property
    def loss(self) -> str:
        """The call that gives the loss."""
        return self.trainee.texts["loss"] or "loss"

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One call gives loss and gradient."""
        return (Phase.BACKWARD,)

    @property
    def outputs(self) -> str:
        """What its predict gives."""
        return "A"

    @property
    def phases_to_outputs(self) -> tuple[Phase, ...]:
        """Another call."""
        return (Phase.OUTPUT,)

    @property
    def boundary(self) -> float:
        """That of probabilities."""
        return PROBABLE

    @property
    def reduction(self) -> None:
        """It may be anything."""

    @property
    def updates_itself(self) -> bool:
        """Whether its own update is made, and not that of our optimizer."""
        return self.settings.subject.update == "theirs"

    @property
    def gradient_changes_nothing(self) -> bool:
        """Not where it comes with an update."""
        return not self.updates_itself

    def program(self, *, penalties: bool = True) -> Program:
        """Loss, outputs and gradient, each as one call."""
        layout, texts = self.layout, self.trainee.texts
        e = Emitter()
        for flat in ("theta", "g", "is_weight"):
            e.shapes[flat] = (layout.parameter_count,)
        for block in layout.blocks:
            e.shapes[block.parameters] = e.shapes[block.gradient] = block.shape
        e.shapes["Y"], e.shapes[layout.inputs] = (layout.targets, SAMPLES), (layout.features, SAMPLES)
        samples = ("theta", layout.inputs, "Y")
        e.phase = Phase.OUTPUT
        e(
            "A",
            _op("outputs", self._bind_outputs),
            *samples,
            shape=(layout.targets, SAMPLES),
            text=f"A = {texts['predict']}",
        )
        e.phase = Phase.LOSS
        e("loss", _op("loss", self._bind_loss), *samples, shape=(), text=f"loss = {self.loss}")
        e.phase = Phase.BACKWARD
        step = self._bind_update if self.updates_itself else self._bind_step
        e("g", _op("step", step), *samples, "loss", text=f"loss, g = {self.loss}, {texts['gradients']}")
        if penalties:
            optimizer = self.settings.optimizer
            add_penalties(e, optimizer.decay_in_loss, optimizer.l1_in_loss, Phase.BACKWARD)
        return e.program()

    def evaluation_program(self) -> Program:
        """The same without penalties: what they do otherwise while training isn't known."""
        return self.program(penalties=False)

    def with_update(self, program: Program, settings: OptimizerSettings) -> Program:
        """Our optimiser; or what their own update has made of the parameters."""
        if not self.updates_itself:
            return with_update(program, settings, self.layout, self.phases)
        e = Emitter(program)
        e.phase = Phase.UPDATE
        e.shapes["lr"] = ()
        e(
            "after",
            _op("update", self._bind_after),
            shape=e.shape("theta"),
            text=f"after = {self.trainee.texts['update']}",
        )
        e("u", ops.subtract, "theta", "after")
        e("theta", ops.copy, "after")
        return e.program()

    def update_is_scaled_gradient(self, settings: OptimizerSettings) -> bool:
        """As with a network of ours; never where it updates itself."""
        return not self.updates_itself and update_is_scaled_gradient(settings)

    def gradient_elsewhere(self, batch: Batch) -> GradientElsewhere:
        """Asked for by itself."""
        return _Elsewhere(self.trainee, batch)

    def kept(self, theta: Array) -> Kept | str:
        """The arrays and numbers of its objects, the state of its generators."""
        state = self.trainee.keep(theta)
        if isinstance(state, str):
            return state
        arrays = {f"{KEPT}{k}": array for k, array in enumerate(state.arrays)}
        return Kept(arrays, {_TREE: state.tree})

    def put_back(self, kept: Kept) -> None:
        """Built anew, and filled."""
        arrays = [kept.arrays[f"{KEPT}{k}"] for k in range(len(kept.arrays))]
        self.trainee.put_back(Saved(kept.progress[_TREE], arrays))

    def first_nonfinite(self, batch: Batch, step: int, samples: IntArray) -> NonfiniteEvent:
        """Which of data, parameters, loss and gradients was the first that is not finite."""
        return first_nonfinite(batch, step, samples, self.trainee)

    def described(self) -> Mapping[str, Any]:
        """How it was built and called, and what its files were."""
        trainee, subject = self.trainee, self.settings.subject
        return {
            "subject": {
                "path": subject.path,
                "digest": trainee.files.get(Path((subject.path or "").rpartition(":")[0] or subject.path or "").name),
                "files": trainee.files,
                "built": trainee.built,
                "form": trainee.form,
                **trainee.texts,
                "updates": trainee.updates,
            }
        }

    def close(self) -> None:
        """End its process."""
        self.trainee.close()

    def _bind_step(self, operands: tuple[Array, ...], out: Array) -> Bound:
        theta, X, Y, loss = operands

        def step() -> None:
            loss[...], out[...] = self.trainee.step(X.T, Y.T, theta)

        return step

    def _bind_update(self, operands: tuple[Array, ...], out: Array) -> Bound:
        theta, X, Y, loss = operands

        def step() -> None:
            loss[...], out[...], after = self.trainee.update(X.T, Y.T, theta)
            self._after[:] = [after]

        return step

    def _bind_after(self, operands: tuple[Array, ...], out: Array) -> Bound:
        def take() -> None:
            out[...] = self._after[0]

        return take

    def _bind_loss(self, operands: tuple[Array, ...], out: Array) -> Bound:
        theta, X, Y = operands

        def loss() -> None:
            out[...] = self.trainee.loss(X.T, Y.T, theta)

        return loss

    def _bind_outputs(self, operands: tuple[Array, ...], out: Array) -> Bound:
        theta, X, Y = operands

        def outputs() -> None:
            out[...] = self.trainee.outputs(X.T, Y.T, theta).T

        return outputs


class _Elsewhere:
    """The gradient of a trainee on the samples of a batch."""

    def __init__(self, trainee: Trainee, batch: Batch) -> None:
        self._trainee, self._batch = trainee, batch
        self._inputs = batch.workspace.layout.inputs

    def read_samples(self, lr: float) -> None:
        """They are read from the batch whenever it is called."""

    def __call__(self, theta: Array) -> Array:
        """The gradient (parameters,)."""
        return self._trainee.gradient(self._batch[self._inputs].T, self._batch["Y"].T, theta)


def _op(name: str, bind: Callable[[tuple[Array, ...], Array], Bound]) -> Op:
    return Op(name, name, bind)
