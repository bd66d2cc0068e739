"""Runs in memory for tests of causes: what one cause says about a run, and what the whole diagnosis says."""

from __future__ import annotations

from typing import Any

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes import CAUSES
from runner.diagnosis.diagnose import diagnose
from runner.diagnosis.fixes.attempts import train
from runner.diagnosis.suspicion import Suspicion
from runner.files.finding import Finding
from runner.settings import validate
from runner.training.setup import Setup, prepare
from runner.training.stopping import Interruption

# So long that a slow machine tries the same fixes as a fast one.
PATIENT = {"budget": 60.0}


def setup_of(config: dict[str, Any], **more: Any) -> Setup:
    return prepare(validate({"diagnosis": PATIENT, **config, **more}))


def case_of(config: dict[str, Any], **more: Any) -> Case:
    return train(setup_of(config, **more), Interruption())


def said_by(cause: str, case: Case) -> list[Suspicion]:
    with np.errstate(all="ignore"):
        return list(CAUSES[cause].look(case))


def the_one(cause: str, case: Case) -> Suspicion:
    [suspicion] = said_by(cause, case)
    return suspicion


def findings_of(case: Case) -> list[Finding]:
    return diagnose(case)
