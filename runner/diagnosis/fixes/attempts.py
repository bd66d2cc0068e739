"""Running a changed configuration for the sake of the diagnosis: in memory, within what is left of the budget.

Seconds are those that the processor spends, so that what else a machine does changes nothing in what is found.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Fix, amended
from runner.errors import UserError
from runner.files.events import Event
from runner.settings import Settings
from runner.training.conclusion import conclude
from runner.training.history import History
from runner.training.interrupt import Interruption
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.recorder import history_columns
from runner.training.setup import Setup, prepare
from runner.training.threads import one_blas_thread

# A run that takes less than this share of the budget is repeated with other seeds.
_CHEAP = 0.05
# No attempt takes more than this share of the budget; one that is cut short is judged by what it has done.
_LONGEST = 0.2
OTHER_SEEDS = 2


class Patience(Interruption):
    """An interruption that comes when a moment is reached, or with another interruption."""

    def __init__(self, deadline: float, other: Interruption) -> None:
        self._deadline, self._other = deadline, other

    @property
    def signal(self) -> int:  # type: ignore[override]
        """Not 0 once it is time to stop."""
        return int(bool(self._other.signal) or time.thread_time() > self._deadline)


class Attempts:
    """Runs of `settings` with changes, for `budget` seconds from now on; `tell` hears what is being tried.

    With `stop` the user has had enough.
    """

    def __init__(self, settings: Settings, budget: float, tell: Callable[[str], None], stop: Interruption) -> None:
        self._settings, self._budget, self._tell, self._stop = settings, budget, tell, stop
        self._started = time.thread_time()
        self._known: dict[Fix, Case | None] = {}

    @property
    def exhausted(self) -> bool:
        """Whether nothing more is to be run."""
        if not self._settings.diagnosis.fixes or self._stop.signal:
            return True
        return time.thread_time() - self._started >= self._budget

    def run(self, fix: Fix) -> Case | None:
        """The case with the changes of `fix`; None where they can't be made or there is no time."""
        if fix not in self._known:
            if self.exhausted:
                return None
            settings = amended(self._settings, fix)
            self._tell(" ".join(map(str, fix)))
            self._known[fix] = None if settings is None else self._attempt(settings)
        return self._known[fix]

    def on_other_seeds(self, fix: Fix, taken: float) -> list[Case]:
        """The same on other seeds, where a run that took `taken` seconds is cheap."""
        if taken > _CHEAP * self._budget:
            return []
        settings = amended(self._settings, fix)
        cases = []
        for shift in range(1, OTHER_SEEDS + 1):
            if settings is not None and not self.exhausted:
                cases.append(self._attempt(_reseeded(settings, shift)))
        return [case for case in cases if case is not None]

    def _attempt(self, settings: Settings) -> Case | None:
        now = time.thread_time()
        deadline = min(self._started + self._budget, now + _LONGEST * self._budget)
        try:
            setup = prepare(settings)
        except UserError:  # the changes don't go together with the data
            return None
        return train(setup, Patience(deadline, self._stop))


def train(setup: Setup, patience: Interruption) -> Case:
    """Train in memory, to the end or as long as there is patience."""
    events: list[Event] = []
    training = Training(setup, History(history_columns(setup.watch)), events.append, Listener(), None)
    with one_blas_thread():
        started = time.thread_time()
        training.run(patience)
        seconds = time.thread_time() - started
        ended = training.step == setup.steps or training.stopped_nonfinite
        case = Case.of(training, events, conclude(training), seconds)
        return replace(case, cut_short=bool(patience.signal) and not ended)


def _reseeded(settings: Settings, shift: int) -> Settings:
    """Other draws of everything that is drawn from a seed."""
    update = {"seed": settings.seed + shift}
    for group in ("dataset", "init"):
        section = getattr(settings, group)
        if section.seed is not None:
            update[group] = section.model_copy(update={"seed": section.seed + shift})
    return settings.model_copy(update=update)
