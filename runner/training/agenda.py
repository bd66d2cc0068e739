"""What happens at which steps: evaluations, unit statistics, sharpness, checkpoints, and the steps between them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from runner.settings import Settings

# Logarithmically spaced steps: so many in each decade.
PER_DECADE = 8
EVALUATIONS = 100


def logarithmic(steps: int) -> list[int]:
    """Steps 0, 1, 2, ... up to `steps`, at logarithmic distances."""
    powers = (round(10 ** (k / PER_DECADE)) for k in range(20 * PER_DECADE))
    return sorted({0, *(step for step in powers if step < steps)})


def thinned(steps: Sequence[int], count: int) -> list[int]:
    """At most `count` of the sorted `steps`, evenly spaced, the first and the last included."""
    count = min(count, len(steps))
    positions = {round(k * (len(steps) - 1) / max(1, count - 1)) for k in range(count)}
    return [steps[position] for position in sorted(positions)]


def evaluations(steps: int, steps_per_epoch: int, every: int | None) -> range:
    """Steps at which accuracy and validation loss are computed: once an epoch, or about 100 times in full batch."""
    if every is None:
        every = steps_per_epoch if steps_per_epoch > 1 else max(1, steps // EVALUATIONS)
    return range(0, steps, every)


@dataclass(frozen=True)
class Stretch:
    """Consecutive steps that do the same calls; only one where something is `due`. `watched`: norms are measured."""

    steps: int
    watched: bool
    due: frozenset[str]


class Agenda:
    """At which steps each kind of rare work is due: evaluate, units, sharpness (at the given steps), checkpoint."""

    def __init__(self, settings: Settings, steps: int, steps_per_epoch: int, sharpness: Sequence[int]) -> None:
        watch, every = settings.watch, settings.checkpoint.every
        self._end, self._every = steps, watch.every
        self._steps: dict[str, Sequence[int]] = {
            "evaluate": evaluations(steps, steps_per_epoch, watch.evaluate),
            "units": logarithmic(steps) if watch.units == "log" else (),
            "sharpness": sharpness,
            "checkpoint": range(every, steps, every) if every else (),
        }

    def stretch(self, step: int, most: int) -> Stretch:
        """The longest stretch from `step` on, of at most `most` steps."""
        every, due = self._every, self.due(step)
        watched = every > 0 and step % every == 0
        if due or (watched and every != 1):
            return Stretch(1, watched, due)
        steps = min(most, self.next_due(step + 1) - step)
        if every > 1:
            steps = min(steps, every - step % every)
        return Stretch(steps, watched, due)

    def due(self, step: int) -> frozenset[str]:
        """The kinds that are due at a step."""
        return frozenset(kind for kind, steps in self._steps.items() if _following(steps, step, step + 1) == step)

    def next_due(self, step: int) -> int:
        """The first step, not before this one, at which something is due; the end of the run where nothing is."""
        return min(_following(steps, step, self._end) for steps in self._steps.values())


def _following(steps: Sequence[int], step: int, end: int) -> int:
    """The first of the sorted `steps` that is not before `step`, at most `end`."""
    position = bisect_left(steps, step)
    return min(steps[position], end) if position < len(steps) else end


class Pace:
    """How many steps to take before the next look at the clock: about as many as fit into `seconds`, at most `most`."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self.steps = 1

    def measure(self, steps: int, seconds: float) -> None:
        """Adjust to the time that the last steps took."""
        self.steps = max(1, min(self._most, int(steps / max(seconds, 1e-9) * self._seconds)))
