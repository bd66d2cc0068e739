"""The settings of `tracking`: where runs are recorded and how much of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runner.settings.base import Section


class TrackingSettings(Section):
    """The MLflow store (`uri` null: MLFLOW_TRACKING_URI, else sqlite:///mlflow.db) and what is sent to it.

    `points`: at most so many points of each metric curve; `model`: the trained model as a pyfunc; `report`:
    the page; `diff`: what differs from the git commit in the working folder, as a patch; `enabled: false` (the group
    choice `tracking=none`) leaves only the run folder.
    """

    enabled: bool = True
    uri: Annotated[str, Field(min_length=1)] | None = None
    experiment: Annotated[str, Field(min_length=1)] = "whynan"
    points: Annotated[int, Field(ge=2)] = 200
    model: bool = True
    report: bool = True
    diff: bool = False
