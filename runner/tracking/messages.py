"""What a training process and the writer to MLflow say to each other, as JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict


class Order(TypedDict, total=False):
    """An order to the writer: deliver the run folder `track` to `store`, or: the run in `finish` has ended."""

    track: str
    store: dict[str, str]
    finish: str


class Answer(TypedDict, total=False):
    """What the writer reports of a `folder`: what has changed alone.

    `run_id`: the MLflow run exists. `error`: the store failed and will be retried; null: it works again. `delivered`:
    all of it, or given up and left in the folder. `children`: how many runs of a sweep have arrived.
    """

    folder: str
    run_id: str | None
    error: str | None
    delivered: bool
    children: int


Report = Callable[[Answer], None]
