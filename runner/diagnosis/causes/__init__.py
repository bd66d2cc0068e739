"""The causes of failed runs by name, in the order in which `show causes` lists them.

To add one, write a class in a file of its own and put it here; its thresholds stand in `diagnosis.thresholds`.
"""

from __future__ import annotations

from runner.diagnosis.causes.cause import Cause, ForeseenCause
from runner.diagnosis.causes.softmax_on_one_unit import SoftmaxOnOneUnit

__all__ = ["CAUSES", "FORESEEN", "Cause", "ForeseenCause"]

_ALL: tuple[Cause, ...] = (SoftmaxOnOneUnit(),)

CAUSES: dict[str, Cause] = {cause.name: cause for cause in _ALL}
FORESEEN: dict[str, ForeseenCause] = {name: cause for name, cause in CAUSES.items() if isinstance(cause, ForeseenCause)}
