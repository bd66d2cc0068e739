"""Which array of a network is what: the weights and biases of which layer, which way round, together or apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from runner.network.architecture import ActivationChoice, Architecture

Array = NDArray[np.float64]
Shape = tuple[int, ...]
Inside = Literal["first", "last"]

# More readings of the same shapes than this are never needed.
_MOST = 64


@dataclass(frozen=True)
class LayerArrays:
    """Where a layer's parameters are.

    `weights` and `bias` are positions in the list of arrays; `out_in` says that a row belongs to a unit (and not to an
    input); with `inside` the bias is the first or the last input's weights; `sign` is -1 where it is subtracted.
    """

    fan_in: int
    fan_out: int
    weights: int
    out_in: bool
    inside: Inside | None = None
    bias: int | None = None
    sign: int = 1

    @property
    def has_bias(self) -> bool:
        """Whether the layer has a bias, inside or apart."""
        return self.inside is not None or self.bias is not None

    def __str__(self) -> str:
        way = "(out, in)" if self.out_in else "(in, out)"
        along = "column" if self.out_in else "row"
        if self.inside is not None:
            bias = f", the bias as its {self.inside} {along}"
        elif self.bias is not None:
            bias = f", b{'' if self.sign > 0 else ' subtracted'} in array {self.bias}"
        else:
            bias = ", no bias"
        return f"W {way} in array {self.weights}{bias}"


@dataclass(frozen=True)
class Layout:
    """The arrays of a network, read as the layers of one.

    `theta` and `arrays` go from the list of arrays to our flat vector, [W b] of each layer, and back. A gradient goes
    the same way as the parameters do.
    """

    shapes: tuple[Shape, ...]
    layers: tuple[LayerArrays, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Features, units of each layer."""
        return (self.layers[0].fan_in, *(layer.fan_out for layer in self.layers))

    @property
    def bias(self) -> bool:
        """Whether any layer has one."""
        return any(layer.has_bias for layer in self.layers)

    @property
    def absent(self) -> tuple[str, ...]:
        """The biases that our vector has and the network doesn't: b1, ..."""
        if not self.bias:
            return ()
        return tuple(f"b{index}" for index, layer in enumerate(self.layers, 1) if not layer.has_bias)

    @property
    def uniform(self) -> int:
        """How many styles are mixed: 0 where all layers are written alike."""
        styles = {(layer.out_in, layer.inside, layer.bias is None) for layer in self.layers}
        bias_shapes = {len(self.shapes[layer.bias]) for layer in self.layers if layer.bias is not None}
        return len(styles) + max(len(bias_shapes), 1) - 2

    def subtracting(self, signs: Iterable[int]) -> Layout:
        """The same with these signs of the biases."""
        return replace(
            self,
            layers=tuple(replace(layer, sign=sign) for layer, sign in zip(self.layers, signs, strict=True)),
        )

    def arrays(self, theta: Array) -> list[Array]:
        """The network's arrays for our flat vector (parameters,)."""
        return [(theta[entries] * signs).reshape(shape) for entries, signs, shape in self._maps]

    def theta(self, arrays: Sequence[Array]) -> Array:
        """Our flat vector for the network's arrays; 0 where the network has no such bias."""
        theta = np.zeros(self.architecture.parameter_count)
        for array, (entries, signs, _) in zip(arrays, self._maps, strict=True):
            theta[entries] = np.asarray(array, dtype=np.float64).reshape(entries.shape) * signs
        return theta

    @cached_property
    def architecture(self) -> Architecture:
        """The layers with identity activations."""
        return Architecture(self.sizes, (ActivationChoice("identity"),) * len(self.layers), self.bias)

    @cached_property
    def _maps(self) -> list[tuple[NDArray[np.int64], Array, Shape]]:
        """For each array: the entry of the flat vector that each of its numbers is, and the sign it has there."""
        maps: dict[int, tuple[NDArray[np.int64], Array]] = {}
        positions = np.arange(self.architecture.parameter_count)
        for layer, mine in zip(self.architecture.layers, self.layers, strict=True):
            entries, bias = layer.split(positions)
            signs, bias_signs = np.ones(entries.shape), np.full(bias.shape, float(mine.sign))
            if mine.inside == "first":
                entries, signs = np.hstack([bias, entries]), np.hstack([bias_signs, signs])
            elif mine.inside == "last":
                entries, signs = np.hstack([entries, bias]), np.hstack([signs, bias_signs])
            maps[mine.weights] = (entries, signs) if mine.out_in else (entries.T, signs.T)
            if mine.bias is not None:
                maps[mine.bias] = (bias, bias_signs)
        return [(*maps[index], shape) for index, shape in enumerate(self.shapes)]


def layouts(shapes: Sequence[Shape], features: int, outputs: Iterable[int]) -> list[Layout]:
    """The ways in which arrays of these shapes make a network, those in one style first."""
    wanted = set(outputs)
    found: dict[tuple[LayerArrays, ...], Layout] = {}
    for order in (1, -1):
        chains = _chains(tuple(shapes), features, (), order)
        for layers in itertools.islice(chains, 50 * _MOST):
            if layers[-1].fan_out in wanted:
                found.setdefault(layers, Layout(tuple(shapes), layers))
    return sorted(found.values(), key=lambda layout: (layout.uniform, len(layout.layers)))[:_MOST]


def _chains(
    shapes: tuple[Shape, ...], fan_in: int, before: tuple[LayerArrays, ...], order: int
) -> Iterator[tuple[LayerArrays, ...]]:
    """Layers that use every array once, weights and biases each in the order of the list, or in the reverse."""
    used = {index for layer in before for index in (layer.weights, layer.bias)}
    if len(used - {None}) == len(shapes):
        yield before
        return
    weights = [layer.weights for layer in before]
    biases = [layer.bias for layer in before if layer.bias is not None]
    for index in range(len(shapes))[::order]:
        if index in used or any((index - other) * order < 0 for other in weights):
            continue
        for layer in _readings(shapes[index], fan_in, index):
            with_bias = [
                replace(layer, bias=other)
                for other in range(len(shapes))[::order]
                if layer.inside is None
                and other != index
                and other not in used
                and all((other - one) * order > 0 for one in biases)
                and _is_bias(shapes[other], layer.fan_out)
            ]
            for one in (*with_bias, layer):
                yield from _chains(shapes, layer.fan_out, (*before, one), order)


def _readings(shape: Shape, fan_in: int, index: int) -> Iterator[LayerArrays]:
    """The ways in which an array can be the weights of a layer."""
    insides: tuple[Inside, ...] = ("last", "first")
    if len(shape) == 2:
        rows, columns = shape
        for out_in, inputs, units in ((False, rows, columns), (True, columns, rows)):
            if inputs == fan_in:
                yield LayerArrays(fan_in, units, index, out_in)
            if inputs == fan_in + 1:
                yield from (LayerArrays(fan_in, units, index, out_in, inside) for inside in insides)
    elif len(shape) == 1:
        (numbers,) = shape
        if numbers == fan_in:
            yield LayerArrays(fan_in, 1, index, True)
        if numbers == fan_in + 1:
            yield from (LayerArrays(fan_in, 1, index, True, inside) for inside in insides)
        if fan_in == 1 and numbers > 1:
            yield LayerArrays(1, numbers, index, False)
    elif not shape and fan_in == 1:
        yield LayerArrays(1, 1, index, False)


def _is_bias(shape: Shape, units: int) -> bool:
    return shape in ((units,), (units, 1), (1, units)) or (units == 1 and not shape)
