"""A run that has ended, with the numbers that its diagnosis needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.fixes.limit import LARGE_STEP, is_of_use, limit_at
from runner.diagnosis.measures.reference import reference
from runner.files.events import Event
from runner.files.summary import Outcome
from runner.network.inference import columns
from runner.network.program import Phase
from runner.network.workspace import Batch, Workspace, run
from runner.settings.diagnosis import Thresholds
from runner.settings.optimizer import GradientSettings
from runner.training.conclusion import Conclusion
from runner.training.history import History
from runner.training.loop import Training
from runner.training.measuring.measure import TaskMeasure, measure_of
from runner.training.setup import Setup

Array = NDArray[np.float64]

# So many samples stand for the training data where units are examined.
_MOST_SAMPLES = 1024
# Progress from which on hardly anything is missing, and the share of what a network misses that a reference finds
# where the network is left behind by it.
_FAR, _MOST_OF_IT = 0.9, 0.75
# Samples from which on what a reference can't find is noise, if it finds something: more than chance gives it, which is
# a few times 1 / samples.
_MANY_SAMPLES, _SOMETHING = 100, 10.0
# As much of what a reference finds is all of it.
_ALL_OF_IT = 0.97
# A network so far beyond the reference may fall a little still: so many times what counts as still falling.
_BEYOND, _BARELY = 1.05, 10.0
# From best to worst.
RANKS: tuple[Outcome, ...] = ("converged", "finished", "stalled", "diverged", "nan")


@dataclass(frozen=True)
class Case:
    """A training with its history, its events and its conclusion; `theta` are the parameters it ended with, and
    `statistics` what layers are normalised by when nothing is trained.

    Where a non-finite value ended it, these are the parameters that led to that value. `cut_short`: the budget
    did not allow all of its steps.
    """

    setup: Setup
    history: History
    events: Sequence[Event]
    conclusion: Conclusion
    theta: Array
    cut_short: bool = False
    statistics: Mapping[str, Array] = field(default_factory=dict)

    @classmethod
    def of(
        cls, training: Training, events: Sequence[Event], conclusion: Conclusion, *, cut_short: bool = False
    ) -> Case:
        """The case of a training that `conclude` has seen."""
        theta = training.workspace.theta.copy()
        statistics = training.workspace.statistics()
        return cls(training.setup, training.history, events, conclusion, theta, cut_short, statistics)

    @property
    def outcome(self) -> Outcome:
        """What `judge` said."""
        return self.conclusion.outcome

    @property
    def thresholds(self) -> Thresholds:
        """The numbers of `diagnosis.thresholds`."""
        return self.setup.settings.diagnosis.thresholds

    @property
    def losses(self) -> Array:
        """The loss of each step."""
        return self.history["loss"]

    @cached_property
    def measure(self) -> TaskMeasure:
        """Accuracy or R², and what of it chance gives on the training data."""
        return measure_of(self.setup)

    @property
    def progress(self) -> float:
        """How far the network is on the way from chance (0) to perfect (1)."""
        return self.measure.progress(self.conclusion.quality)

    @cached_property
    def healthy(self) -> bool:
        """Whether there is nothing to explain: the run came to its end, far enough from chance, and there is no more.

        More than so much progress is there where a reference of the simplest kind is far ahead. Less is enough where
        the data have no more in them: the run has come to rest, and is as good as the reference.
        """
        # A loss can also converge far below a bad start where nothing has been learnt.
        if self.outcome not in ("converged", "finished"):
            return False
        if self.progress < self.thresholds.good_progress:
            return self._as_good_as_possible
        return not self._left_behind

    @cached_property
    def reference(self) -> float | None:
        """What cheap predictions of each sample from the others reach on the training data; None for few samples."""
        part = self.setup.dataset.train
        return reference(part.X, part.Y, self.measure)

    @property
    def _left_behind(self) -> bool:
        """Whether the reference is nearly perfect, and misses less than a quarter of what the network does."""
        if self.progress >= _FAR or self.conclusion.quality >= self.conclusion.good or self.reference is None:
            return False
        possible = self.measure.progress(self.reference)
        return possible >= max(_FAR, self.progress + _MOST_OF_IT * (1.0 - self.progress))

    @property
    def _as_good_as_possible(self) -> bool:
        """Whether many samples say that the little that has been learnt is what their noise leaves to be learnt."""
        possible = self._possible
        if possible is None or self.progress < possible:
            return False
        falls = _BARELY if self.progress >= _BEYOND * possible else 1.0
        return self._at_rest(falls * self.thresholds.still_falling)

    @property
    def matches_reference(self) -> bool:
        """Whether a run that came through has learnt what the reference finds among the noise of many samples.

        There may be more in the data, but nothing speaks for it: only what helps with unseen samples would prove it.
        """
        if self.outcome not in ("converged", "finished"):
            return False
        return self._possible is not None and self.progress >= _ALL_OF_IT * self._possible

    @property
    def _possible(self) -> float | None:
        """The progress of the reference; None where there are few samples, or it is no better than chance."""
        samples = len(self.setup.dataset.train)
        if samples < _MANY_SAMPLES or self.reference is None:
            return None
        found = self.measure.progress(self.reference)
        return found if found >= _SOMETHING / samples else None

    def _at_rest(self, fall: float) -> bool:
        """Whether the loss fell by at most a share over the last half of the run; means of a tenth, for scatter."""
        losses = self.losses[np.isfinite(self.losses)]
        tenth, half = max(1, len(losses) // 10), len(losses) // 2
        before, last = float(np.mean(losses[half:][:tenth])), float(np.mean(losses[-tenth:]))
        return last >= (1.0 - fall) * before

    @property
    def has_rate(self) -> bool:
        """Whether there is a learning rate that could be another: L-BFGS has none."""
        return isinstance(self.setup.settings.optimizer, GradientSettings)

    @property
    def limit(self) -> float | None:
        """The largest learning rate that was stable wherever it was measured; None where no limit is known."""
        start = self._limit_at_start
        return None if start is None else min(start, self.setup.settings.optimizer.rate / self.rate_ratio)

    @cached_property
    def rate_ratio(self) -> float:
        """The learning rate / its limit; where there is none, the size of the first steps / that of large ones.

        The limit is the lowest of that at the start and of those measured while the loss was at most its first value.
        """
        if self._limit_at_start is not None:
            low = self.losses <= self.losses[0]
            measured = self.history["stability"][low] if "stability" in self.history.columns else np.empty(0)
            gradients, size = self.history["grad_norm"][low], float(np.linalg.norm(self.setup.initial))
            rate = self.setup.settings.optimizer.rate
            known = [
                ratio
                for ratio, gradient in zip(measured.tolist(), gradients.tolist(), strict=False)
                if np.isfinite(ratio) and (ratio <= 0 or is_of_use(rate / ratio, gradient, size))
            ]
            return float(max(rate / self._limit_at_start, *known, 0.0))
        ratios = [self.history[name] for name in self.history.columns if name.startswith("update_ratio/")]
        early = [
            ratio[: max(1, len(ratio) // 10)] for ratio in ratios
        ]  # later ones are small because weights have grown
        steps = [float(np.median(ratio[finite])) for ratio in early if (finite := np.isfinite(ratio)).any()]
        return max(steps) / LARGE_STEP if steps else float("nan")

    @cached_property
    def _limit_at_start(self) -> float | None:
        return limit_at(self.setup, self.setup.initial)

    @cached_property
    def at_start(self) -> Batch:
        """Every array of a pass at the initial parameters."""
        return self.pass_at(self.setup.initial)

    @cached_property
    def at_end(self) -> Batch:
        """Every array of a pass at the parameters that the training ended with."""
        return self.pass_at(self.theta)

    def pass_at(self, theta: Array) -> Batch:
        """Every array (`Z1`, `A1`, `F1`, `[dW1 db1]`, ...) of a pass over samples of the training data."""
        setup, part = self.setup, self.setup.dataset.train
        workspace = Workspace(setup.architecture, setup.program, setup.settings.dtype, scalars=setup.watch.scalars)
        np.copyto(workspace.theta, theta)
        few = slice(_MOST_SAMPLES)
        batch = workspace.batch(*columns(part.X[few], part.Y[few], setup.architecture.bias))
        with np.errstate(all="ignore"):
            run(batch.calls(Phase.BATCH, Phase.FORWARD, Phase.OUTPUT, Phase.LOSS, Phase.BACKWARD))
        return batch

    def fixes(self, broken: Case) -> bool:
        """Whether this is what a fix should lead to: healthy and clearly ahead of the broken run.

        Where that one broke down altogether, a run that finishes with some progress is enough.
        """
        ahead = RANKS.index(self.outcome) < RANKS.index(broken.outcome)
        if self.healthy:
            return ahead or self.progress >= broken.progress + self.thresholds.gain * (1.0 - broken.progress)
        enough = self.thresholds.gain * self.thresholds.good_progress
        return broken.outcome in ("nan", "diverged") and self.outcome == "finished" and self.progress >= enough
