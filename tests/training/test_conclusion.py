"""The outcome of a run from its losses."""

from __future__ import annotations

import numpy as np
import pytest
from in_memory import run
from numpy.typing import NDArray

from runner.settings.outcome import OutcomeSettings
from runner.training.conclusion import conclude, judge

FALLING = np.geomspace(1.0, 0.2, 101)
FLAT_AND_LOW = np.concatenate([np.geomspace(1.0, 0.01, 50), np.full(50, 0.01)])


@pytest.mark.parametrize(
    ("losses", "quality", "outcome"),
    [
        (np.array([1.0, 0.5, np.nan]), 1.0, "nan"),
        (np.array([1.0, 0.5, np.inf]), 1.0, "nan"),
        (np.geomspace(1.0, 100.0, 50), 0.0, "diverged"),
        (FALLING, 0.99, "converged"),
        (FLAT_AND_LOW, 0.5, "converged"),
        (FALLING, 0.5, "finished"),
        (np.full(50, 0.7), 0.5, "stalled"),
        (np.geomspace(1.0, 3.0, 50), 0.5, "stalled"),
        (np.full(50, 0.7), 0.99, "converged"),
        (np.array([1.0]), 0.5, "stalled"),
    ],
)
def test_outcomes(losses: NDArray[np.float64], quality: float, outcome: str) -> None:
    """Non-finite, grown, good, flat at a low loss, hardly fallen, or none of these."""
    assert judge(losses, quality, good=0.98, settings=OutcomeSettings()) == outcome


def test_mini_batch_scatter_is_no_progress() -> None:
    """Losses that only scatter are stalled, whatever the last one happens to be."""
    losses = 1.0 + 0.1 * np.random.default_rng(0).normal(size=1000)
    losses[0], losses[-1] = 1.0, 0.5
    assert judge(losses, 0.5, good=0.98, settings=OutcomeSettings()) == "stalled"


def test_what_is_at_chance_has_not_converged() -> None:
    """However low and flat its loss is, and however high its measure: the best constant answer is as good."""
    assert judge(FALLING, 0.99, good=0.98, settings=OutcomeSettings(), at_chance=True) == "finished"
    assert judge(FLAT_AND_LOW, 0.5, good=0.98, settings=OutcomeSettings(), at_chance=True) == "finished"


@pytest.mark.parametrize(
    "words",
    [
        # The first sample is right as the run starts: its loss is 0.
        ["dataset=inline", "dataset.X=[0,1,2,3,4,5]", "dataset.Y=[0,4,5,8,9,14]", "network=linear", "shuffle=false"],
        # The last loss is the sum over 40 samples, the first over one.
        ["dataset=sine", "dataset.samples=40", "network=linear", "loss.reduction=sum"],
    ],
)
def test_a_run_of_mini_batches_is_judged_by_all_samples(words: list[str]) -> None:
    """What it ends with is compared with what all samples gave at its start, not with its first batch."""
    training = run(*words, "batch_size=1", "steps=200", "optimizer.lr=0.02")
    ended = conclude(training)
    assert training.history["loss"][0] * 10 < training.history["loss"][-1]
    assert ended.outcome in ("converged", "finished")
