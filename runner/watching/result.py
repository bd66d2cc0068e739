"""What a watched run gives back: how it ended, where its files are, and why it broke."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner.explaining.explanation import Ending
from runner.files.events import Event
from runner.files.finding import Finding
from runner.files.summary import Summary
from runner.report.drawable import Drawable
from runner.training.history import History

if TYPE_CHECKING:
    from runner.tracking.client import Delivered


@dataclass(frozen=True)
class WatchResult(Drawable):
    """A watched run that has ended: the script's exit code, the files, and why it broke.

    `unseen` says why its training could not be watched, None where it was.
    """

    code: int
    ended: Summary
    folder: Path
    history: History
    events: list[Event]
    findings: list[Finding]
    unseen: str | None
    delivered: Delivered | None
    diagnosed: bool = True
    setup: None = None  # a script prepares itself
    own: bool = True

    @property
    def outcome(self) -> str:
        """The outcome: `converged`, `nan` and the like."""
        return self.ended.outcome

    @property
    def ending(self) -> Ending:
        """What its explanation is made of."""
        return Ending(self.ended, self.events, self.findings, self.diagnosed)
