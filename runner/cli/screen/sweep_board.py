"""What is drawn while a sweep goes on: how many jobs have ended and how, the best so far, the time left.

Drawn on a terminal only, in the driver, a few times a second: the cores belong to the workers. A job that crashed is
reported at once, everywhere.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from rich.text import Text

from runner.cli.screen.terminal import messages
from runner.files.sweep_lines import SweepLine
from runner.sweeps.listener import SweepListener
from runner.sweeps.results import FAILED

if TYPE_CHECKING:
    from rich.live import Live

_SECONDS_BETWEEN_DRAWINGS = 0.25
_STYLES = {"converged": "green", "finished": "green", "nan": "red", "diverged": "red", "failed": "bold red"}


class SweepBoard(SweepListener):
    """A few lines that change in place."""

    def __init__(self) -> None:
        self._console = messages()
        self._live: Live | None = None
        self._drawn = -math.inf
        self._jobs, self._reused, self._running = 0, 0, 0
        self._outcomes: Counter[str] = Counter()
        self._best: tuple[float, str] | None = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Nothing is drawn before there is something to say."""
        return self

    def __exit__(self, *error: object) -> None:
        """Take away what is drawn."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def on_plan(self, *, jobs: int, reused: int, packs: int, workers: int) -> None:
        """Say what is about to begin."""
        self._jobs, self._reused = jobs, reused
        self._began = time.monotonic()
        if not self._console.is_terminal:
            return
        known = f", {reused} reused" if reused else ""
        self._console.print(
            Text(
                f"{jobs:,} jobs{known}; {packs:,} pack{'s' * (packs != 1)} for {workers} worker{'s' * (workers != 1)}",
                style="dim",
            )
        )
        from rich.live import Live

        if self._live is None:
            self._live = Live(
                self._lines(),
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)

    def on_result(self, result: SweepLine, overrides: Sequence[str]) -> None:
        """Count it; report a crash at once."""
        outcome = result.counted
        self._outcomes[outcome] += 1
        losses = [result.final.get(name) for name in ("valid_loss", "loss")]
        loss = next((loss for loss in losses if loss is not None), math.inf)
        if outcome not in FAILED and loss < (math.inf if self._best is None else self._best[0]):
            self._best = loss, " ".join(overrides)
        if outcome == "failed":
            crash = Text.assemble(("failed", "bold red"), f"  {' '.join(overrides)}: {result.reason}")
            self._console.print(crash)
        self._draw()

    def on_tick(self, running: int) -> None:
        """Let the clock go on."""
        self._running = running
        self._draw()

    def on_delivery(self, done: int, total: int) -> None:
        """Say what the last seconds are spent on."""
        if self._live is not None:
            self._live.update(Text(f"logging the runs to MLflow: {done:,} of {total:,} ...", style="dim"), refresh=True)

    def _draw(self) -> None:
        now = time.monotonic()
        if self._live is not None and now - self._drawn >= _SECONDS_BETWEEN_DRAWINGS:
            self._drawn = now
            self._live.update(self._lines(), refresh=True)

    def _lines(self) -> Text:
        done, seconds = sum(self._outcomes.values()), time.monotonic() - self._began
        fresh = done - self._reused
        width = 24
        filled = round(width * done / max(1, self._jobs))
        line = Text.assemble(("━" * filled, "green"), ("━" * (width - filled), "dim"), f" {done:,} of {self._jobs:,}")
        if fresh > 0 and seconds > 0:
            rate = fresh / seconds
            line.append(f"  {rate:,.1f} runs/s  {_clock((self._jobs - done) / rate)} left", style="dim")
        else:
            line.append(f"  {_clock(seconds)}", style="dim")  # the first packs take their time
        line.append("\n")
        if self._running:
            line.append(f"{self._running:,} running  ", style="dim")
        for outcome, count in self._outcomes.most_common():
            line.append(f"{count:,} {outcome}  ", style=_STYLES.get(outcome, "yellow"))
        if self._best is not None:
            line.append(f"\nbest so far {self._best[0]:.4g}", style="bold")
            line.append(f"  {self._best[1]}", style="dim")
        line.no_wrap, line.overflow = True, "ellipsis"
        return line


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
