"""The elements of an array as numbers that are followed: loops over it, unpacking, `zip` and `list` of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.rewriting.sites import Site
from runner.recording.taping.notes import Notes
from runner.recording.taping.values import followed


class Elements(Sequence[Any]):
    """A one-dimensional array (or `.flat`) taken apart element by element, each one noted when it is asked for."""

    def __init__(self, recorder: Notes, site: Site, array: NDArray[Any], flat: bool = False) -> None:
        self._recorder, self._site, self._array, self._flat = recorder, site, array, flat

    def __len__(self) -> int:
        return self._array.size if self._flat else len(self._array)

    def __getitem__(self, index: Any) -> Any:
        result = self._array.flat[index] if self._flat else self._array[index]
        if not self._recorder.live or isinstance(index, slice):
            return result
        return self._recorder.chosen(self._site, (self._site.place,), self._array, result, index, self._flat)

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]


def elements(recorder: Notes, site: Site, values: Any) -> Any:
    """`values` itself, or its `Elements` where going through it gives numbers that have to be noted."""
    if isinstance(values, np.flatiter) and followed(values.base):
        return Elements(recorder, site, values.base, flat=True)
    if isinstance(values, np.ndarray) and values.ndim == 1 and followed(values):
        return Elements(recorder, site, values)
    return values


def iterated(recorder: Notes, site: Site, values: Any) -> Any:
    """What a loop goes through in the place of `values`."""
    if isinstance(values, np.ndenumerate):
        return _with_indices(recorder, site, values)
    values = elements(recorder, site, values)
    return values if site.shape is None else _spread(recorder, site, values)


def unpacked(recorder: Notes, site: Site, value: Any, shape: tuple[Any, ...] | None) -> Any:
    """`value` with every array in it that is taken apart as its elements; `shape` is the nesting of the names."""
    if shape is None:
        return value
    if isinstance(value, np.ndarray):
        if value.ndim > 1:
            value = list(value)
        else:
            return elements(recorder, site, value)
    if any(each is not None for each in shape) and type(value) in (list, tuple) and len(value) == len(shape):
        return [unpacked(recorder, site, each, inner) for each, inner in zip(value, shape, strict=True)]
    return value


def _spread(recorder: Notes, site: Site, values: Any) -> Iterator[Any]:
    for value in values:
        yield unpacked(recorder, site, value, site.shape) if recorder.live else value


def _with_indices(recorder: Notes, site: Site, values: Any) -> Iterator[Any]:
    array = values.iter.base
    for index, value in values:
        if recorder.live:
            yield index, recorder.chosen(site, (site.place,), array, value, index)
        else:
            yield index, value
