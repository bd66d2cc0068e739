"""What is printed when a run has ended: its outcome, why, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.markup import escape

from runner.cli.screen.findings import print_explanation
from runner.cli.screen.terminal import messages, print_between_words, results
from runner.composition.recorded import naming
from runner.explaining.explanation import explanation
from runner.files.events import NonfiniteEvent, first_of
from runner.files.measures import MEASURES
from runner.files.paths import relative

if TYPE_CHECKING:
    from runner.experiment import RunResult

_COLOURS = {"converged": "green", "finished": "green", "nan": "red", "diverged": "red", "failed": "red"}


def print_summary(result: RunResult) -> None:
    """The outcome of one run as a table, why it broke where it did, and the commands to go on with."""
    console = results()
    rows = list(_rows(result))
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        style = f"bold {_COLOURS.get(result.outcome, 'yellow')}" if label == "outcome" else "default"
        print_between_words(f"[dim]{label:<{width}}[/]  [{style}]{escape(text)}[/]", indent=width + 2)
    console.print()
    if explained := explanation(result.ending):
        print_explanation(explained)
        console.print()
    tracked = result.delivered is not None and result.delivered.run_id is not None
    run = "last" if tracked else escape(relative(result.folder))
    setup = result.setup
    assert setup is not None, "it has just been trained"
    theirs = escape(naming(setup.settings.subject.model_dump()))
    if result.interrupted:
        console.print(f"[dim]resume[/]   python -m runner resume {run}{theirs}")
    if tracked:
        console.print("[dim]view[/]     python -m runner ui")
    console.print(f"[dim]report[/]   python -m runner report {run}")
    samples = "3 5 7" if len(setup.dataset.features) == 1 else "FILE.csv"
    console.print(f"[dim]predict[/]  python -m runner predict {run}{theirs} {samples}")
    if result.delivered is not None and result.delivered.error is not None:
        reason = escape(result.delivered.error)
        messages().print(f"[bold yellow]warning:[/] the run is complete in its folder, but not in MLflow: {reason}")
        messages().print("[dim]send it later[/]  python -m runner sync")


def print_job(number: str, overrides: Sequence[str], result: RunResult) -> None:
    """The outcome of one job of several as a line, with the first of its causes where it has one."""
    loss = _number(result.ended.final.get("loss"))
    cause = f"  {result.findings[0].cause}" if result.findings else ""
    line = f"job {number}  {' '.join(overrides)}  {result.outcome}  loss {loss}{cause}  {relative(result.folder)}"
    results().print(escape(line))


def _rows(result: RunResult) -> Iterator[tuple[str, str]]:
    ended, final = result.ended, result.ended.final
    steps, seconds = ended.steps or 0, ended.seconds or 0.0
    yield "outcome", result.outcome
    rate = f" ({steps / seconds:,.0f} steps/s)" if seconds else ""
    yield "steps", f"{steps:,} in {seconds:.2f} s{rate}"
    if (early := ended.early_stop) is not None:
        kept = "" if early.restored is None else f"; the weights are those of step {early.restored:,}"
        yield "early stop", f"{early.metric} no longer improved at step {early.step:,}{kept}"
    if result.setup is not None and result.setup.chosen is not None:
        yield "lr", str(result.setup.chosen)
    losses = result.history["loss"]
    if len(losses):
        last = final.get("loss") if ended.early_stop else float(losses[-1])
        yield "loss", f"{_number(float(losses[0]))} -> {_number(last)}"
    for key, label in MEASURES.items():
        if key != "loss" and final.get(key) is not None:
            yield label, _number(final[key])
    if (best := _best(result)) is not None:
        yield "best", best
    broken = first_of(result.events, NonfiniteEvent)
    if broken is not None:
        layer = f", layer {broken.layer}" if result.setup is not None and result.setup.is_ours else ""
        yield "first NaN or inf", f"step {broken.step:,}{layer}: {broken.call}"
    yield "folder", relative(result.folder)


def _best(result: RunResult) -> str | None:
    """The lowest loss and its step, of the validation split where there is one; None where it is the last."""
    best, final = result.ended.best, result.ended.final
    name = "loss" if best.get("valid_loss") is None else "valid_loss"
    lowest, step, last = best.get(name), best.get(f"{name}_step"), final.get(name)
    if lowest is None or step is None or (last is not None and lowest >= last):
        return None
    return f"{MEASURES[name]} {_number(lowest)} at step {step:,}"


def _number(value: float | None) -> str:
    return "not finite" if value is None or not math.isfinite(value) else f"{value:.6g}"
