"""Random numbers: one seed, and a stream of its own for each thing that draws.

The data, their split, the initial parameters and the order of the batches each draw from their own stream, so that
changing one (a larger network, another batch size) never changes another.

`rng: legacy` draws what hand-written code with `numpy.random.seed(...)` draws: a fresh `numpy.random.RandomState` of
`dataset.seed` for the data (another of the same seed for the split), one of `init.seed` for the parameters, one of
`seed` for the batches and another of it for the masks of dropout; where `dataset.seed` or `init.seed` is null, `seed`
takes its place. The order of the draws: a data set draws as its own docstring says; the initialiser draws layer after
layer, first W as (fan_out, fan_in) row by row, then b; the masks of a step are `rand(units, n) < 1 - p`, layer after
layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["pcg64", "legacy"]
Shape = int | tuple[int, ...]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Positions of the streams below a seed: appending is free, reordering would change every run.
_DATASET, _SPLIT, _INIT, _ORDER, _FAULTS, _SUBJECT, _MASKS = range(7)

_SKIPPED = 2**20  # numbers that are drawn at once to be thrown away


class Draws:
    """The few draws that the program makes, over either of NumPy's two interfaces."""

    def __init__(self, source: np.random.Generator | np.random.RandomState) -> None:
        self._source = source

    def normal(self, shape: Shape) -> FloatArray:
        """Standard normal numbers."""
        return np.asarray(self._source.standard_normal(shape), dtype=np.float64)

    def uniform(self, shape: Shape) -> FloatArray:
        """Uniform numbers in [0, 1)."""
        return np.asarray(self._source.random(shape), dtype=np.float64)

    def integers(self, low: int, high: int, shape: Shape) -> IntArray:
        """Uniform integers in low..high-1."""
        if isinstance(self._source, np.random.RandomState):
            return np.asarray(self._source.randint(low, high, shape), dtype=np.int64)
        return np.asarray(self._source.integers(low, high, shape), dtype=np.int64)

    def permutation(self, n: int) -> IntArray:
        """The numbers 0..n-1 in random order."""
        return np.asarray(self._source.permutation(n), dtype=np.int64)

    def skip_uniform(self, n: int) -> None:
        """Go on as if n uniform numbers had been drawn."""
        if isinstance(self._source, np.random.RandomState):
            for start in range(0, n, _SKIPPED):  # its algorithm can't jump
                self._source.random(min(_SKIPPED, n - start))
        else:
            bits = self._source.bit_generator
            assert isinstance(bits, np.random.PCG64)
            bits.advance(n)


@dataclass(frozen=True)
class Streams:
    """The streams of one run; each method gives a fresh one, at its beginning."""

    kind: Kind
    seed: int
    dataset_seed: int | None = None
    init_seed: int | None = None

    def dataset(self) -> Draws:
        """Draws for the samples."""
        return self._draws(_DATASET, self.dataset_seed)

    def split(self) -> Draws:
        """Draws for the split into training, validation and test splits."""
        return self._draws(_SPLIT, self.dataset_seed)

    def init(self) -> Draws:
        """Draws for the initial parameters."""
        return self._draws(_INIT, self.init_seed)

    def order(self) -> Draws:
        """Draws for the order of the samples in each epoch."""
        return self._draws(_ORDER, None)

    def masks(self) -> Draws:
        """Draws for the masks of dropout."""
        return self._draws(_MASKS, None)

    def faults(self) -> Draws:
        """Draws for mistakes made on purpose."""
        return self._draws(_FAULTS, None)

    def subject(self) -> int:
        """The seed that somebody's own network is given: for `legacy` that of the initial parameters itself."""
        seed = self.seed if self.init_seed is None else self.init_seed
        if self.kind == "legacy":
            return seed
        return int(np.random.SeedSequence(seed, spawn_key=(_SUBJECT,)).generate_state(1)[0])

    def _draws(self, stream: int, own_seed: int | None) -> Draws:
        seed = self.seed if own_seed is None else own_seed
        if self.kind == "legacy":
            return Draws(np.random.RandomState(seed))
        return Draws(np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(stream,)))))
