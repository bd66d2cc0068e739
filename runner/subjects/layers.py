"""Which array of a subject belongs to which layer, as far as shapes and names say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from runner.network.arrays import ParameterArray

Shape = tuple[int, ...]
# Of each array its layer, counted from 1, and whether it is a bias.
Belonging = list[tuple[int, bool]]


def arrays_of(names: Sequence[str], shapes: Sequence[Shape], features: int, outputs: int) -> list[ParameterArray]:
    """The arrays of a subject as parts of one flat vector, in its own order."""
    belonging = _belonging(names, shapes, features, outputs)
    found, start = [], 0
    for name, shape, (layer, is_bias) in zip(names, shapes, belonging, strict=True):
        size = int(np.prod(shape, dtype=np.int64))
        found.append(ParameterArray(name, layer, is_bias, np.arange(start, start + size).reshape(shape)))
        start += size
    return found


def fit(names: Sequence[str], shapes: Sequence[Shape], features: int, outputs: int) -> bool:
    """Whether the arrays could be those of a network with so many features and outputs."""
    return any(_fits(candidate, shapes, features, outputs) for candidate in _candidates(names, shapes))


def ends(names: Sequence[str], shapes: Sequence[Shape]) -> tuple[int, int] | None:
    """The numbers of features and outputs that such arrays are for, where their shapes show it."""
    if not shapes or len(shapes[0]) != 2:
        return None
    matrices = [shape for shape in shapes if len(shape) == 2 and 1 not in shape] or [shapes[0]]
    first, last = matrices[0], matrices[-1]
    for wanted in ((first[0], last[1]), (first[1], last[0])):
        if fit(names, shapes, *wanted):
            return wanted
    return None


def _belonging(names: Sequence[str], shapes: Sequence[Shape], features: int, outputs: int) -> Belonging:
    numbered = _by_number(names)
    if numbered is not None:
        return numbered
    for candidate in _candidates(names, shapes):
        if _fits(candidate, shapes, features, outputs):
            return candidate
    return next(_candidates(names, shapes))


def _by_number(names: Sequence[str]) -> Belonging | None:
    """W1, b1, W2, ...: what the names say."""
    numbers = [re.findall(r"\d+", name) for name in names]
    if any(len(one) != 1 for one in numbers) or any("[" in name for name in names):
        return None
    ranks = {number: rank for rank, number in enumerate(sorted({int(one[0]) for one in numbers}), start=1)}
    return [(ranks[int(one[0])], _is_bias_name(name)) for one, name in zip(numbers, names, strict=True)]


def _candidates(names: Sequence[str], shapes: Sequence[Shape]) -> Iterator[Belonging]:
    """By the numbers in the names, W b W b, W W b b, no biases, b W b W, and each array a layer of its own."""
    count = len(shapes)
    vectors = [_is_vector(shape) for shape in shapes]
    numbered = _by_number(names)
    if numbered is not None:
        yield numbered
    half = count // 2
    if count % 2 == 0:
        yield [(1 + i // 2, i % 2 == 1) for i in range(count)]
        yield [(1 + i % half, i >= half) for i in range(count)]
        yield [(1 + i // 2, i % 2 == 0) for i in range(count)]
    if not any(vectors) or count == 1:
        yield [(1 + i, False) for i in range(count)]
    layer, found = 0, []
    for vector in vectors:
        layer += not vector or layer == 0
        found.append((layer, vector and layer > 0))
    yield found
    yield [(1 + i, False) for i in range(count)]


def _fits(belonging: Belonging, shapes: Sequence[Shape], features: int, outputs: int) -> bool:
    """Whether the widths go on from layer to layer, with each bias as wide as its layer."""
    matrices = {layer: shape for (layer, is_bias), shape in zip(belonging, shapes, strict=True) if not is_bias}
    biases = {layer: shape for (layer, is_bias), shape in zip(belonging, shapes, strict=True) if is_bias}
    if sorted(matrices) != list(range(1, len(matrices) + 1)) or not set(biases) <= set(matrices):
        return False
    return any(_chain(matrices, biases, features, outputs, transposed) for transposed in (False, True))


def _chain(matrices: dict[int, Shape], biases: dict[int, Shape], features: int, outputs: int, transposed: bool) -> bool:
    width = features
    for layer in sorted(matrices):
        shape = matrices[layer] if len(matrices[layer]) == 2 else (*matrices[layer], 1)
        if len(shape) != 2:
            return False
        fan_in, fan_out = shape[::-1] if transposed else shape
        with_bias = width + 1 if layer not in biases else width
        if fan_in not in (width, with_bias):
            return False
        if layer in biases and int(np.prod(biases[layer], dtype=np.int64)) not in (fan_out, 1):
            return False
        width = fan_out
    return width == outputs


def _is_vector(shape: Shape) -> bool:
    return sum(side != 1 for side in shape) < 2


def _is_bias_name(name: str) -> bool:
    word = name.rpartition(".")[2].strip("_").lower()
    return word.startswith(("b", "beta", "c")) or "bias" in word
