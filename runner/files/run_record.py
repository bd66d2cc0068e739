"""What run.json says of a run before its first step: its configuration, its data, its machine."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runner.errors import UserError
from runner.files.json_files import read_json
from runner.files.names import RECORD
from runner.files.record import Record

_VERSION = 1


@dataclass(frozen=True)
class DataRecord(Record):
    """A data set as run.json describes it; `features` and `targets` are the names of its columns."""

    name: str
    digest: str
    samples: int | None = None
    features: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunRecord(Record):
    """A run as run.json describes it.

    `config` is what may be written down of the settings: no password, no environment variable. `columns` are those of
    the history; `subject` says of somebody's own network how it was built and called, and what its files were; `reused`
    is the folder of the run whose files these are, where it was not carried out again.
    """

    key: str | None = None
    started: str
    config: Mapping[str, Any]
    overrides: tuple[str, ...]
    task: str
    dataset: DataRecord
    architecture: Mapping[str, Any] = field(default_factory=dict)
    network: str = ""
    columns: tuple[str, ...] = ()
    steps_planned: int = 0
    environment: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str]
    subject: Mapping[str, Any] | None = None
    reused: str | None = None

    @property
    def diagnosed(self) -> bool:
        """Whether causes of a failure were to be looked for."""
        return bool((self.config.get("diagnosis") or {}).get("enabled", True))

    def to_dict(self) -> dict[str, object]:
        """The record as run.json holds it."""
        held = {"version": _VERSION, **super().to_dict(), "dataset": self.dataset.to_dict()}
        return {name: value for name, value in held.items() if name not in ("subject", "reused") or value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunRecord:
        """The inverse of `to_dict`; `ValueError` where something is missing that its readers rely on."""
        try:
            dataset = data["dataset"]
            return cls(
                started=str(data["started"]),
                config=_mapping(data["config"]),
                overrides=_texts(data["overrides"]),
                task=str(data["task"]),
                dataset=DataRecord(
                    str(dataset["name"]),
                    str(dataset["digest"]),
                    dataset.get("samples"),
                    _texts(dataset["features"]),
                    _texts(dataset["targets"]),
                ),
                versions=_mapping(data["versions"]),
                columns=_texts(data["columns"]),
                steps_planned=int(data["steps_planned"]),
                architecture=_mapping(data.get("architecture") or {}),
                network=str(data.get("network", "")),
                environment=_mapping(data.get("environment") or {}),
                subject=None if data.get("subject") is None else _mapping(data["subject"]),
                key=data.get("key"),
                reused=data.get("reused"),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"it doesn't describe a run: {error}") from error


def read_record(folder: Path) -> RunRecord | None:
    """The record in a run folder; None where there is none (yet), or not a whole one.

    Raises `UserError` where it doesn't describe a run: it may be anybody's.
    """
    data = read_json(folder / RECORD)
    if data is None:
        return None
    try:
        return RunRecord.from_dict(data)
    except ValueError as error:
        raise UserError(f"{folder / RECORD} is damaged: it doesn't describe a run") from error


def new_key() -> str:
    """A new identifier for a run or a sweep."""
    return uuid.uuid4().hex


def now() -> str:
    """The current time as records have it."""
    return datetime.now(UTC).isoformat()


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"a list is needed, not {value!r}")
    return tuple(map(str, value))


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"a mapping is needed, not {value!r}")
    return value
