"""At which steps something other than a step happens: evaluations, unit statistics, sharpness, checkpoints."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

# Logarithmically spaced steps: so many in each decade.
PER_DECADE = 8
EVALUATIONS = 100


def logarithmic(steps: int) -> list[int]:
    """Steps 0, 1, 2, ... up to `steps`, ever further apart."""
    powers = (round(10 ** (k / PER_DECADE)) for k in range(20 * PER_DECADE))
    return sorted({0, *(step for step in powers if step < steps)})


def thinned(steps: Sequence[int], count: int) -> list[int]:
    """At most `count` of the sorted `steps`, the first and the last of them and as many between each two."""
    positions = {round(k * (len(steps) - 1) / max(1, count - 1)) for k in range(min(count, len(steps)))}
    return [steps[position] for position in sorted(positions)]


def evaluations(steps: int, steps_per_epoch: int, every: int | None) -> range:
    """Steps at which accuracy and validation loss are computed: each epoch, or some 100 times in full batch."""
    if every is None:
        every = steps_per_epoch if steps_per_epoch > 1 else max(1, steps // EVALUATIONS)
    return range(0, steps, every)


class Agenda:
    """What is due when, each kind at sorted steps of its own, over a run of `end` steps."""

    def __init__(self, steps: Mapping[str, Sequence[int]], end: int) -> None:
        self._steps, self._end = steps, end

    def due(self, step: int) -> frozenset[str]:
        """The kinds that are due at a step."""
        return frozenset(kind for kind, steps in self._steps.items() if self._following(steps, step) == step)

    def next_due(self, step: int) -> int:
        """The first step, not before this one, at which something is due; the end where nothing is."""
        return min((self._following(steps, step) for steps in self._steps.values()), default=self._end)

    def _following(self, steps: Sequence[int], step: int) -> int:
        position = bisect_left(steps, step)
        return min(steps[position], self._end) if position < len(steps) else self._end
