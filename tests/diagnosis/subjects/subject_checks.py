"""Checking the networks of nets/ as the command line would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runner.diagnosis.subjects.check import check_subject
from runner.diagnosis.subjects.result import SubjectResult
from runner.settings.diagnosis import SubjectSettings
from runner.subjects.samples import Samples

NETS = Path(__file__).parent / "nets"


def subject(where: str, names: dict[str, str] | None = None, **more: Any) -> SubjectSettings:
    """The settings of FILE:NAME in nets/."""
    return SubjectSettings.model_validate({"path": f"{NETS / where}", "names": names or {}, **more})


def checked(
    where: str, names: dict[str, str] | None = None, samples: Samples | None = None, **more: Any
) -> SubjectResult:
    """The check of FILE:NAME in nets/."""
    return check_subject(subject(where, names, **more), samples)
