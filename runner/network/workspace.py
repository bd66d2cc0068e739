"""Arrays for a program: parameters and gradients as views of two flat vectors, and a buffer for every result.

A `Workspace` owns what does not depend on the number of samples; `Workspace.batch` adds the buffers for a number of
samples and ties every call to its arrays. Several batches (a whole one, the last, smaller one, the validation split)
share one workspace, hence the parameters.

With `replicas` every array has a leading axis of that length and the same calls work on that many networks at once,
each with the bits that it has alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from runner.network.architecture import Architecture
from runner.network.layout import Layout
from runner.network.ops import Array, Bound
from runner.network.program import SAMPLES, Call, Column, Constant, Constants, Emitter, Operand, Phase, Program, Shape


class Workspace:
    """The arrays of a program that all batches share.

    `theta` and `gradient` are the flat vectors, (parameters,) or (replicas, parameters); `arrays` all arrays by name.
    """

    def __init__(
        self,
        layout: Layout,
        program: Program,
        dtype: DTypeLike = np.float64,
        replicas: int | None = None,
        scalars: tuple[str, ...] = (),
    ) -> None:
        self.layout = layout
        self.program = program
        self.dtype = np.dtype(dtype)
        self.lead: tuple[int, ...] = () if replicas is None else (replicas,)
        self.arrays: dict[str, Array] = {}
        self._make_scalars(scalars)
        self._make_parameters()
        for name, shape in program.shapes.items():
            if SAMPLES not in shape and name not in self.arrays:
                self.arrays[name] = self._new(name, shape)
        for name, (whole, part) in program.slices.items():
            self.arrays[name] = self.arrays[whole][..., part]
        for name, (whole, part) in program.columns.items():
            self.arrays[name] = self.arrays[whole][..., part]

    @property
    def architecture(self) -> Architecture:
        """The layers of a compiled network; a mistake of ours where it is somebody's own."""
        assert isinstance(self.layout, Architecture)
        return self.layout

    def batch(self, inputs: Array, targets: Array) -> Batch:
        """Tie the program to inputs of ([A0;1] rows, n) and targets of (outputs, n); both are read in place.

        In a pack the targets have the leading axis, the inputs may do without where all replicas share them.
        """
        return Batch(self, inputs, targets)

    def layer_parameters(self, index: int) -> tuple[Array, Array | None]:
        """Views W of (..., fan_out, fan_in) and b of (..., fan_out), or None, of a layer counted from 1."""
        W, b = self.architecture.layers[index - 1].split(self.theta)
        return W, b[..., 0] if self.architecture.bias else None

    def weights(self) -> dict[str, Array]:
        """Copies of the parameters of a single network and of its running statistics, as weights.npz holds them."""
        return {**self.layout.saved(self.theta), **self.statistics()}

    def statistics(self) -> dict[str, Array]:
        """Copies of what is kept beside the parameters, (units,) each; empty where nothing is normalised."""
        return {name: self.arrays[array][:, 0].copy() for name, array in self.layout.statistics.items()}

    def set_statistics(self, statistics: Mapping[str, Array]) -> None:
        """The inverse of `statistics`; more may be in the mapping."""
        for name, array in self.layout.statistics.items():
            self.arrays[array][:, 0] = statistics[name]

    def set_weights(self, weights: Mapping[str, Array]) -> None:
        """The inverse of `weights`."""
        for layer in self.architecture.layers:
            w, b = self.layer_parameters(layer.index)
            w[...] = np.swapaxes(weights[f"layer_{layer.index}/W"], -1, -2)
            if b is not None:
                b[...] = weights[f"layer_{layer.index}/b"]
            if layer.normalised:
                layer.gamma(self.theta)[..., 0] = weights[f"layer_{layer.index}/gamma"]
        self.set_statistics(weights)

    def array(self, operand: Operand, own: Mapping[str, Array], n: int) -> Array:
        """The array of an operand: one of the batch's `own`, one of the workspace's, a transpose, a constant."""
        if isinstance(operand, str):
            found = own.get(operand)
            if found is None and operand.endswith("ᵀ"):
                return np.swapaxes(self.array(operand[:-1], own, n), -1, -2)
            return self.arrays[operand] if found is None else found
        if isinstance(operand, Constant):
            return self._constant(operand.value(n, self.dtype))
        values = [constant.value(n, self.dtype) for constant in operand.each]
        return self._constant(values[0] if len(set(values)) == 1 else values)

    def replica(self, index: int, architecture: Architecture, program: Program) -> Workspace:
        """One network of a pack, with its own program, as a workspace of its own: its arrays are views of these."""
        own = Workspace.__new__(Workspace)
        own.layout, own.program, own.dtype, own.lead = architecture, program, self.dtype, ()
        own.arrays = self.views(self.arrays, index)
        own.theta, own.gradient, own.scalars = own.arrays["theta"], own.arrays["g"], self.scalars[index]
        return own

    def views(self, arrays: Mapping[str, Array], index: int) -> dict[str, Array]:
        """What of some arrays of a pack belongs to one of its networks; what all share is shared."""
        dimensions = self._dimensions
        found = {}
        for name, array in arrays.items():
            own = array[index] if array.ndim > dimensions[name] else array
            found[name] = own.reshape(()) if dimensions[name] == 0 else own
        return found

    @cached_property
    def _dimensions(self) -> dict[str, int]:
        """How many dimensions each array has for a single network."""
        known, program = Emitter(self.program), self.program
        named = (*program.shapes, *program.rows, *program.slices, *program.columns)
        return {name: len(known.shape(name)) for name in named}

    def _constant(self, value: float | Column | list[float | Column]) -> Array:
        constant = np.array(value, dtype=self.dtype)
        constant.flags.writeable = False
        return constant

    def _make_scalars(self, names: tuple[str, ...]) -> None:
        """The recorded scalars side by side in one row, so that a step is recorded by one copy."""
        self.scalars = np.full((*self.lead, len(names)), np.nan, dtype=self.dtype)
        for k, name in enumerate(names):
            slot = self.scalars[..., k : k + 1]
            self.arrays[name] = slot if self.lead else slot.reshape(())

    def _make_parameters(self) -> None:
        count = self.layout.parameter_count
        self.theta = self.arrays["theta"] = np.zeros((*self.lead, count), dtype=self.dtype)
        self.gradient = self.arrays["g"] = np.zeros((*self.lead, count), dtype=self.dtype)
        is_weight = self.arrays["is_weight"] = np.ones(count, dtype=self.dtype)
        self.layout.fill_weights(is_weight)
        for block in self.layout.blocks:
            for name, flat in ((block.parameters, self.theta), (block.gradient, self.gradient)):
                self.arrays[name] = flat[..., block.segment].reshape((*self.lead, *block.shape))

    def _new(self, name: str, shape: Shape, n: int = 0) -> Array:
        sizes = tuple(n if size == SAMPLES else int(size) for size in shape)
        if shape == () and self.lead:
            sizes = (1,)  # broadcasts against a flat vector
        make: Any = np.ones if name in self.program.filled else np.zeros
        return np.asarray(make((*self.lead, *sizes), dtype=self.dtype))


class Batch:
    """A program tied to arrays for n samples; `calls(...)` gives it as callables without arguments."""

    def __init__(self, workspace: Workspace, inputs: Array, targets: Array) -> None:
        self.workspace = workspace
        self.n = int(targets.shape[-1])
        program = workspace.program
        given = {"Y": targets, workspace.layout.inputs: inputs}
        self.arrays: dict[str, Array] = {}
        for name, shape in program.shapes.items():
            if SAMPLES in shape:
                self.arrays[name] = given[name] if name in given else workspace._new(name, shape, self.n)
        for name, (whole, rows) in program.rows.items():
            self.arrays[name] = self.arrays[whole][..., :rows, :]

    def __getitem__(self, name: str) -> Array:
        """The array of a name."""
        return self.workspace.array(name, self.arrays, self.n)

    def bind(self, call: Call) -> Bound:
        """One call, tied."""
        out = self.workspace.array(call.out, self.arrays, self.n)
        return call.op.bind(tuple(self._operand(operand, out) for operand in call.operands), out)

    def replica(self, index: int, workspace: Workspace) -> Batch:
        """The batch of one network of a pack, whose `workspace` is given: its arrays are views of these."""
        own = Batch.__new__(Batch)
        own.workspace, own.n = workspace, self.n
        own.arrays = self.workspace.views(self.arrays, index)
        return own

    def _operand(self, operand: Operand, out: Array) -> Array:
        array = self.workspace.array(operand, self.arrays, self.n)
        if isinstance(operand, Constants) and array.ndim == 1:
            return array.reshape((-1, *[1] * (out.ndim - 1)))  # a number for each replica, along the first axis
        return array

    def calls(self, *phases: Phase) -> list[Bound]:
        """The calls of some phases, tied, in their order."""
        return [self.bind(call) for call in self.workspace.program.of(*phases)]


def run(calls: list[Bound]) -> None:
    """Run calls one after the other."""
    for call in calls:
        call()
