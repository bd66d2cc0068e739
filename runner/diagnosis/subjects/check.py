"""The check of somebody's own file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.diagnosis.subjects.examine import NotRecorded, examine
from runner.diagnosis.subjects.result import SubjectResult, failed, result_of
from runner.settings.diagnosis import SubjectSettings
from runner.subjects.complaint import SubjectError
from runner.subjects.samples import Samples


def check_subject(
    settings: SubjectSettings, samples: Samples | None = None, sizes: Sequence[int] = (4,)
) -> SubjectResult:
    """Check the gradients of somebody's own network, and find the line that makes them wrong.

    `samples` are taken where its file has none, `sizes` are those of hidden layers where it is built from sizes. Raises
    `UserError` where it can't be found, run or used.
    """
    try:
        result = result_of(examine(settings, samples, sizes))
    except (NotRecorded, SubjectError) as error:
        result = failed(str(error))
    return replace(result, network=settings.path or "")
