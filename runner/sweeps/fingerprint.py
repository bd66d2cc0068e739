"""What the numbers of a run follow from, as one hash: its settings, the files of its data, and the code, theirs too.

Two jobs of the same fingerprint give the same run, so it is carried out once. What only says where a run is recorded
(tracking, who carries a sweep out) is left out, and so is what takes its steps, with the same bits.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import runner
from runner.datasets import DatasetSettings
from runner.settings import Settings
from runner.subjects.loading import place_of
from runner.subjects.stepping.source import digest

_ELSEWHERE = {"tracking", "sweep", "subject", "fail_on", "runtime", "name", "description", "tags"}
_OF_A_SWEEP = ("stop_diverged", "fixes")  # what a sweep may change in what a run leaves


def fingerprint(settings: Settings) -> str:
    """The hash of what a job of these settings gives."""
    described = settings.model_dump(mode="json", exclude=_ELSEWHERE)
    described["sweep"] = {name: getattr(settings.sweep, name) for name in _OF_A_SWEEP}
    described["files"] = list(_files(settings.dataset))
    if settings.subject.path is not None:
        described["subject"] = settings.subject.model_dump(mode="json")
        described["source"] = list(_source(settings.subject.path))
    text = json.dumps([code(), described], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code() -> str:
    """The hash of this package's modules, the version of NumPy and the machine's architecture."""
    digest = hashlib.sha256(f"{np.__version__} {platform.machine()}".encode())
    package = Path(runner.__path__[0])
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _source(path: str) -> Iterator[tuple[str, str]]:
    """The digests of somebody's own file and of all Python files beside it: what it imports isn't known here."""
    file, _ = place_of(path)
    for one in sorted({file, *file.parent.glob("*.py")}):
        if one.is_file():
            yield str(one), digest(one)


def _files(dataset: DatasetSettings) -> Iterator[tuple[str, int, int]]:
    """The files that a data set is read from: each with its size and the time of its last change.

    These are asked for every job, so the content is not read.
    """
    for name in ("path", "root"):
        place: Any = getattr(dataset, name, None)
        if place is None:
            continue
        path = Path(place)
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if file.is_file():
                known = file.stat()
                yield str(file.absolute()), known.st_size, known.st_mtime_ns
