"""The settings of `sweep`: how the jobs of a multirun are carried out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from runner.settings.base import Listed, Mistake, Section, refuse

Count = Annotated[int, Field(ge=1)]


class SweepSettings(Section):
    """Who runs the jobs, which are skipped, which end early, and what is kept of each.

    `executor`: processes on this machine, or a Dask cluster whose scheduler is at `address`; `workers`: how many (null:
    one per core); `reuse`: don't repeat finished runs of the same settings, data and code; `fail_fast`: stop at the
    first crash; `stop_diverged`: end jobs whose loss stays far above its first value; `halving`: in each pack, keep the
    best one of so many runs after a ninth of the steps, and again after a third (null: train all to the end);
    `budget`: seconds after which the sweep stops (null: no limit); `fixes`: also run the fixes of failed
    jobs, each within `diagnosis.budget`; `model`: each job's network as a model in MLflow; `points`, `metrics`: the
    curves that MLflow gets of each job.
    """

    executor: Literal["local", "dask"] = "local"
    workers: Count | None = None
    address: Annotated[str, Field(min_length=1)] | None = None
    reuse: bool = True
    fail_fast: bool = False
    stop_diverged: bool = True
    halving: Annotated[int, Field(ge=2)] | None = None
    budget: Annotated[float, Field(gt=0)] | None = None
    fixes: bool = False
    model: bool = False
    points: Annotated[int, Field(ge=2)] = 50
    metrics: Annotated[tuple[str, ...], Listed] = ("loss", "grad_norm")

    @model_validator(mode="before")
    @classmethod
    def _former_names(cls, value: Any) -> Any:
        """`fixes` was `mends` once, in what runs of then have recorded."""
        if not isinstance(value, dict) or "mends" not in value:
            return value
        return {"fixes" if name == "mends" else name: setting for name, setting in value.items()}

    @model_validator(mode="after")
    def _an_address_for_a_cluster(self) -> SweepSettings:
        if self.executor == "dask" and self.address is None:
            message = "must name the scheduler, as in sweep.address=tcp://127.0.0.1:8786"
            refuse([Mistake("address", message, None)])
        if self.executor == "local" and self.address is not None:
            refuse([Mistake("address", "is the address of a cluster: it needs sweep.executor=dask", self.address)])
        return self
