"""The words of `diagnosis` and `subject`: how causes are looked for, and in whose network."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from runner.settings.base import Section


class DiagnosisSettings(Section):
    """Whether a failed run is diagnosed, and for how many seconds mends may be tried."""

    enabled: bool = True
    budget: Annotated[float, Field(ge=0)] = 5.0


class SubjectNames(Section):
    """Another name, or a call expression, for each thing a subject has (null: its usual name)."""

    parameters: str | None = None
    loss: str | None = None
    gradients: str | None = None
    predict: str | None = None


class SubjectSettings(Section):
    """Somebody's own network: `path` is FILE:NAME, `call` says how NAME is built."""

    path: str | None = None
    call: Literal["xy", "none", "layers"] | None = None
    names: SubjectNames = SubjectNames()

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value
