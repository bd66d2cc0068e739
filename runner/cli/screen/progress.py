"""What is drawn while a run goes on: a progress bar, then what the diagnosis tries.

Nothing is drawn where stderr is no terminal; warnings about what can't go well, and notices, are printed everywhere.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.text import Text

from runner.cli.screen.terminal import messages, print_between_words
from runner.experiment import Request, RunResult, Setup, run
from runner.files.measures import MEASURES
from runner.settings import Settings
from runner.training.listeners import Listener, TrainingPlan

if TYPE_CHECKING:
    from rich.live import Live
    from rich.progress import Progress, TaskID

    from runner.tracking.client import Tracker

# Drawing takes a few milliseconds, in the thread that trains.
_SECONDS_BETWEEN_DRAWINGS = 0.25
_BAR, _TIME = 12, 8  # characters


class ProgressBar(Listener):
    """Step, loss, the measures that the summary has, speed and time left, drawn a few times a second."""

    def __init__(self) -> None:
        self._console = messages()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._drawn = -math.inf
        self._trying: Live | None = None
        self._evaluated: Mapping[str, float] = {}
        self._room = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Take away whatever is drawn."""
        self.on_end("")
        self._stop_trying()

    def on_suspicion(self, cause: str, symptom: str) -> None:
        """Print what the configuration alone shows, before the first step."""
        line = Text.assemble(("warning:", "bold yellow"), f" {symptom} ", (f"({cause})", "dim"))
        print_between_words(line, self._console, indent=9)

    def on_start(self, plan: TrainingPlan) -> None:
        """Print what is trained, and an empty bar below it."""
        if not self._console.is_terminal:
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        print_between_words(Text(plan.title, style="dim"), self._console)
        # All on one line of 80 columns, which rich would otherwise shorten.
        self._bar = Progress(
            BarColumn(bar_width=_BAR),
            MofNCompleteColumn(),
            TextColumn("{task.fields[measured]}"),
            TimeRemainingColumn(),
            console=self._console,
            auto_refresh=False,
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=plan.steps, measured="")
        self._room = self._console.width - _BAR - _TIME - 2 * len(str(plan.steps)) - 5

    def on_progress(self, step: int, loss: float, grad_norm: float, seconds: float) -> None:
        """Draw the bar anew, unless it has just been."""
        now = time.monotonic()
        if self._bar is None or self._task is None or now - self._drawn < _SECONDS_BETWEEN_DRAWINGS:
            return
        self._drawn = now
        text = measured(step, loss, self._evaluated, seconds, self._room)
        self._bar.update(self._task, completed=step, measured=text)
        self._bar.refresh()

    def on_evaluation(self, values: Mapping[str, float]) -> None:
        """Show it from now on."""
        self._evaluated = values

    def on_end(self, outcome: str) -> None:
        """Take the bar away: the summary follows."""
        if self._bar is not None:
            self._bar.stop()

    def on_notice(self, text: str) -> None:
        """Print it, above the bar where there is one."""
        print_between_words(Text.assemble(("note:", "bold cyan"), f" {text}"), self._console, indent=6)

    def on_attempt(self, change: str) -> None:
        """Say on one line what is being tried."""
        if not self._console.is_terminal:
            return
        line = Text(_trying(change, self._console.width), style="dim", no_wrap=True, overflow="ellipsis")
        if self._trying is None:
            from rich.live import Live

            self._trying = Live(
                line,
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._trying.start(refresh=True)
        else:
            self._trying.update(line, refresh=True)

    def _stop_trying(self) -> None:
        if self._trying is not None:
            self._trying.stop()
            self._trying = None

    def on_delivery(self) -> None:
        """Say what the last second or two are spent on."""
        self._stop_trying()
        if self._console.is_terminal:
            self._console.print("[dim]logging the run to MLflow ...[/]")


def _trying(change: str, width: int) -> str:
    """What is being tried, on one line: the words that fit."""
    whole = f"trying {change} ..."
    return whole if len(whole) <= width else f"{whole[: width - 4].rpartition(' ')[0]} ..."


def run_with_progress(
    setup: Setup, folder: Path, overrides: Sequence[str], tracker: Tracker | None, recordable: Settings
) -> RunResult:
    """Train, and draw how far it is; `recordable` are the settings that may be written down."""
    with ProgressBar() as bar:
        request = Request(overrides, recordable.model_dump(mode="json"))
        return run(setup, folder, request, listeners=[bar], tracker=tracker)


def measured(step: int, loss: float, evaluated: Mapping[str, float], seconds: float, room: int) -> str:
    """The numbers beside the bar, as many as fit: those that the summary shows, then the speed."""
    values = {"loss": loss, **evaluated}
    parts = [f"{MEASURES[name]} {value:.4g}" for name, value in values.items() if math.isfinite(value)]
    parts += [f"{step / seconds:,.0f} steps/s"] if seconds > 0 else []
    shown = ""
    for part in parts:
        longer = f"{shown}  {part}" if shown else part
        shown = longer if len(longer) <= room else shown
    return shown
