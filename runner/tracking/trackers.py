"""From settings to whoever carries runs to MLflow: one tracker for each store, however many runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.settings.tracking import TrackingSettings
from runner.tracking.client import Tracker
from runner.tracking.store import Store, probe, resolve_store

# Where run folders and the artifacts of local stores lie, in the working folder.
OUTPUTS = Path("outputs")

TrackerOf = Callable[[TrackingSettings], Tracker | None]


def store_named(tracking: TrackingSettings) -> Store | None:
    """The store that the settings name; None with `tracking=none`. Raises `UserError` for an impossible address."""
    return resolve_store(tracking.uri, tracking.experiment, outputs=OUTPUTS) if tracking.enabled else None


@contextmanager
def trackers() -> Iterator[TrackerOf]:
    """A function that gives the tracker of some settings, None with `tracking=none`, until the end of the block.

    It raises `UserError` where the store can't be reached.
    """
    known: dict[Store, Tracker] = {}

    def tracker_of(tracking: TrackingSettings) -> Tracker | None:
        store = store_named(tracking)
        if store is None:
            return None
        if store not in known:
            probe(store)
            known[store] = Tracker(store)
        return known[store]

    try:
        yield tracker_of
    finally:
        for tracker in known.values():
            tracker.close()
