"""One job of a sweep, composed and validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.settings import Settings


@dataclass(frozen=True)
class Job:
    """What a sweep does once.

    `overrides` are those of the job as Hydra records them, `swept` the value of each swept key, `recordable` what may
    be written down of `settings`, `folder` its absolute folder; `hydra_files` gives the text of each file of Hydra's
    own record when it is called.
    """

    number: int
    overrides: tuple[str, ...]
    swept: Mapping[str, Any]
    settings: Settings
    recordable: Settings
    folder: Path
    hydra_files: Callable[[], Mapping[str, str]]
