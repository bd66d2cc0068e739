"""Which runs may be trained side by side as one program, as far as their settings say it.

What each run of a pack has of its own is marked where it is declared: a field annotated with `OF_EACH_RUN`; besides,
every seed, and the fold to validate on. All other settings must be equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from runner.settings import Settings
from runner.settings.base import OF_EACH_RUN

# What chooses a run's samples, and whose 0 leaves nothing out of the program.
_OF_THE_DATA = ("seed", "fold")


def likeness(settings: Settings) -> str:
    """What runs must have in common to be trained side by side: equal texts can, once their programs agree."""
    return json.dumps([_shared(settings), list(_absent(settings))], sort_keys=True)


def trial(settings: Settings) -> str:
    """What runs must have in common so that their data allow all of them or none: their start, too."""
    return json.dumps([_shared(settings), _shared(settings.init)], sort_keys=True)


def _shared(section: BaseModel) -> dict[str, Any]:
    return section.model_dump(mode="json", exclude=_of_each_run(section))


def _of_each_run(section: BaseModel) -> Any:
    """The fields to leave out, in the form that pydantic takes."""
    own, others = _fields(type(section))
    below = {name: _of_each_run(model) for name, model in _sections(section, others)}
    for name in others:
        if isinstance(values := getattr(section, name), tuple):
            below[name] = {k: _of_each_run(value) for k, value in enumerate(values) if isinstance(value, BaseModel)}
    return {**dict.fromkeys(own, True), **{name: found for name, found in below.items() if found}}


def _absent(section: BaseModel, path: str = "") -> Iterator[str]:
    """Numbers that runs may differ in, but that are 0 or null here, which leaves calls out of the program."""
    own, others = _fields(type(section))
    yield from (path + name for name in own if name not in _OF_THE_DATA and getattr(section, name) in (None, 0.0))
    for name, below in _sections(section, others):
        yield from _absent(below, f"{path}{name}.")


def _sections(section: BaseModel, names: Iterable[str]) -> Iterator[tuple[str, BaseModel]]:
    for name in names:
        if isinstance(value := getattr(section, name), BaseModel):
            yield name, value


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields that each run has of its own, and the others."""
    own = [name for name, field in model.model_fields.items() if name in _OF_THE_DATA or OF_EACH_RUN in field.metadata]
    return tuple(own), tuple(name for name in model.model_fields if name not in own)
