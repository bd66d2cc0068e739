"""What is written down of a watched run before it begins: the script, its step, its settings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from runner.diagnosis.scripts.asking import Script
from runner.files.run_record import DataRecord, RunRecord, new_key, now
from runner.recording.watching.step import WatchedStep
from runner.training.environment import environment, versions

# How many steps a script makes is not known: curves are thinned for so many, and filled up at the end.
_PLANNED = 10_000


def record_of_watch(
    script: Script,
    step: WatchedStep | None,
    columns: Sequence[str],
    overrides: Sequence[str],
    config: Mapping[str, Any],
) -> RunRecord:
    """The record of a run that watches `script`; `columns` are those of its history, `config` the settings of ours."""
    text = script.file.read_bytes()
    described: dict[str, Any] = {"file": str(script.file), "arguments": list(script.arguments)}
    if step is not None:
        described |= {
            "step": f"one turn of the loop at line {step.line}",
            "parameters": ", ".join(f"{one.name} {one.shape}" for one in step.parameters),
            "loss": step.loss.text if step.loss is not None else step.assumed,
            "lr": next((one.rate for one in step.parameters if one.rate is not None), None),
        }
    return RunRecord(
        key=new_key(),
        started=now(),
        config={"script": described, **config},
        overrides=(*overrides, " ".join([script.file.name, *script.arguments])),
        task="script",
        dataset=DataRecord(script.file.name, hashlib.sha256(text).hexdigest()),
        columns=tuple(columns),
        steps_planned=_PLANNED,
        network=", ".join(f"{one.name} {one.shape}" for one in step.parameters) if step is not None else "",
        environment=environment(),
        versions=versions(),
    )
