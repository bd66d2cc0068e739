"""What happened to a run, as marks on curves over its steps."""

from __future__ import annotations

from runner.files.events import RATE_LOWERED, ROLLBACK, NonfiniteEvent, UnitsEvent
from runner.report.left import LeftRun
from runner.report.plots.lines import Mark
from runner.report.plots.style import AMBER, BAD, INK, SOFT

_MOST = 3  # rollbacks and checkpoints that are marked: more are a fence
_KINDS = {"nan": "NaN", "inf": "infinite value", "overflow": "overflow"}


def marks(run: LeftRun) -> list[Mark]:
    """Everything worth a line: the first non-finite value, dead or saturated layers, rollbacks, an early end."""
    return [*nonfinite(run), *_units(run), *_rollbacks(run), *_early_end(run)]


def nonfinite(run: LeftRun) -> list[Mark]:
    """The first step that was not finite."""
    broke = run.broke
    if broke is None:
        return []
    return [Mark(broke.step, f"first {_KINDS.get(broke.kind, broke.kind)}, step {broke.step:,}", BAD, dashed=False)]


def checkpoints(run: LeftRun) -> list[Mark]:
    """The checkpoints that are kept."""
    return [Mark(step, f"checkpoint, step {step:,}") for step in run.checkpoints[-_MOST:]]


def _units(run: LeftRun) -> list[Mark]:
    seen: dict[str, Mark] = {}
    for event in run.events:
        if isinstance(event, UnitsEvent):
            kind = event.kind.removesuffix("_units")
            seen.setdefault(f"{kind} {event.layer}", Mark(event.step, f"layer {event.layer} mostly {kind}", AMBER))
    return list(seen.values())[:_MOST]


def _rollbacks(run: LeftRun) -> list[Mark]:
    steps = [event.step for event in run.events if event.kind == ROLLBACK]
    lowered = [event.step for event in run.events if event.kind == RATE_LOWERED]
    found = [Mark(step, f"rollback, step {step:,}", INK) for step in steps[:_MOST]]
    return [*found, *(Mark(step, f"lower rate, step {step:,}") for step in lowered[:_MOST])]


def _early_end(run: LeftRun) -> list[Mark]:
    """Where a run ended before its steps were done, if nothing else says why."""
    steps, planned = run.summary.steps, run.record.steps_planned
    broken = any(isinstance(event, NonfiniteEvent) for event in run.events)
    is_script = "script" in run.record.config
    if steps is None or steps >= planned or broken or is_script or run.summary.outcome not in ("converged", "finished"):
        return []
    return [Mark(steps, f"stopped early, step {steps:,}", SOFT)]
