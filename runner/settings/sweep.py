"""The words of `sweep`: how the jobs of a multirun are carried out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runner.settings.base import Listed, Section


class SweepSettings(Section):
    """Who runs the jobs (`workers` null: one per core), and when to leave some out.

    `reuse`: take finished runs of the same settings; `fail_fast`: stop at the first crash; `stop_diverged`:
    end hopeless jobs early; `points`, `metrics`: the curves kept of each job.
    """

    executor: Literal["local"] = "local"
    workers: Annotated[int, Field(ge=1)] | None = None
    address: str | None = None
    reuse: bool = True
    fail_fast: bool = False
    stop_diverged: bool = True
    points: Annotated[int, Field(ge=2)] = 50
    metrics: Annotated[tuple[str, ...], Listed] = ("loss", "grad_norm")
