"""A sweep and its jobs as MLflow describes them, as `run` has it for a single run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from runner.files.events import NonfiniteEvent, read_events
from runner.files.finding import cause_in
from runner.files.measures import MEASURES
from runner.files.names import HISTORY
from runner.files.run_record import DataRecord, RunRecord, read_record
from runner.files.summary import read_summary
from runner.files.sweep_lines import JobLine, SweepLine, SweepRecord, SweepSummary
from runner.tracking.content import run as run_content
from runner.tracking.content.naming import job_name
from runner.tracking.content.run import JOB_TAG, PARENT_TAG, SWEEP_TAG
from runner.tracking.content.sketch import Sketch
from runner.tracking.sending.children import Child


def sweep_tags(record: SweepRecord, folder: Path) -> dict[str, str]:
    """The tags of a sweep."""
    return {**run_content.common_tags(record, folder), SWEEP_TAG: "true"}


def factors(record: SweepRecord) -> dict[str, str]:
    """The swept keys with their values, as the parameters of the parent run."""
    texts = {key: ", ".join(map(run_content.as_text, values)) for key, values in record.factors.items()}
    return run_content.shortened(texts)


def outcome_of(summary: SweepSummary, results: Sequence[SweepLine]) -> tuple[dict[str, str], dict[str, float]]:
    """The tags and the metrics that say how a sweep ended."""
    outcomes = Counter(line.counted for line in results)
    losses = [loss for line in results if (loss := line.final.get("loss")) is not None]
    tags = {"outcome": summary.outcome, "status": summary.status}
    if summary.reason is not None:
        tags["reason"] = summary.reason
    metrics = {"jobs": float(len(results)), **{f"jobs/{name}": float(count) for name, count in outcomes.items()}}
    return tags, {**metrics, **({"loss": min(losses)} if losses else {})}


def child_of(sweep: Path, swept: SweepRecord, job: JobLine, result: SweepLine, parent: str) -> Child:
    """A job of a sweep that has ended, as a run of its own below `parent`."""
    folder = sweep / job.folder
    record = read_record(folder) or _of_crashed(swept, job)
    started = run_content.started_ms(record)
    ended = started + round(1000 * (result.seconds or 0.0)) + 1
    tags = {
        **run_content.tags(record, folder),
        **run_content.outcome_tags(replace(result, steps=result.steps or 0, outcome=result.counted), cause_in(folder)),
    }
    summary = read_summary(folder)
    if summary is not None:
        tags |= run_content.note(run_content.description(record, folder, summary))
    tags |= {"mlflow.runName": job_name(record, job), PARENT_TAG: parent, JOB_TAG: str(result.job)}
    if result.reused:
        tags["reused"] = "true"
    if result.stopped:
        tags["stopped"] = result.stopped
    return Child(
        job=result.job,
        name=job_name(record, job),
        started=started,
        ended=ended,
        status=result.status,
        tags=tags,
        parameters=run_content.parameters(record),
        points=list(_points(folder, record, result, started, ended)),
        folder=folder,
    )


def _of_crashed(swept: SweepRecord, job: JobLine) -> RunRecord:
    """The record of a job that never came to writing it."""
    return RunRecord(
        key=f"{swept.key}-{job.job}",
        started=swept.started,
        config=job.config,
        overrides=job.overrides,
        task="",
        dataset=DataRecord(job.config["dataset"]["name"], ""),
        environment=swept.environment,
        versions=swept.versions,
    )


def _points(
    folder: Path, record: RunRecord, result: SweepLine, started: int, ended: int
) -> Iterator[tuple[str, int, float, int]]:
    """The thinned curves of `sweep.metrics`, and the last value of every other measure."""
    options = record.config["sweep"]
    steps = max(1, result.steps or 0)
    curves = _thinned(folder, options["metrics"], steps, options["points"])
    given = {name for name, _, _ in curves}
    ends = {name: result.final.get(name) for name in MEASURES if name not in given}
    curves += [(name, steps, value) for name, value in ends.items() if value is not None]
    curves.append(("nonfinite_events", steps, float(_nonfinite(folder))))
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


def _nonfinite(folder: Path) -> int:
    return sum(isinstance(event, NonfiniteEvent) for event in read_events(folder))
