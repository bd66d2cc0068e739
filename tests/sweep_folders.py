"""Folders of sweeps as the driver leaves them, made by hand."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner.files.sweep_lines import SweepLine

Outcome = Callable[[Mapping[str, Any]], SweepLine | None]

NUMBERS = {"loss": None, "valid_loss": None, "accuracy": None, "valid_accuracy": None}


def converged(loss: float, **changes: Any) -> SweepLine:
    """The result of a job that went well."""
    final = {**NUMBERS, "loss": loss, "accuracy": 1.0 - loss / 2}
    return _result("converged", **{"final": final, "best": {"loss": 0.9 * loss, "loss_step": 90}, **changes})


def went_nan(**changes: Any) -> SweepLine:
    """The result of a job that hit a NaN at step 7."""
    seen = {"cause": "learning_rate_too_high", "first_nonfinite_step": 7, "nonfinite_steps": 1, "steps": 7}
    return _result("nan", **{**seen, "final": dict(NUMBERS), "best": {"loss": 0.6, "loss_step": 0}, **changes})


def crashed(**changes: Any) -> SweepLine:
    """The result of a job that raised."""
    failure = {"status": "FAILED", "reason": "ValueError: [no] room", "steps": None, "seconds": None}
    return _result("failed", **{**failure, "final": {}, "best": {}, **changes})


def outcome_by_rate(swept: Mapping[str, Any]) -> SweepLine:
    """Too high a rate goes NaN, for some seeds already a lower one; the rest is the better the higher it is."""
    rate, seed = float(swept.get("optimizer.lr", 0.05)), int(swept.get("seed", 0))
    limit = 0.5 if swept.get("init") == "xavier" else 0.1
    if rate > 2 * limit or (rate > limit and seed % 2):
        return went_nan()
    return converged(0.7 / (1 + 50 * rate) * (1 + 0.02 * seed + 0.1 * (swept.get("init") == "xavier")))


def sweep_folder(
    folder: Path,
    factors: Mapping[str, Sequence[Any]],
    outcome: Outcome = outcome_by_rate,
    started: str = "2026-11-21T02:00:00+00:00",
    summary: bool = True,
) -> Path:
    """The folder of a grid over `factors`; a job for which `outcome` gives None hasn't ended."""
    folder.mkdir(parents=True)
    overrides = [f"{key}={','.join(map(_word, values))}" for key, values in factors.items()]
    described = {
        "version": 1,
        "key": f"{abs(hash(str(folder))):032x}"[:32],
        "started": started,
        "overrides": overrides,
        "factors": dict(factors),
        "models": False,
        "environment": {},
        "versions": {},
    }
    (folder / "sweep.json").write_text(json.dumps(described))
    combinations = [dict(zip(factors, values, strict=True)) for values in itertools.product(*factors.values())]
    jobs = [_job(number, swept) for number, swept in enumerate(combinations)]
    write_lines(folder / "jobs.jsonl", jobs)
    ended = [(job, outcome(job["swept"])) for job in jobs]
    lines = [replace(line, job=job["job"], folder=job["folder"]) for job, line in ended if line is not None]
    write_lines(folder / "results.jsonl", [line.to_dict() for line in lines])
    if summary:
        (folder / "summary.json").write_text(json.dumps({"outcome": "finished", "status": "FINISHED"}))
    return folder


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """A file of JSON objects, one a line."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def logspace(low: float, high: float, count: int) -> list[float]:
    """Numbers from low to high, each the same factor larger."""
    step = math.log(high / low) / (count - 1)
    return [low * math.exp(k * step) for k in range(count)]


def _job(number: int, swept: Mapping[str, Any]) -> dict[str, Any]:
    overrides = [f"{key}={_word(value)}" for key, value in swept.items()]
    fixed = {"fingerprint": "ab" * 8, "same_as": None, "config": {}}
    return {"job": number, "folder": str(number), "overrides": overrides, "swept": swept, **fixed}


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _result(outcome: str, **changes: Any) -> SweepLine:
    return SweepLine(**{"job": 0, "outcome": outcome, "status": "FINISHED", "steps": 100, "seconds": 0.04, **changes})
