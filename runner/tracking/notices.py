"""Messages about the tracking store while a run trains: once that it fails, and once that it works again."""

from __future__ import annotations

from collections.abc import Callable

from runner.training.listeners import Listener

AWAY = "the store does not answer; the run goes on, and is delivered later"
BACK = "the store answers again"


class StoreNotices(Listener):
    """Calls `trouble` at each progress report, in the training thread, and shows a message when its answer changes.

    `trouble` gives the error of the store, None where it works. Of a store that fails again and again only the first
    failure is shown; the end of the run reports the state.
    """

    def __init__(self, trouble: Callable[[], str | None], show: Callable[[str], None]) -> None:
        self._trouble, self._show = trouble, show
        self._away = self._back = False

    def on_progress(self, step: int, loss: float, grad_norm: float, seconds: float) -> None:
        """Show that the store fails, and later that it works again."""
        if self._back:
            return
        reason = self._trouble()
        if reason is not None and not self._away:
            self._away = True
            self._show(f"{AWAY} ({reason})")
        elif reason is None and self._away:
            self._back = True
            self._show(BACK)
