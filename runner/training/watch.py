"""The watch: what is measured at each step, at the cost of one dot product per layer.

Per layer two squared norms, of the gradient and of the parameters (and of the update, where it isn't the gradient
times the learning rate); they stand beside the loss in one row of scalars that is copied away at each step. Roots,
sums and ratios are computed later for many steps at once. The row's sum is finite only if everything in it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.network import ops
from runner.network.layout import Layout
from runner.network.program import Emitter, Phase, Program
from runner.network.workspace import Workspace

Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Watch:
    """Which scalars a program records, and how they become columns of the history.

    `by_layer`: norms of each layer, else of everything; `own_update`: the update needs a norm of its own.
    """

    layout: Layout
    by_layer: bool
    own_update: bool

    @property
    def scalars(self) -> tuple[str, ...]:
        """The recorded scalars: the loss, then the squared norms."""
        return ("loss", *(f"|{name}|²" for name in self._measured))

    @property
    def checked(self) -> int:
        """How many scalars, from the first, belong to loss and gradient: their sum is finite only if these are."""
        return 1 + sum(name.startswith("g") for name in self._measured)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the history that come from the scalars."""
        layers = [block.label for block in self.layout.blocks] if self.by_layer else []
        return (
            "loss",
            "grad_norm",
            *(f"grad_norm/{layer}" for layer in layers),
            *(f"update_ratio/{layer}" for layer in layers),
        )

    def added_to(self, program: Program) -> Program:
        """The program with the calls that measure."""
        e = Emitter(program)
        for block in self.layout.blocks if self.by_layer else ():
            for flat in ("g", "theta", "u"):
                e.slice(f"{flat}[{block.index}]", flat, block.segment)
        for name in self._measured:
            e.phase = Phase.WATCH_UPDATE if name.startswith("u") else Phase.WATCH
            e(f"|{name}|²", ops.inner, name, name, shape=())
        return e.program()

    def table(self, loss: Rows, norms: Rows, learning_rates: Rows) -> Rows:
        """The columns, (..., columns), from losses (...), norms (..., scalars - 1) and learning rates (...)."""
        if not self.by_layer:
            return np.concatenate([loss[..., None], norms], axis=-1)
        layers = len(self.layout.blocks)
        gradient, theta = norms[..., :layers], norms[..., layers : 2 * layers]
        update = norms[..., 2 * layers :] if self.own_update else gradient * learning_rates[..., None]
        return np.concatenate([loss[..., None], _norm(gradient)[..., None], gradient, update / theta], axis=-1)

    def exact_norms(self, workspace: Workspace) -> Rows:
        """The norms of gradient and parameters where squares overflow: |v| = max |v| times the norm of v / max |v|."""
        known = [name for name in self._measured if not name.startswith("u")]
        return np.array([_norm(workspace.arrays[name].astype(np.float64)[None])[0] for name in known])

    @property
    def _measured(self) -> tuple[str, ...]:
        if not self.by_layer:
            return ("g",)
        flats = ("g", "theta", "u") if self.own_update else ("g", "theta")
        return tuple(f"{flat}[{block.index}]" for flat in flats for block in self.layout.blocks)


def _norm(rows: Rows) -> Rows:
    """Norms (...) of rows (..., n) without overflow."""
    largest = np.abs(rows).max(axis=-1)
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
    return np.asarray(scale * np.sqrt(np.square(rows / scale[..., None]).sum(axis=-1)))
