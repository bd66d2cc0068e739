"""Fixes that need no run: what is known already says that they don't work."""

from __future__ import annotations

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Fix
from runner.diagnosis.ranking import Examined

_LENGTHS = {"steps", "epochs"}
# What a change of the rate alone leaves as it is: the curvature, and with it the limit.
_NO_CURVATURE = {"optimizer.lr", *_LENGTHS}


def beyond_limit(fix: Fix, base: Case) -> bool:
    """Whether all that a fix does is to set a rate above the limit that is reported for the run."""
    rates = [change.value for change in fix if change.path == "optimizer.lr"]
    if not rates or not {change.path for change in fix} <= _NO_CURVATURE:
        return False
    return base.limit is not None and rates[0] > base.limit


def longer_than_there_is_time(fix: Fix, one: Examined) -> bool:
    """Whether a fix is one that was cut short already, with more steps still: it would be the same run."""
    return any(
        case.cut_short
        and {change.path for change in fix} == {change.path for change in tried}
        and all(change.path in _LENGTHS or change in tried for change in fix)
        for tried, case in one.tried
    )
