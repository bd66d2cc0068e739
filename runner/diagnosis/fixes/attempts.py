"""Running changed settings in memory, within a budget of work.

The budget is in seconds of a usual machine, and work is counted (`cost`): the same fixes are run for the same steps
however fast or busy a machine is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner.diagnosis import cost
from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Fix, amended
from runner.errors import UserError
from runner.files.events import Event
from runner.settings import Settings
from runner.threads import one_blas_thread
from runner.training.conclusion import conclude
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.recorder import history_columns
from runner.training.setup import Setup, prepare
from runner.training.stopping import Interruption

# A run that costs less than this share of the budget is repeated with other seeds.
CHEAP = 0.05
# No attempt costs more than this share of the budget; one that is cut short is judged by what it has done.
_LONGEST = 0.2
OTHER_SEEDS = 2


class Attempts:
    """Runs of `settings` with changes, for a budget in seconds of a usual machine.

    `report` hears what is being tried. `stop` ends all of it, where the user has had enough.
    """

    def __init__(self, settings: Settings, budget: float, report: Callable[[str], None], stop: Interruption) -> None:
        self._settings, self._budget, self._report, self._stop = settings, budget, report, stop
        self._spent = 0.0
        self._known: dict[Fix, Case | None] = {}

    @property
    def exhausted(self) -> bool:
        """Whether nothing more is to be run."""
        return not self._settings.diagnosis.fixes or bool(self._stop.signal) or self._spent >= self._budget

    def run(self, fix: Fix) -> Case | None:
        """The case with the changes of `fix`; None where they can't be made or the budget is spent."""
        if fix not in self._known:
            if self.exhausted:
                return None
            settings = self._amended(fix)
            self._report(" ".join(map(str, fix)))
            self._known[fix] = None if settings is None else self._attempt(settings)
        return self._known[fix]

    def on_other_seeds(
        self, fix: Fix, first: Case, count: int = OTHER_SEEDS, *, already: int = 0, most: float = CHEAP
    ) -> list[Case]:
        """The same fix on `count` other seeds, without those run `already`.

        None where its `first` run is costly: more than the share `most` of the budget.
        """
        if cost_of(first) > most * self._budget:
            return []
        settings = self._amended(fix)
        cases = []
        for shift in range(1 + already, 1 + count):
            if settings is not None and not self.exhausted:
                self._report(f"{' '.join(map(str, fix))} seed={settings.seed + shift}".strip())
                cases.append(self._attempt(_reseeded(settings, shift)))
        return [case for case in cases if case is not None]

    def _amended(self, fix: Fix) -> Settings | None:
        return amended(self._settings, fix) if fix else self._settings

    def _attempt(self, settings: Settings) -> Case | None:
        self._spent += cost.of_preparing(settings)
        try:
            setup = prepare(settings)
        except UserError:  # the changes don't go together with the data
            return None
        allowed = min(self._budget - self._spent, _LONGEST * self._budget)
        case = train(setup, self._stop, most_steps=max(1, int(allowed / cost.of_step(setup))))
        self._spent += cost_of(case)
        return case


def cost_of(case: Case) -> float:
    """What the steps of a run cost."""
    return len(case.history) * cost.of_step(case.setup)


def train(setup: Setup, stop: Interruption, *, most_steps: int | None = None) -> Case:
    """Train in memory, to the end or for `most_steps`, or until `stop` has a signal."""
    events: list[Event] = []
    training = Training(setup, History(history_columns(setup)), events.append, Listener(), None)
    cut: list[Training] = []

    def end(reached: Sequence[Training]) -> Sequence[Training]:
        cut.extend(reached)
        return reached

    with one_blas_thread():
        training.run(stop, {} if most_steps is None else {most_steps: end})
        cut_short = bool(cut) or (bool(stop.signal) and not training.done)
        case = Case.of(training, events, conclude(training), cut_short=cut_short)
    setup.network.close()  # it is opened again where somebody asks
    return case


def _reseeded(settings: Settings, shift: int) -> Settings:
    """Other draws of everything that is drawn from a seed."""
    update = {"seed": settings.seed + shift}
    for group in ("dataset", "init"):
        section = getattr(settings, group)
        if section.seed is not None:
            update[group] = section.model_copy(update={"seed": section.seed + shift})
    return settings.model_copy(update=update)
