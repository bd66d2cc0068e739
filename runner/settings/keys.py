"""Every dotted path that the schema knows, and the model that stands at a path of a given configuration.

For the nearest name of an unknown key, and so that the command line knows which keys may be added to a
mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from runner.settings.base import OneOf


def paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """All dotted paths below `model`, those of every choice by name included; some come more than once."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        yield path
        for part in parts(field):
            for below in part.registry.values() if isinstance(part, OneOf) else (part,):
                yield from paths(below, f"{path}.")


def not_given(config: object, path: str = "") -> Iterator[str]:
    """The dotted paths of `config` where `???` stands for what must be given."""
    if isinstance(config, str) and config == "???":  # data may be arrays
        yield path
    elif isinstance(config, Mapping):
        for key, value in config.items():
            yield from not_given(value, f"{path}.{key}" if path else str(key))


def model_at(model: type[BaseModel], config: object, location: Sequence[str | int]) -> type[BaseModel] | None:
    """The model that checks the mapping at `location` of `config`; None where no single one does."""
    for depth, key in enumerate(location):
        config = item(config, key)
        if isinstance(key, int):
            continue
        field = model.model_fields.get(key)
        if field is None:
            return None
        value = config
        if isinstance(config, (list, tuple)) and depth + 1 < len(location):
            value = item(config, location[depth + 1])
        chosen = next(_chosen(field, value), None)
        if chosen is None:
            return None
        model = chosen
    return model


def _chosen(field: FieldInfo, value: object) -> Iterator[type[BaseModel]]:
    for part in parts(field):
        model = part.model_of(value) if isinstance(part, OneOf) else part
        if model is not None:
            yield model


def parts(field: FieldInfo) -> Iterator[OneOf | type[BaseModel]]:
    """The models that check the value of a field: those that are chosen by name, else those of its mappings."""
    choices = [item for item in field.metadata if isinstance(item, OneOf)]
    yield from choices or _models(field.annotation)


def _models(annotation: Any) -> Iterator[OneOf | type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    if get_origin(annotation) is Annotated:
        choices = [item for item in annotation.__metadata__ if isinstance(item, OneOf)]
        yield from choices or _models(annotation.__origin__)
        return
    for inner in get_args(annotation):
        yield from _models(inner)


def item(value: object, key: str | int) -> object:
    """What stands at `key` of a mapping or a list; None where nothing does."""
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, (list, tuple)) and isinstance(key, int) and key < len(value):
        return value[key]
    return None
