"""What is written down of a run besides its numbers: the record at its start, the summary at its end."""

from __future__ import annotations

import math
import platform
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import runner
from runner.training.environment import environment
from runner.training.history import History
from runner.training.setup import Setup

_LIBRARIES = ("numpy", "hydra-core", "mlflow", "pandas", "pydantic")


def record(setup: Setup, columns: Sequence[str], overrides: Sequence[str]) -> dict[str, Any]:
    """The content of run.json, known before the first step; it holds no password and no environment variable."""
    settings, dataset = setup.settings, setup.dataset
    return {
        "version": 1,
        "key": uuid.uuid4().hex,
        "started": datetime.now(UTC).isoformat(),
        "config": settings.model_dump(mode="json"),
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
        "versions": {"whynan": runner.__version__, "python": platform.python_version(), **_versions()},
    }


def _versions() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def finite(value: float | None) -> float | None:
    """The value as JSON can hold it: null where it is NaN, infinite or unknown."""
    return value if value is not None and math.isfinite(value) else None


def final_values(history: History) -> dict[str, float | None]:
    """Loss and measures of the last row, or the last known ones."""
    loss = history["loss"]
    values: dict[str, float | None] = {"loss": finite(float(loss[-1])) if len(loss) else None}
    for name in ("valid_loss", "accuracy", "valid_accuracy"):
        values[name] = finite(history.last(name))
    return values


def best_values(history: History) -> dict[str, float | int | None]:
    """The lowest losses and highest accuracies, and the step of the lowest loss."""
    best: dict[str, float | int | None] = {}
    for name, pick in (
        ("loss", np.nanargmin),
        ("valid_loss", np.nanargmin),
        ("accuracy", np.nanargmax),
        ("valid_accuracy", np.nanargmax),
    ):
        values = np.where(np.isfinite(history[name]), history[name], np.nan)
        if np.isnan(values).all():
            best[name] = None
            continue
        where = int(pick(values))
        best[name] = float(values[where])
        best[f"{name}_step"] = int(history["step"][where])
    return best
