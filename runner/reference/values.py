"""What a setting may be, in words: from the annotation of its field."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from runner.settings.base import KnownName, OneOf

_LIST = "list, each "


def allowed(field: FieldInfo) -> str:
    """The values that a field takes: "number > 0 | auto", "list, each whole number >= 1 | null"."""
    forms = list(dict.fromkeys(_forms(field.annotation, field.metadata)))
    alone = [form for form in forms if not form.startswith(_LIST)]
    return " | ".join("list of these" if form == _LIST + " or ".join(alone) else form for form in forms)


def _forms(annotation: Any, metadata: Iterable[Any]) -> Iterator[str]:
    """Each form that a value may have, in words."""
    metadata = list(metadata)
    origin = get_origin(annotation)
    for one in metadata:
        if isinstance(one, OneOf):
            yield from one.registry
            return
        if isinstance(one, AfterValidator) and isinstance(one.func, KnownName):
            yield from one.func.allowed
            return
    if origin is Annotated:
        yield from _forms(annotation.__origin__, [*annotation.__metadata__, *metadata])
    elif origin in (Union, UnionType):
        for inner in sorted(get_args(annotation), key=lambda one: one is NoneType):
            yield from _forms(inner, metadata)
    elif origin is Literal:
        yield from map(str, get_args(annotation))
    elif origin in (tuple, list):
        inner = dict.fromkeys(_forms(get_args(annotation)[0], ()))
        yield _LIST + " or ".join(f"({form})" if form.startswith(_LIST) else form for form in inner)
    else:
        yield _alone(annotation, metadata)


def _alone(annotation: Any, metadata: Iterable[Any]) -> str:
    if annotation is NoneType:
        return "null"
    if annotation is bool:
        return "true | false"
    if annotation in (int, float):
        number = "whole number" if annotation is int else "number"
        return " ".join([number, *_range(metadata)])
    if annotation is str:
        return "text"
    if get_origin(annotation) is dict or annotation is dict:
        return "mapping"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    return "any value"


def _range(metadata: Iterable[Any]) -> Iterator[str]:
    """The bounds of a number as words that follow it: ">= 1", "in [0, 1)"; nothing where there are none."""
    low = high = ""
    for one in _flat(metadata):
        match one:
            case annotated_types.Ge(ge=bound):
                low = f">= {bound:.15g}"
            case annotated_types.Gt(gt=bound):
                low = f"> {bound:.15g}"
            case annotated_types.Le(le=bound) if bound != math.inf:
                high = f"<= {bound:.15g}"
            case annotated_types.Lt(lt=bound):
                high = f"< {bound:.15g}"
    if low and high:
        first, last = low.split()[1], high.split()[1]
        yield f"in {'[' if '=' in low else '('}{first}, {last}{']' if '=' in high else ')'}"
    elif low or high:
        yield low or high


def _flat(metadata: Iterable[Any]) -> Iterator[Any]:
    for one in metadata:
        if isinstance(one, FieldInfo):
            yield from one.metadata
        elif isinstance(one, annotated_types.GroupedMetadata):
            yield from one
        else:
            yield one
