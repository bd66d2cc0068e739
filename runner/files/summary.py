"""How a run ended, as summary.json holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from runner.files.json_files import read_json
from runner.files.names import SUMMARY

Outcome = Literal["nan", "diverged", "stalled", "converged", "finished", "interrupted", "failed"]


@dataclass(frozen=True)
class EarlyStop:
    """A run that ended at `step`, since `metric` no longer improved; `restored` is the step whose weights were kept."""

    metric: str
    step: int
    restored: int | None = None


@dataclass(frozen=True)
class Summary:
    """How a run ended.

    `status` is MLflow's word for it; `final` and `best` hold losses and accuracies, `best` with the steps at which
    they were reached. `nonfinite_steps` is None where the run didn't come to counting them; `stopped` says why it was
    ended before its steps were done, `reason` why it failed; `lr` is the learning rate where it was left to us;
    `at_chance` that the network is hardly better than the best constant answer.
    """

    outcome: str
    status: str = ""
    steps: int | None = None
    seconds: float | None = None
    mlflow_run_id: str | None = None
    final: Mapping[str, float | None] = field(default_factory=dict)
    best: Mapping[str, float | int | None] = field(default_factory=dict)
    nonfinite_steps: int | None = None
    first_nonfinite_step: int | None = None
    stopped: str | None = None
    reason: str | None = None
    lr: float | None = None
    early_stop: EarlyStop | None = None
    at_chance: bool = False

    def to_dict(self) -> dict[str, object]:
        """The summary as summary.json holds it."""
        counted = {
            "nonfinite_steps": self.nonfinite_steps,
            "first_nonfinite_step": self.first_nonfinite_step,
            "stopped": self.stopped,
        }
        return {
            "outcome": self.outcome,
            "status": self.status,
            **({} if self.reason is None else {"reason": self.reason}),
            "steps": self.steps,
            **({} if self.lr is None else {"lr": self.lr}),
            "seconds": self.seconds,
            "mlflow_run_id": self.mlflow_run_id,
            "final": dict(self.final),
            "best": dict(self.best),
            **({} if self.nonfinite_steps is None else counted),
            **({"at_chance": True} if self.at_chance else {}),
            **({} if self.early_stop is None else {"early_stop": asdict(self.early_stop)}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Summary:
        """The inverse of `to_dict`; `KeyError` where there is no outcome."""
        plain = (
            "steps",
            "seconds",
            "mlflow_run_id",
            "nonfinite_steps",
            "first_nonfinite_step",
            "stopped",
            "reason",
            "lr",
        )
        return cls(
            outcome=str(data["outcome"]),
            status=str(data.get("status", "")),
            final=data.get("final") or {},
            best=data.get("best") or {},
            at_chance=bool(data.get("at_chance")),
            early_stop=EarlyStop(**early) if (early := data.get("early_stop")) else None,
            **{name: data.get(name) for name in plain},
        )


def read_summary(folder: Path) -> Summary | None:
    """How the run in a folder ended; None where it hasn't, or where its summary isn't whole."""
    data = read_json(folder / SUMMARY)
    return None if data is None else Summary.from_dict(data)
