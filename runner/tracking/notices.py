"""What is said while a run trains of its way to MLflow: once that the store fails, and once that it works again."""

from __future__ import annotations

from collections.abc import Callable

from runner.training.listeners import Listener

AWAY = "the store does not answer; the run goes on, and its writer catches up"
BACK = "the store answers again"


class StoreNotices(Listener):
    """Asks `trouble` whenever it hears of progress, in the training thread, and tells what has changed.

    `trouble` gives what the store says in place of taking the run, None where it works. A store that comes and goes is
    told of once: the end of the run says how it stands.
    """

    def __init__(self, trouble: Callable[[], str | None], tell: Callable[[str], None]) -> None:
        self._trouble, self._tell = trouble, tell
        self._away = self._back = False

    def on_progress(self, step: int, loss: float, grad_norm: float, seconds: float) -> None:
        """Tell that the store is away, and later that it is back."""
        if self._back:
            return
        reason = self._trouble()
        if reason is not None and not self._away:
            self._away = True
            self._tell(f"{AWAY} ({reason})")
        elif reason is None and self._away:
            self._back = True
            self._tell(BACK)
