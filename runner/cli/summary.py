"""What is printed when a run has ended: what came of it, and how to look at it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from runner.cli.complaints import relative
from runner.cli.terminal import results
from runner.training.listeners import Listener

if TYPE_CHECKING:
    from runner.experiment import RunResult

_COLOURS = {"converged": "green", "finished": "green", "nan": "red", "diverged": "red", "failed": "red"}
_METRICS = {
    "valid_loss": "validation loss",
    "accuracy": "accuracy",
    "valid_accuracy": "validation accuracy",
    "test_loss": "test loss",
    "test_accuracy": "test accuracy",
}


class Events(Listener):
    """Remembers what a summary tells of the way: the first loss, and the first event of each kind."""

    def __init__(self) -> None:
        self.first_loss = math.nan
        self.first: dict[str, dict[str, Any]] = {}

    def on_progress(self, step: int, loss: float, grad_norm: float, seconds: float) -> None:
        """Keep the first loss."""
        if math.isnan(self.first_loss):
            self.first_loss = loss

    def on_event(self, event: dict[str, Any]) -> None:
        """Keep the first of each kind."""
        self.first.setdefault(str(event["kind"]), event)


def print_summary(result: RunResult, events: Events) -> None:
    """The outcome of one run as a table, and the commands to go on with."""
    console = results()
    rows = [*_rows(result.summary, events), ("folder", relative(result.folder))]
    width = max(len(label) for label, _ in rows)
    colour = _COLOURS.get(result.outcome, "yellow")
    for label, text in rows:
        style = f"bold {colour}" if label == "outcome" else "default"
        console.print(f"[dim]{label:<{width}}[/]  [{style}]{escape(text)}[/]")
    console.print(
        f"\n[dim]look at it[/]  python -m runner ui\n[dim]use it[/]      python -m runner predict {_name(result)} ..."
    )


def print_job(number: str, overrides: Sequence[str], result: RunResult) -> None:
    """The outcome of one job of several as a line."""
    loss = _number(result.summary["final"].get("loss"))
    line = f"job {number}  {' '.join(overrides)}  {result.outcome}  loss {loss}  {relative(result.folder)}"
    results().print(escape(line))


def _name(result: RunResult) -> str:
    return "last" if result.summary.get("mlflow_run_id") else relative(result.folder)


def _rows(summary: dict[str, Any], events: Events) -> Iterator[tuple[str, str]]:
    final, seconds = summary["final"], summary["seconds"]
    yield "outcome", str(summary["outcome"])
    rate = f" ({summary['steps'] / seconds:,.0f} steps/s)" if seconds > 0 else ""
    yield "steps", f"{summary['steps']:,} in {seconds:.2f} s{rate}"
    before = "" if math.isnan(events.first_loss) else f"{_number(events.first_loss)} -> "
    yield "loss", before + _number(final.get("loss"))
    for key, label in _METRICS.items():
        if final.get(key) is not None:
            yield label, _number(final[key])
    for kind, event in events.first.items():
        places = [f"step {event.get('step')}", event.get("phase"), event.get("tensor")]
        yield kind.replace("_", " "), "first at " + ", ".join(str(place) for place in places if place is not None)


def _number(value: float | None) -> str:
    return "not finite" if value is None or not math.isfinite(value) else f"{value:.6g}"
