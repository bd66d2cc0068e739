"""A run as MLflow describes it: its name, parameters, tags and data set.

Nothing here imports MLflow, and no password leaves this module.
"""

from __future__ import annotations

import getpass
import json
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from runner.errors import UserError
from runner.explaining.explanation import Ending, ending_in
from runner.explaining.markdown import markdown
from runner.files.run_record import RunRecord
from runner.files.summary import Summary
from runner.files.sweep_lines import SweepLine, SweepRecord
from runner.redaction import redact
from runner.tracking.content.naming import name_of

FOLDER_TAG = "whynan.folder"
HOST_TAG = "host"
KEY_TAG = "whynan.key"
SWEEP_TAG = "whynan.sweep"  # of the parent run of a sweep
PARENT_TAG = "mlflow.parentRunId"
JOB_TAG = "whynan.job"
OUTCOME_TAGS = ("outcome", "status", "steps", "reason", "cause", "first_nonfinite_step")
# Settings of our networks alone.
_OURS = re.compile(r"(network|init|loss)\.|(faults|dtype)$")
_LONGEST_PARAMETER = 6000  # MLflow refuses more
_LONGEST_TAG = 8000  # the same
_LONGEST_DIGEST = 36  # the width of MLflow's column; the whole digest is a tag


_ASIDE = ("name", "description", "tags", "tracking", "sweep", "diagnosis", "outcome", "fail_on", "runtime")

Described = RunRecord | SweepRecord


def started_ms(record: Described) -> int:
    """When the run began, in milliseconds since 1970."""
    return round(datetime.fromisoformat(record.started).timestamp() * 1000)


def parameters(record: RunRecord) -> dict[str, str]:
    """What describes the experiment of the resolved config, by keys like `init.weights.name`, with values as in YAML.

    What is null, and what nothing that is computed depends on, is left out: the whole config is an artifact. `steps`
    are those that were planned, also where `epochs` says how many. Of somebody's own network what describes ours is
    left out, too.
    """
    config = {group: held for group, held in record.config.items() if group != "subject" or record.subject}
    settings = {key: value for key, value in flatten(config) if value is not None and not is_aside(key)}
    if record.steps_planned and "epochs" in settings:
        settings["steps"] = record.steps_planned
    if record.subject is not None:
        kept = ("init.seed", *(["network.hidden"] if "sizes" in str(record.subject.get("built")) else []))
        settings = {key: value for key, value in settings.items() if key in kept or not _OURS.match(key)}
    return shortened({key: as_text(value) for key, value in settings.items()})


def is_aside(key: str) -> bool:
    """Whether a setting says where and how a run is recorded, swept and judged, not what is computed."""
    return key.partition(".")[0] in _ASIDE


def shortened(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts as MLflow accepts them for parameters: without passwords, and not too long."""
    redacted = {key: redact(text) for key, text in texts.items()}
    return {
        key: text if len(text) <= _LONGEST_PARAMETER else text[: _LONGEST_PARAMETER - 1] + "…"
        for key, text in redacted.items()
    }


def flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted paths and values; lists and empty mappings are values."""
    for key, value in config.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{path}.")
        else:
            yield path, value


def as_text(value: Any) -> str:
    """A value of the configuration as a parameter."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def tags(record: RunRecord, folder: Path) -> dict[str, str]:
    """The tags of a run: what runs are searched by, and its folder."""
    data = record.dataset
    described = {"task": record.task, "dataset": data.name, "dataset.digest": data.digest}
    if record.subject is not None:
        subject = record.subject
        described |= {"subject": redact(str(subject.get("path"))), "subject.digest": str(subject.get("digest"))}
    return {**_asked(record), **common_tags(record, folder), **described}


def _asked(record: RunRecord) -> dict[str, str]:
    """The tags of the user's own."""
    return {name: redact(text)[:_LONGEST_TAG] for name, text in (record.config.get("tags") or {}).items()}


def common_tags(record: Described, folder: Path) -> dict[str, str]:
    """The tags that runs and sweeps have in common."""
    described = {
        "mlflow.runName": name_of(record),
        "mlflow.user": _user(),
        "mlflow.source.name": "whynan",
        "mlflow.source.type": "LOCAL",
        FOLDER_TAG: str(folder),
        HOST_TAG: platform.node(),
        "overrides": redact(" ".join(record.overrides))[:_LONGEST_TAG],
    }
    if record.key:
        described[KEY_TAG] = record.key
    described |= _surroundings(record.environment)
    described |= {f"version.{name}": str(version) for name, version in record.versions.items()}
    return described


def _surroundings(environment: Mapping[str, Any]) -> dict[str, str]:
    """Tags of the machine and the commit; the commit's has the name that MLflow's pages show."""
    blas, git = environment.get("blas") or {}, environment.get("git")
    tags = {name: str(environment[name]) for name in ("cpu", "cores", "system") if name in environment}
    if blas:
        tags["blas"] = " ".join(str(blas[name]) for name in ("internal_api", "version", "architecture") if name in blas)
        tags["blas.threads"] = str(blas.get("threads"))
    if git:
        tags |= {"mlflow.source.git.commit": str(git["commit"]), "git.dirty": str(git["dirty"]).lower()}
    return tags


def outcome_tags(ended: Summary | SweepLine, cause: str | None) -> dict[str, str]:
    """The tags of an ended run: `outcome`, `status`, `steps`; where known `reason`, `cause`, `first_nonfinite_step`."""
    tags = {"outcome": ended.outcome, "status": ended.status}
    if ended.steps is not None:
        tags["steps"] = str(ended.steps)
    if ended.reason:
        tags["reason"] = redact(ended.reason)[:_LONGEST_TAG]
    if cause is not None:
        tags["cause"] = cause
    if ended.first_nonfinite_step is not None:
        tags["first_nonfinite_step"] = str(ended.first_nonfinite_step)
    return tags


def description(record: RunRecord, folder: Path, summary: Summary) -> str:
    """What stands on the page of a run that ended so: the user's own words, then the explanation of what it left.

    Both are Markdown, without passwords. Where a file is damaged, the explanation says what the summary says.
    """
    try:
        ending = replace(ending_in(folder, record), summary=summary)
    except UserError:
        ending = Ending(summary, (), (), record.diagnosed)
    explained = markdown(ending)
    own = record.config.get("description")
    return redact(f"{own}\n\n{explained}" if own else explained)


def note(text: str) -> dict[str, str]:
    """The tag that MLflow's pages show as the description of a run."""
    return {"mlflow.note.content": text if len(text) <= _LONGEST_TAG else text[: _LONGEST_TAG - 1] + "…"}


def dataset_entry(record: RunRecord) -> dict[str, str]:
    """The fields of MLflow's data set of the run."""
    data = record.dataset
    profile = {"samples": data.samples, "features": data.features, "targets": data.targets}
    return {
        "name": data.name,
        "digest": data.digest[:_LONGEST_DIGEST],
        "source_type": "whynan",
        "source": redact(json.dumps(record.config.get("dataset", {}), ensure_ascii=False)),
        "profile": json.dumps(profile),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "unknown"
