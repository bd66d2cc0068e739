"""Short names for runs and sweeps: what is trained, then what was set: `planar relu lr=1.2`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from runner.files.run_record import RunRecord
from runner.files.sweep_lines import JobLine, SweepRecord
from runner.redaction import redact

LONGEST = 40
_MORE = "…"
# What doesn't tell a run from others: what its name begins with, and, with all that is below, where it is recorded.
_ELSEWHERE = ("name", "description", "dataset", "experiment", "subject", "subject.path")
_ELSEWHERE_WITH_ALL_BELOW = ("tags", "tracking", "hydra", "sweep")
# Settings whose values speak for themselves: relu, he, adam.
_SPEAKING = ("activation", "init", "loss", "network", "optimizer", "output", "schedule", "weights")


def name_of(record: RunRecord | SweepRecord) -> str:
    """The name of a single run or of a sweep."""
    return run_name(record) if isinstance(record, RunRecord) else sweep_name(record)


def run_name(record: RunRecord) -> str:
    """The name of a single run: the setting `name`, where it is given."""
    if given := record.config.get("name"):
        return str(given)
    if record.task == "script":  # a watched one, whose arguments are the last of what was typed
        return _shortened([redact(record.overrides[-1])])
    return _shortened([_trained(record), *_parts(record.overrides)])


def job_name(record: RunRecord, job: JobLine) -> str:
    """The name of a job of a sweep: what is swept comes before the rest, for it tells jobs apart."""
    first = list(_parts(record.overrides, only=job.swept))
    others = [part for part in _parts(record.overrides) if part not in first]
    return _shortened([str(record.config.get("name") or _trained(record)), *first, *others])


def sweep_name(record: SweepRecord) -> str:
    """The name of a sweep: the setting `name`, else what is swept, with the number of its values."""
    given = dict(_pairs(record.overrides))
    if given.get("name"):
        return given["name"]
    swept = [f"{_last(key)}×{len(values)}" for key, values in record.factors.items()]
    return _shortened([redact(given.get("experiment") or given.get("dataset") or "sweep"), *swept])


def _trained(record: RunRecord) -> str:
    """The experiment, else the data; before it somebody's own network, where it is theirs."""
    data = redact(dict(_pairs(record.overrides)).get("experiment") or record.dataset.name)
    if record.subject is None:
        return data
    theirs = Path(redact(str(record.subject.get("path")))).name.rpartition(":")[2]
    return theirs if theirs == data else f"{theirs} {data}"


def _parts(overrides: Iterable[str], only: Collection[str] | None = None) -> Iterator[str]:
    """Settings in short, of these keys where some are named: `lr=1.2`, `relu`."""
    for key, value in _pairs(overrides):
        elsewhere = key in _ELSEWHERE or key.partition(".")[0] in _ELSEWHERE_WITH_ALL_BELOW
        if not elsewhere if only is None else key in only:
            last = _last(key)
            yield redact(value if last in _SPEAKING and not value[:1].isdigit() else f"{last}={value}")


def _pairs(overrides: Iterable[str]) -> Iterator[tuple[str, str]]:
    for text in overrides:
        key, separator, value = text.lstrip("+~").partition("=")
        if separator and value != "null":
            yield key, value.strip("'\"")


def _last(key: str) -> str:
    """The last word of a dotted key; `init.weights.name` says no more than `weights`."""
    return key.removesuffix(".name").rpartition(".")[2].rpartition("/")[2]


def _shortened(parts: Iterable[str]) -> str:
    """Parts in a row, as many as there is room for: what doesn't fit is left out whole, the first alone is cut."""
    first, *others = [part for part in parts if part]
    if len(first) > LONGEST:
        return first[: LONGEST - 1].rstrip() + _MORE
    name = " ".join([first, *others])
    while len(name) > LONGEST:
        others.pop()
        name = " ".join([first, *others, _MORE])
    return name
