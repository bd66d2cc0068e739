"""The steps of a run that were not finite: how many, which was the first, and what is done about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from runner.files.events import Event
from runner.network.workspace import Batch, Workspace
from runner.rng import IntArray
from runner.training.checkpoints import State, restore, snapshot
from runner.training.history import History
from runner.training.nonfinite.approach import approach
from runner.training.setup import Setup

# How the parameters to roll back to are named in a checkpoint.
_GOOD = "good/"


class BadSteps:
    """Counts bad steps, notes an event for the first of several in a row, and keeps the parameters for a rollback."""

    def __init__(self, setup: Setup, note: Callable[[Event], None]) -> None:
        self._network, self._optimiser, self._note = setup.network, setup.settings.optimizer.name, note
        self.policy = setup.settings.watch.on_nonfinite
        self.last, self.count = -2, 0
        self.first: int | None = None
        self._good: State = {}

    def begin(self, workspace: Workspace) -> None:
        """Keep the initial parameters, if the policy is to roll back."""
        if self.policy == "rollback" and not self._good:
            self._good = snapshot(workspace, self._optimiser)

    def keep_good(self, workspace: Workspace) -> None:
        """Make the current parameters, at which the loss is finite, the ones to roll back to."""
        if self._good:
            self._good = snapshot(workspace, self._optimiser)

    def roll_back(self, workspace: Workspace) -> None:
        """Restore the last good parameters."""
        restore(workspace, self._good)

    def note(self, batch: Batch, step: int, samples: Callable[[], IntArray], history: Callable[[], History]) -> bool:
        """Record a bad step; whether it is the first of several in a row, for which an event is noted.

        `samples` gives those of the step, in the order of its batch, and `history` all rows before it.
        """
        self.count += 1
        begins = self.last != step - 1
        if begins:
            event = self._network.first_nonfinite(batch, step, samples())
            if self.first is None:
                self.first = step
                event = replace(event, first=True, approach=approach(history(), step))
            self._note(event)
        self.last = step
        return begins

    @property
    def arrays(self) -> State:
        """The arrays that a checkpoint saves."""
        return {f"{_GOOD}{name}": array for name, array in self._good.items()}

    @property
    def progress(self) -> dict[str, int | None]:
        """The counters that a checkpoint saves."""
        return {"_last_nonfinite": self.last, "nonfinite_steps": self.count, "first_nonfinite_step": self.first}

    def go_on_from(self, arrays: State, progress: Mapping[str, Any]) -> None:
        """Restore what a checkpoint saved; its own arrays are removed from `arrays`."""
        self._good = {name.removeprefix(_GOOD): arrays.pop(name) for name in list(arrays) if name.startswith(_GOOD)}
        self.last, self.count = progress["_last_nonfinite"], progress["nonfinite_steps"]
        self.first = progress["first_nonfinite_step"]
