"""What a page says of a run in words: its outcome, its numbers, the settings that differ from the defaults, events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runner.errors import UserError
from runner.explaining.explanation import nothing_wrong
from runner.explaining.symptoms import seen
from runner.files.events import (
    DiagnosisFailedEvent,
    Event,
    NonfiniteEvent,
    RateEvent,
    RollbackEvent,
    UnexplainedEvent,
    UnitsEvent,
)
from runner.files.measures import MEASURES
from runner.report.left import LeftRun
from runner.report.plots.lines import short
from runner.settings import Settings, validate

_GOOD, _BAD = ("converged", "finished"), ("nan", "diverged", "failed")
# Settings of which nothing that a run computes depends.
_ASIDE = ("tracking.", "sweep.", "diagnosis.", "outcome.", "subject.args", "hydra.")
# The groups whose choice decides which other keys there are, and the key of that choice.
_CHOICES = (("dataset", "name"), ("optimizer", "name"), ("init.weights", "name"), ("init.bias", "name"))
_MOST_EVENTS = 100
_LONGEST = 160  # characters of a value


def tone(run: LeftRun) -> str:
    """`good`, `bad` or `open`: how a page colours the outcome."""
    outcome = run.summary.outcome
    return "good" if outcome in _GOOD else "bad" if outcome in _BAD else "open"


def sentence(run: LeftRun) -> str:
    """The outcome in a sentence, as the terminal has it."""
    if not run.ending.ended:
        rows = len(run.steps)
        return f"The run has not ended: it is running, or its process is gone. It has written {rows:,} steps so far."
    if run.ending.healthy:
        return nothing_wrong(run.ending)
    return seen(run.summary, run.events)


def numbers(run: LeftRun) -> Iterator[tuple[str, str]]:
    """Steps, time, loss and measures at the end, each with its name."""
    summary = run.summary
    if summary.steps is not None:
        yield "steps", f"{summary.steps:,}"
    if summary.seconds is not None:
        yield "seconds", f"{summary.seconds:.2f}"
    if summary.lr is not None:
        yield "learning rate (auto)", short(summary.lr)
    if summary.final and summary.final.get("loss") is None:
        yield "loss", "not finite"
    for name, label in MEASURES.items():
        value = summary.final.get(name)
        if value is not None:
            yield label, short(float(value))


def settings_that_differ(run: LeftRun) -> list[tuple[str, str, str]]:
    """Settings with their value and the default, where these differ; what is asked for of a run alone is left out.

    A choice (a data set, an optimiser) is compared by its name, its other settings with the defaults of that choice.
    """
    config = run.record.config
    if "script" in config:
        script = config["script"]
        return [(key, _text(value), "") for key, value in script.items() if value not in (None, [], "")]
    own, usual = dict(_flat(config)), dict(_flat(Settings().model_dump(mode="json")))
    try:
        of_choice = dict(_flat(validate(_choices(config)).model_dump(mode="json")))
    except UserError:  # a choice that needs more than its name: a table needs its path
        of_choice = usual
    found = []
    for key, value in own.items():
        default = usual.get(key) if key.endswith(".name") or key == "loss.name" else of_choice.get(key)
        if not key.startswith(_ASIDE) and value != default and value is not None:
            found.append((key, _text(value), "" if default is None else _text(default)))
    return found


def happened(run: LeftRun) -> list[tuple[int, str, str]]:
    """The events: step, kind, and what happened in words."""
    return [(event.step, event.kind.replace("_", " "), _words(event)) for event in run.events[:_MOST_EVENTS]]


def _words(event: Event) -> str:
    match event:
        case NonfiniteEvent():
            count = "" if event.count is None else f": {event.count:,} of {event.size:,} values"
            way = f", on the way {' → '.join(event.chain)}" if event.chain else ""
            return f"{event.call}{f' in layer {event.layer}' if event.layer else ''}{count}{way}"
        case UnitsEvent():
            return f"layer {event.layer}: {event.count} of {event.size} units"
        case RollbackEvent():
            return f"back to the last good parameters; the learning rate is {event.lr_scale:g} times as configured"
        case RateEvent():
            return f"the learning rate is {event.lr:g} from here on"
        case DiagnosisFailedEvent():
            return event.reason
        case UnexplainedEvent():
            return f"no cause was found; {len(event.tried)} fixes were tried"
    return event.phase


def _choices(config: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of a configuration, without anything else."""
    chosen: dict[str, Any] = {}
    for path, key in _CHOICES:
        section: Any = config
        for part in path.split("."):
            section = section.get(part) or {} if isinstance(section, Mapping) else {}
        if isinstance(section, Mapping) and key in section:
            target = chosen
            for part in path.split("."):
                target = target.setdefault(part, {})
            target[key] = section[key]
    return chosen


def _flat(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
