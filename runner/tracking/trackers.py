"""One tracker per store, for any number of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.settings.tracking import TrackingSettings
from runner.tracking.client import WRITER, Tracker
from runner.tracking.store import Store, probe, resolve_store

# The folder of run folders and of the artifacts of local stores, in the working folder.
OUTPUTS = Path("outputs")

TrackerOf = Callable[[TrackingSettings], Tracker | None]


def store_named(tracking: TrackingSettings) -> Store | None:
    """The store that the settings name; None with `tracking=none`. Raises `UserError` for an invalid address."""
    return resolve_store(tracking.uri, tracking.experiment, outputs=OUTPUTS) if tracking.enabled else None


@contextmanager
def trackers(writer: str = WRITER) -> Iterator[TrackerOf]:
    """Within the block, a function that gives the tracker for some settings; None with `tracking=none`.

    `writer` is the module that is run to deliver. The function raises `UserError` where the store can't be reached.
    """
    known: dict[Store, Tracker] = {}

    def tracker_of(tracking: TrackingSettings) -> Tracker | None:
        store = store_named(tracking)
        if store is None:
            return None
        if store not in known:
            probe(store)
            known[store] = Tracker(store, writer)
        return known[store]

    try:
        yield tracker_of
    finally:
        for tracker in known.values():
            tracker.close()
