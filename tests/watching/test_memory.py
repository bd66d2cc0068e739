"""What the watch holds does not grow with the steps of a script."""

from __future__ import annotations

import tracemalloc

import numpy as np

from runner.files.history import Rows
from runner.recording.watching.observer import Observer
from runner.recording.watching.step import Activated, Spot, Watched, WatchedStep

LOSS, ACTIVATION = Spot("train.py", (3, 0, 3, 4), "loss"), Spot("train.py", (2, 0, 2, 4), "A")
STEP = WatchedStep(
    "train.py",
    1,
    (Watched("W", (4, 4), None, 1.0, 0.1, False),),
    LOSS,
    None,
    8,
    1.0,
    None,
    activations=(Activated("A", "relu", ACTIVATION, 0, 4),),
)


def test_two_hundred_thousand_steps_take_no_more_memory_than_ten_thousand() -> None:
    """Rows are passed on, and fewer are made the longer it runs; parameters are kept at logarithmic distance."""
    W, A = np.ones((4, 4)), np.ones((8, 4))  # noqa: F841 - read from this frame by the name of the parameter
    passed = [0]

    def sink(rows: Rows) -> None:
        passed[0] += len(rows)

    observer = Observer(STEP, sink, lambda broken: None, lambda file: False)
    held = []
    tracemalloc.start()
    try:
        for step in range(200_000):
            observer.hooks.turn()
            observer.hooks.gave(1, A)
            observer.hooks.gave(0, 1.0)
            if step in (10_000, 199_999):
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    observer.end()
    assert observer.count == 199_999
    assert passed[0] < 12_000
    assert len(observer.snapshots) < 25
    assert held[1] < held[0] + 50_000
