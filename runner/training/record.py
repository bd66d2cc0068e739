"""What is saved of a training besides its history: the record at its start, the summary and the weights at its end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from runner.files.run_record import DataRecord, RunRecord, new_key, now
from runner.files.summary import Summary
from runner.network.ops import Array
from runner.training.conclusion import Conclusion
from runner.training.environment import environment, versions
from runner.training.loop import Training
from runner.training.recorder import history_columns
from runner.training.setup import Setup


def record_of(setup: Setup, overrides: Sequence[str], config: Mapping[str, Any] | None = None) -> RunRecord:
    """The record of a run that begins now.

    `config` holds the settings that may be saved, where that isn't all of them: no password, no environment variable.
    """
    dataset = setup.dataset
    return RunRecord(
        key=new_key(),
        started=now(),
        config=setup.settings.model_dump(mode="json") if config is None else _with_numbers(config, setup),
        overrides=tuple(overrides),
        task=dataset.task,
        dataset=DataRecord(dataset.name, dataset.digest, len(dataset.train.X), dataset.features, dataset.targets),
        architecture=setup.layout.to_dict(),
        network=str(setup.layout),
        columns=history_columns(setup),
        steps_planned=setup.steps,
        subject=setup.network.described().get("subject"),
        environment=environment(),
        versions=versions(),
    )


def _with_numbers(config: Mapping[str, Any], setup: Setup) -> Mapping[str, Any]:
    """Settings with the learning rate that was chosen in place of `auto`, so that the run is repeated with it."""
    if setup.chosen is None:
        return config
    return {**config, "optimizer": {**config["optimizer"], "lr": setup.settings.optimizer.rate}}


def changed_files(record: RunRecord, setup: Setup) -> list[str]:
    """Which files of somebody's own network are no longer what they were in a recorded run, a sentence each."""
    before = (record.subject or {}).get("files") or {}
    now = (setup.network.described().get("subject") or {}).get("files") or {}
    return [
        f"{name} has changed since the run ({str(before.get(name))[:8]} -> {str(now.get(name))[:8]})"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]


def summary_of(training: Training, conclusion: Conclusion, seconds: float, run_id: str | None) -> Summary:
    """The summary of a training that came to its conclusion, `run_id` being its MLflow run."""
    return Summary(
        outcome=conclusion.outcome,
        status="KILLED" if conclusion.outcome == "interrupted" else "FINISHED",
        steps=training.step,
        seconds=seconds,
        mlflow_run_id=run_id,
        final=conclusion.final,
        best=training.history.best_values(),
        nonfinite_steps=training.nonfinite_steps,
        first_nonfinite_step=training.first_nonfinite_step,
        stopped=training.stopped,
        early_stop=training.early_stop,
        at_chance=conclusion.at_chance,
        lr=None if training.setup.chosen is None else training.setup.chosen.rate,
    )


def weights_of(training: Training) -> dict[str, Array]:
    """What weights.npz holds: parameters, the scaling and the range of the data, the architecture, any faults."""
    dataset = training.setup.dataset
    return {
        **training.workspace.weights(),
        **{f"scaling/{name}": array for name, array in dataset.scaling.arrays().items()},
        "range/low": dataset.train.X.min(axis=0).astype(np.float64),
        "range/high": dataset.train.X.max(axis=0).astype(np.float64),
        **{name: np.array(json.dumps(value)) for name, value in training.setup.network.described().items()},
    }
