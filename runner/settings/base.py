"""What all settings have in common: strict frozen models, choices by name, and rules between fields.

A choice by name (`init.weights: {name: normal, std: 0.1}`) is validated by the chosen model alone, so that
a mistake is reported once, with that model's names. pydantic's own unions were rejected: they need a closed
list of literals, and the registries (`FAMILIES`, `INITIALISERS`, `ACTIVATIONS`) grow by an entry without an
edit here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from runner.aliases import canonical


class Section(BaseModel):
    """A mapping of settings: unknown keys and text instead of numbers are refused; it can't be changed."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


# A list in YAML, kept as a tuple so that settings can't change; strict about its elements all the same.
Listed = Field(strict=False)

# YAML reads a bare `off` as false.
Off = BeforeValidator(lambda value: "off" if value is False else value)

# Marks a field in which runs that are trained side by side may differ.
OF_EACH_RUN = "of each run"

# What is known of a run at each evaluation.
Metric = Literal["loss", "valid_loss", "accuracy", "valid_accuracy", "r2", "valid_r2"]

Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]  # what numpy.random.RandomState takes


@dataclass(frozen=True)
class Mistake:
    """A rule between fields that is broken: the field to name, why, and the value given there."""

    field: str
    message: str
    given: object


def refuse(mistakes: Iterable[Mistake]) -> None:
    """Raise all mistakes of one mapping together, each at its own field; nothing where there is none."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError("rule", "{message}", {"message": mistake.message}),
            loc=tuple(mistake.field.split(".")),
            input=mistake.given,
        )
        for mistake in mistakes
    ]
    if details:
        raise ValidationError.from_exception_data("rules", details)


def one_or_listed(value: object) -> str:
    """The tag of a value that may be given once, or in a list."""
    return "<list>" if isinstance(value, (list, tuple)) else "<one>"


@dataclass(frozen=True)
class KnownName:
    """Checks a text that must be one of `allowed`, or another name of one; `word` says of what kind ("loss")."""

    word: str
    allowed: tuple[str, ...]

    def __call__(self, name: str) -> str:
        """The name itself, for another name of it."""
        name = canonical(self.word, name)
        if name not in self.allowed:
            raise PydanticCustomError(
                "unknown_name", "unknown {word}", {"word": self.word, "allowed": list(self.allowed)}
            )
        return name


def known_name(word: str, names: Iterable[str]) -> AfterValidator:
    """The validator of a text that must be one of `names`, or another name of one."""
    return AfterValidator(KnownName(word, tuple(names)))


@dataclass(frozen=True)
class OneOf:
    """Annotation of a field that is a mapping with a `name`, or the bare name of a choice with its defaults.

    `registry` gives the model of each name, `word` says what is chosen ("data set").
    """

    word: str
    registry: Mapping[str, type[BaseModel]]

    def __hash__(self) -> int:
        return id(self)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def model_of(self, value: object) -> type[BaseModel] | None:
        """The model of the choice that `value` makes, None where it makes none."""
        name = value.get("name") if isinstance(value, Mapping) else value
        return self.registry.get(canonical(self.word, name)) if isinstance(name, str) else None

    def _validate(self, value: object) -> BaseModel:
        if isinstance(value, BaseModel) and isinstance(value, tuple(self.registry.values())):
            return value
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, Mapping):
            raise PydanticCustomError("mapping", "must be a name, or a mapping with a name")
        model = self.model_of(value)
        if model is None:
            self._refuse_name(value)
        return model.model_validate({**value, "name": canonical(self.word, value["name"])})

    def _refuse_name(self, value: Mapping[str, object]) -> NoReturn:
        context = {"word": self.word, "allowed": list(self.registry)}
        kind = "unknown_name" if "name" in value else "no_name"
        raise ValidationError.from_exception_data(
            self.word,
            [
                InitErrorDetails(
                    type=PydanticCustomError(kind, "unknown {word}", context),
                    loc=("name",),
                    input=value.get("name"),
                )
            ],
        )
