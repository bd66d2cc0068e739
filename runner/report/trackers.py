"""Trackers whose writer process also leaves the page of each run that it has delivered.

The page is made when everything else has arrived and the process that trained no longer waits: nobody waits for it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from runner.tracking import trackers as plain
from runner.tracking.trackers import TrackerOf

_WRITER = "runner.report.writer"


def trackers(writer: str = _WRITER) -> AbstractContextManager[TrackerOf]:
    """As `runner.tracking.trackers.trackers`, with pages; `writer` is the module that writes them."""
    return plain.trackers(writer)
