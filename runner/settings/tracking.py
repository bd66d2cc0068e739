"""The settings of `tracking`: where runs are recorded and how much of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from runner.settings.base import Section


def _own(name: str) -> str:
    if name.startswith(("mlflow.", "whynan.")):
        raise PydanticCustomError("taken", "names that begin with mlflow. or whynan. are taken")
    return name


Title = Annotated[str, Field(min_length=1, max_length=250)]  # the width of MLflow's column of names
# MLflow takes letters, digits and _ - . space : / in the name of a tag; the prefixes are taken.
TagName = Annotated[str, Field(min_length=1, max_length=250, pattern=r"^[\w\-. :/]+$"), AfterValidator(_own)]


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
