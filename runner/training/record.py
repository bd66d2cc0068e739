"""What is written down of a run besides its numbers: the record at its start, the summary at its end."""

from __future__ import annotations

import json
import platform
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import runner
from runner.network.ops import Array
from runner.training.conclusion import Conclusion
from runner.training.environment import environment
from runner.training.loop import Training
from runner.training.setup import Setup
from runner.training.values import best_values

_LIBRARIES = ("numpy", "hydra-core", "mlflow", "pandas", "pydantic")


def record(
    setup: Setup, columns: Sequence[str], overrides: Sequence[str], config: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The content of run.json, known before the first step.

    `config` is what may be written down of the settings, where that isn't all: no password, no environment variable.
    """
    dataset = setup.dataset
    return {
        "version": 1,
        "key": uuid.uuid4().hex,
        "started": datetime.now(UTC).isoformat(),
        "config": setup.settings.model_dump(mode="json") if config is None else dict(config),
        "overrides": list(overrides),
        "task": dataset.task,
        "dataset": {
            "name": dataset.name,
            "digest": dataset.digest,
            "samples": len(dataset.train.X),
            "features": list(dataset.features),
            "targets": list(dataset.targets),
        },
        "architecture": setup.architecture.to_dict(),
        "network": str(setup.architecture),
        "columns": list(columns),
        "steps_planned": setup.steps,
        "environment": environment(),
        "versions": dict(versions()),
    }


@cache
def versions() -> Mapping[str, str]:
    """The versions of this program, of Python, and of the libraries that a run's numbers and files come from."""
    found = {"whynan": runner.__version__, "python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def summary(training: Training, conclusion: Conclusion, seconds: float, run_id: str | None) -> dict[str, Any]:
    """The content of summary.json of a run that came to its conclusion, `run_id` being its MLflow run."""
    return {
        "outcome": conclusion.outcome,
        "status": "KILLED" if conclusion.outcome == "interrupted" else "FINISHED",
        "steps": training.step,
        "seconds": seconds,
        "mlflow_run_id": run_id,
        "final": conclusion.final,
        "best": best_values(training.history),
        "nonfinite_steps": training.nonfinite_steps,
        "first_nonfinite_step": training.first_nonfinite_step,
        "stopped": training.stopped,
    }


def weights(training: Training) -> dict[str, Array]:
    """What weights.npz holds: parameters, the scaling of the data, the architecture, the faults where there are any."""
    scaling = training.setup.dataset.scaling.arrays()
    return {
        **training.workspace.weights(),
        **{f"scaling/{name}": array for name, array in scaling.items()},
        "architecture": np.array(json.dumps(training.setup.architecture.to_dict())),
        **({"faults": np.array(json.dumps(faults))} if (faults := training.setup.network.texts) else {}),
    }
