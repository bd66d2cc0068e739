"""A sweep and its jobs in MLflow's words, as `record` has them for a single run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from runner.files.events import NonfiniteEvent
from runner.files.finding import cause_in
from runner.files.run_folder import HISTORY, RECORD
from runner.files.spool import Spool, read_json
from runner.files.sweep_spool import Line
from runner.tracking.children import Child
from runner.tracking.content import run as words
from runner.tracking.content.run import JOB_TAG, PARENT_TAG, SWEEP_TAG
from runner.tracking.content.sketch import Sketch

_FINAL = ("loss", "valid_loss", "accuracy", "valid_accuracy", "test_loss", "test_accuracy")


def sweep_tags(described: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """What a sweep is searched by, and where it lies."""
    return {**words.common_tags(described, folder), SWEEP_TAG: "true"}


def factors(described: Mapping[str, Any]) -> dict[str, str]:
    """The swept keys with their values, as the parameters of the parent run."""
    texts = {key: ", ".join(map(words.as_text, values)) for key, values in described["factors"].items()}
    return words.shortened(texts)


def outcome_of(summary: Mapping[str, Any], results: Sequence[Line]) -> tuple[dict[str, str], dict[str, float]]:
    """The tags and the metrics that say how a sweep ended."""
    outcomes = Counter(str(line["outcome"]) for line in results)
    losses = [line["final"]["loss"] for line in results if line["final"].get("loss") is not None]
    tags = {name: str(summary[name]) for name in ("outcome", "status", "reason") if summary.get(name) is not None}
    metrics = {"jobs": float(len(results)), **{f"jobs/{name}": float(count) for name, count in outcomes.items()}}
    return tags, {**metrics, **({"loss": min(losses)} if losses else {})}


def child_of(sweep: Path, described: Mapping[str, Any], job: Line, result: Line, parent: str) -> Child:
    """A job that has ended as a run of its own below `parent`; `described` is the sweep, `job` what the job is."""
    folder = sweep / job["folder"]
    record = read_json(folder / RECORD) or _of_crashed(described, job)
    started = words.started_ms(record)
    ended = started + round(1000 * (result["seconds"] or 0.0)) + 1
    outcome = {**result, "steps": result["steps"] or 0}
    tags = {
        **words.tags(record, folder),
        **words.outcome_tags(outcome, cause_in(folder), result["first_nonfinite_step"]),
        PARENT_TAG: parent,
        JOB_TAG: str(result["job"]),
        **{name: str(result[name]).lower() for name in ("reused", "stopped") if result[name]},
    }
    return Child(
        job=result["job"],
        name=words.run_name(record),
        started=started,
        ended=ended,
        status=result["status"],
        tags=tags,
        parameters=words.parameters(record),
        points=list(_points(folder, record, result, started, ended)),
        folder=folder,
    )


def _of_crashed(described: Mapping[str, Any], job: Line) -> dict[str, Any]:
    """What run.json would say of a job that never came to writing it."""
    dataset = job["config"]["dataset"]["name"]
    return {
        "key": f"{described['key']}-{job['job']}",
        "started": described["started"],
        "config": job["config"],
        "overrides": job["overrides"],
        "task": "",
        "dataset": {"name": dataset, "digest": ""},
        "environment": described["environment"],
        "versions": described["versions"],
    }


def _points(
    folder: Path, record: Mapping[str, Any], result: Line, started: int, ended: int
) -> Iterator[tuple[str, int, float, int]]:
    """The curves that the sweep asks for, thinned, and the last value of whatever else was measured."""
    options = record["config"]["sweep"]
    steps = max(1, result["steps"] or 0)
    curves = _thinned(folder, options["metrics"], steps, options["points"])
    given = {name for name, _, _ in curves}
    final = result["final"]
    curves += [(name, steps, final[name]) for name in _FINAL if name not in given and final.get(name) is not None]
    curves.append(("nonfinite_events", steps, float(_nonfinite(folder, record))))
    for name, step, value in curves:
        yield name, step, value, started + round((ended - started) * min(1.0, step / steps))


def _thinned(folder: Path, metrics: Sequence[str], steps: int, points: int) -> list[tuple[str, int, float]]:
    import pyarrow.parquet as pq

    if not (folder / HISTORY).is_file():
        return []
    with pq.ParquetFile(folder / HISTORY) as file:
        known = [name for name in metrics if name in file.schema_arrow.names]
        table = file.read(columns=["step", *known])
    rows = np.column_stack([table[name].to_numpy() for name in ("step", *known)]).astype(np.float64)
    sketch = Sketch(["step", *known], steps, points)
    chosen = [*sketch.running(rows), *sketch.ending(rows)]
    return [(point.name, point.step, point.value) for point in chosen]


def _nonfinite(folder: Path, record: Mapping[str, Any]) -> int:
    events = Spool(folder, record.get("columns", [])).new_events()
    return sum(isinstance(event, NonfiniteEvent) for event in events)
