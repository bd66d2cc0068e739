"""One job of a sweep, composed and validated, and the plan of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.settings import Settings


@dataclass(frozen=True)
class Job:
    """What a sweep does once.

    `overrides` are those of the job as Hydra records them, `swept` the value of each swept key, `config` what may be
    written down of `settings`, `folder` its absolute folder; `hydra_files` gives the text of each file of Hydra's own
    record when it is called.
    """

    number: int
    overrides: tuple[str, ...]
    swept: Mapping[str, Any]
    settings: Settings
    config: Mapping[str, Any]
    folder: Path
    hydra_files: Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Plan:
    """Jobs to carry out in the sweep whose folder is `folder`.

    `factors` are the swept keys, in the order of the command line, each with its values in theirs; `overrides` is the
    command line as it may be written down; `multirun` is the text of Hydra's record of it.
    """

    jobs: Sequence[Job]
    factors: Mapping[str, Sequence[Any]]
    folder: Path
    overrides: Sequence[str]
    multirun: str
