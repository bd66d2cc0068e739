"""At which steps something other than a step happens: evaluations, unit statistics, checkpoints."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

# Logarithmically spaced steps: so many in each decade.
PER_DECADE = 8
EVALUATIONS = 100


def logarithmic(steps: int) -> list[int]:
    """Steps 0, 1, 2, ... up to `steps`, ever further apart."""
    powers = (round(10 ** (k / PER_DECADE)) for k in range(20 * PER_DECADE))
    return sorted({0, *(step for step in powers if step < steps)})


def evaluations(steps: int, steps_per_epoch: int, every: int | None) -> range:
    """Steps at which accuracy and validation loss are computed: each epoch, or some 100 times in full batch."""
    if every is None:
        every = steps_per_epoch if steps_per_epoch > 1 else max(1, steps // EVALUATIONS)
    return range(0, steps, every)


def following(steps: Sequence[int], step: int, end: int) -> int:
    """The first of the sorted `steps` that is not before `step`, at most `end`."""
    position = bisect_left(steps, step)
    return min(steps[position], end) if position < len(steps) else end
