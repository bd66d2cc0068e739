"""The contents of a sweep's files: what is swept, what each job is, how each ended, how the sweep ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runner.files.record import Record
from runner.files.summary import Summary

_VERSION = 1
# How a sweep counts a run whose network is hardly better than the best constant answer, whatever its own outcome.
AT_CHANCE = "at chance"


@dataclass(frozen=True)
class SweepRecord(Record):
    """A sweep as sweep.json describes it.

    `overrides` is the command line, `factors` the swept keys with their values; `models` says that MLflow is to have
    the networks of the jobs as models.
    """

    key: str
    started: str
    overrides: tuple[str, ...]
    factors: Mapping[str, Sequence[Any]]
    models: bool = False
    environment: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """The record as sweep.json holds it."""
        return {"version": _VERSION, **super().to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SweepRecord:
        """The inverse of `to_dict`; `ValueError` where it doesn't describe a sweep."""
        try:
            return cls(
                key=str(data["key"]),
                started=str(data["started"]),
                overrides=tuple(data["overrides"]),
                factors=dict(data["factors"]),
                models=bool(data.get("models")),
                environment=data.get("environment") or {},
                versions=data.get("versions") or {},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"it doesn't describe a sweep: {error}") from error


@dataclass(frozen=True)
class JobLine(Record):
    """A job as jobs.jsonl describes it.

    `folder` is below that of the sweep where it lies there, `swept` has the value of each swept key; `same_as` is the
    number of an earlier job that gives the same run, None where there is none.
    """

    job: int
    folder: str
    overrides: tuple[str, ...]
    swept: Mapping[str, Any]
    fingerprint: str
    same_as: int | None
    config: Mapping[str, Any]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> JobLine:
        """The inverse of `to_dict`; what a later version adds is left out."""
        return super().from_dict({**data, "overrides": tuple(data["overrides"])})


@dataclass(frozen=True)
class SweepLine(Record):
    """How a job ended, as results.jsonl says it.

    `final` and `best` are those of its summary, as are `reason` (why it failed) and `stopped` (why it was ended before
    its steps were done) and `at_chance`. `reused` says that the run was carried out for another job, or another sweep;
    `folder` is as in `JobLine`, None before the line stands in a sweep's file.
    """

    job: int
    outcome: str
    status: str
    steps: int | None = None
    seconds: float | None = None
    final: Mapping[str, float | None] = field(default_factory=dict)
    best: Mapping[str, float | int | None] = field(default_factory=dict)
    first_nonfinite_step: int | None = None
    nonfinite_steps: int = 0
    cause: str | None = None
    reason: str | None = None
    stopped: str | None = None
    reused: bool = False
    folder: str | None = None
    at_chance: bool = False

    @property
    def counted(self) -> str:
        """How the sweep counts it: by its outcome, or as at chance."""
        return AT_CHANCE if self.at_chance else self.outcome

    @classmethod
    def of(cls, job: int, summary: Summary, cause: str | None) -> SweepLine:
        """The line of a job with this summary, and the likeliest cause where there is one."""
        return cls(
            job=job,
            outcome=summary.outcome,
            status=summary.status,
            steps=summary.steps,
            seconds=summary.seconds,
            final=summary.final,
            best=summary.best,
            first_nonfinite_step=summary.first_nonfinite_step,
            nonfinite_steps=summary.nonfinite_steps or 0,
            cause=cause,
            reason=summary.reason,
            stopped=summary.stopped,
            at_chance=summary.at_chance,
        )

    def taken_over(self, job: int) -> SweepLine:
        """The line of another job that gives the same run."""
        return replace(self, job=job, reused=True, folder=None)

    def to_dict(self) -> dict[str, object]:
        """The line as results.jsonl holds it."""
        held = super().to_dict()
        return {name: value for name, value in held.items() if value or name not in ("folder", "at_chance")}


@dataclass(frozen=True)
class SweepSummary(Record):
    """How a sweep ended.

    `done` of its `jobs` ended, `reused` of these were taken over; both are None where its process was gone before it
    could say. `outcomes` counts the jobs by outcome; `ended` is a time in milliseconds since 1970.
    """

    outcome: str
    status: str
    reason: str | None = None
    jobs: int | None = None
    done: int = 0
    reused: int | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    ended: int = 0

    def to_dict(self) -> dict[str, object]:
        """The summary as summary.json holds it."""
        held = super().to_dict()
        return {name: value for name, value in held.items() if name not in ("jobs", "reused") or value is not None}
