"""Run folders as training leaves them, made by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from runner.datasets.scaling import Scaling
from runner.files.finding import Finding
from runner.tracking.run_track import RunTrack
from runner.tracking.store import Store, resolve_store

COLUMNS = ["step", "loss", "grad_norm", "valid_loss", "accuracy", "valid_accuracy"]


def record(steps: int = 100, **changes: Any) -> dict[str, Any]:
    """What run.json says of a run that maps one feature to one target."""
    return {
        "version": 1,
        "started": "2026-11-21T02:00:00+00:00",
        "config": {
            "seed": 0,
            "epochs": None,
            "network": {"hidden": [2], "activation": "tanh"},
            "dataset": {"name": "x_plus_one", "samples": 8},
            "tracking": {"uri": None, "experiment": "tests", "points": 50, "model": True, "report": True},
        },
        "overrides": ["optimizer.lr=0.5", "tracking.uri=null"],
        "task": "regression",
        "dataset": {
            "name": "x_plus_one",
            "digest": "ab" * 32,
            "samples": 8,
            "features": ["x"],
            "targets": ["y"],
        },
        "columns": COLUMNS,
        "versions": {"numpy": np.__version__},
        "steps_planned": steps,
        **changes,
    }


def rows(steps: int) -> np.ndarray:
    """A falling loss with a peak at step 33, a gradient norm that is null in the last row, a sparse column."""
    step = np.arange(steps + 1, dtype=np.float64)
    loss = 1.0 / (1.0 + step)
    loss[min(33, steps)] = 7.0
    grad_norm = np.where(step < steps, 0.5, np.nan)
    valid_loss = np.where(step % 10 == 5, loss + 1.0, np.nan)
    never = np.full_like(loss, np.nan)
    return np.column_stack([step, loss, grad_norm, valid_loss, never, never])


def line_arrays(slope: float = 2.0, intercept: float = 1.0) -> dict[str, np.ndarray]:
    """The weights.npz of a network without hidden layer: y = slope x + intercept in the network's own units."""
    return network_arrays([1, 1], ["identity"], [np.array([[slope]])], [np.array([intercept])])


def network_arrays(
    sizes: list[int],
    activations: list[str],
    weights: list[np.ndarray],
    biases: list[np.ndarray],
    scaling: Scaling | None = None,
) -> dict[str, np.ndarray]:
    """The weights.npz of a network."""
    unscaled = Scaling(np.zeros(sizes[0]), np.ones(sizes[0]), np.zeros(sizes[-1]), np.ones(sizes[-1]))
    choices = [{"name": name} for name in activations]
    arrays = {"architecture": np.array(json.dumps({"sizes": sizes, "activations": choices, "bias": True}))}
    for name, array in (scaling or unscaled).arrays().items():
        arrays[f"scaling/{name}"] = array
    for index, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
        arrays[f"layer_{index}/W"], arrays[f"layer_{index}/b"] = W, b
    return arrays


def begin(folder: Path, described: Mapping[str, Any]) -> Path:
    """A run folder whose run has just begun."""
    (folder / "spool").mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(described))
    (folder / "events.jsonl").touch()
    return folder


def append(folder: Path, values: np.ndarray) -> None:
    """Write rows of history."""
    with (folder / "spool" / "history.f64").open("ab") as file:
        file.write(np.ascontiguousarray(values, dtype=np.float64).tobytes())


def end(
    folder: Path, arrays: Mapping[str, np.ndarray] | None = None, outcome: str = "converged", **summary: Any
) -> None:
    """Write what a run leaves at its end; with `arrays`, the weights too."""
    (folder / "findings.json").write_text("[]")
    if arrays is not None:
        np.savez(folder / "weights.npz", **dict(arrays))
    text = json.dumps({"outcome": outcome, "status": "FINISHED", "steps": 100, **summary})
    (folder / "summary.json").write_text(text)


def finished(folder: Path, arrays: Mapping[str, np.ndarray] | None = None, **changes: Any) -> Path:
    """The folder of a run of 100 steps that ended well."""
    begin(folder, record(**changes))
    append(folder, rows(100))
    end(folder, line_arrays() if arrays is None else arrays)
    return folder


def finding(cause: str) -> dict[str, Any]:
    """A finding as findings.json holds it, of which only the cause matters."""
    return Finding(cause, f"{cause} shows.", {}, {}, (), None, ()).to_dict()


def carry(folder: Path, store: Store) -> list[dict[str, Any]]:
    """Carry a run folder to the store in this process; gives the answers of the track."""
    answers: list[dict[str, Any]] = []
    track = RunTrack(folder, store, answers.append)
    while not track.done:
        track.pump()
    return answers


def local_store(folder: Path, experiment: str = "tests") -> Store:
    """A SQLite store in a folder."""
    return resolve_store(f"sqlite:///{folder / 'mlflow.db'}", experiment, outputs=folder / "outputs")
