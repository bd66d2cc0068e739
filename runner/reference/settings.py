"""Every setting: its path, what it may be, its default, what it means, and the choices that have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from runner.composition.options import shipped_folder
from runner.reference.comments import Line, commented
from runner.reference.values import allowed
from runner.settings import Settings
from runner.settings.base import OneOf
from runner.settings.keys import parts

Lines = dict[str, Line]


@dataclass(frozen=True)
class Setting:
    """A setting as a reference lists it.

    `path` is dotted, `allowed` says in words what it may be, `default` is its value in the shipped YAML. `choices` are
    those that have it, as they are typed (`dataset=planar`, `optimizer.schedule=step`); none where it is always there.
    """

    path: str
    allowed: str
    default: str
    meaning: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Place:
    """Where a model stands: the path before its fields, and the path and name of the choice that it belongs to."""

    prefix: str = ""
    chosen_at: str = ""
    name: str = ""

    def below(self, field: str) -> _Place:
        return _Place(f"{self.prefix}{field}.", self.chosen_at, self.name)

    def choosing(self, field: str, name: str) -> _Place:
        return _Place(f"{self.prefix}{field}.", f"{self.prefix}{field}", name)


@cache
def settings() -> tuple[Setting, ...]:
    """All settings in the order of the configuration; what several choices share in the same words comes once."""
    found: dict[Setting, list[str]] = {}
    for setting in _below(Settings, _Place()):
        found.setdefault(replace(setting, choices=()), []).extend(setting.choices)
    merged = [replace(one, choices=tuple(dict.fromkeys(choices))) for one, choices in found.items()]
    order = {path: k for k, path in enumerate(dict.fromkeys(one.path for one in merged))}
    merged.sort(key=lambda one: order[one.path])
    return tuple(one for _, alike in groupby(merged, lambda one: one.path) for one in _of_all(list(alike)))


def _of_all(alike: list[Setting]) -> Iterator[Setting]:
    """The settings of one path; where there is one for all choices of its group, they aren't listed."""
    for one in alike:
        at = one.choices[0].partition("=")[0] if one.choices else ""
        everywhere = len(alike) == 1 and len(one.choices) == len(_registry(at))
        yield replace(one, choices=()) if everywhere else one


def _below(model: type[BaseModel], place: _Place) -> Iterator[Setting]:
    """The settings of a model, of every choice that can be made in it included."""
    for name, field in model.model_fields.items():
        path = f"{place.prefix}{name}"
        if path in _defaults():
            yield _group(path)
        for setting in _of_field(path, name, field, place):
            yield setting if setting.meaning else replace(setting, meaning=summary(model) if place.prefix else "")


def _of_field(path: str, name: str, field: FieldInfo, place: _Place) -> Iterator[Setting]:
    inner = list(parts(field))
    registry = next((part.registry for part in inner if isinstance(part, OneOf)), None)
    if path not in _defaults() and (registry is not None or not inner) and not (name == "name" and place.name):
        line = _line(path, place)
        choices = (f"{place.chosen_at}={place.name}",) if place.name else ()
        yield Setting(path, allowed(field), _default(field, line), line.comment if line is not None else "", choices)
    for choice, below in (registry or {}).items():
        yield from _below(below, place.choosing(name, choice))
    for section in inner:
        if not isinstance(section, OneOf):
            yield from _below(section, place.below(name))


def _group(name: str) -> Setting:
    """A group of the configuration: its files to choose from."""
    names = [stem for group, stem in _files() if group == name]
    return Setting(name, " | ".join(names), _defaults()[name], _files()["", "config"][f"defaults.{name}"].comment)


def _default(field: FieldInfo, line: Line | None) -> str:
    if line is not None and line.value:
        return "must be given" if line.value == "???" else line.value
    default = field.get_default(call_default_factory=True, validated_data={})
    return "must be given" if default is PydanticUndefined else _as_yaml(default)


def _as_yaml(value: Any) -> str:
    """A default on one line of YAML; a choice with nothing but its name is that name."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
        value = value["name"] if set(value) == {"name"} else value
    text: str = yaml.safe_dump(list(value) if isinstance(value, tuple) else value, default_flow_style=True)
    return text.removesuffix("...\n").strip()


def summary(model: type[BaseModel]) -> str:
    """The first paragraph of a model's docstring, as one line."""
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def _line(path: str, place: _Place) -> Line | None:
    """What the shipped YAML has on a path: in the file of the choice, else of the default, else in any of its group."""
    group = path.partition(".")[0]
    path = path.replace("init.bias.", "init.weights.")  # the same rules, shown for weights
    own = place.name if place.chosen_at in (group, f"{group}.weights", f"{group}.bias") else ""
    files = _files()
    for stem in (own, _defaults().get(group, ""), *(stem for at, stem in files if at == group)):
        if path in files.get((group, stem), {}):
            return files[group, stem][path]
    return files["", "config"].get(path)


@cache
def _files() -> dict[tuple[str, str], Lines]:
    """The keys of every shipped file of a group, by group and choice; those of the main file by "" and "config"."""
    folder = shipped_folder()
    found = {("", "config"): {line.path: line for line in commented(folder / "config.yaml")}}
    for group in _defaults():
        for file in sorted((folder / group).glob("*.yaml")):
            found[group, file.stem] = {f"{group}.{line.path}": line for line in commented(file)}
    return found


@cache
def _defaults() -> dict[str, str]:
    """The choice of each group that the main file makes."""
    text = Path(shipped_folder() / "config.yaml").read_text(encoding="utf-8")
    listed = [one for one in yaml.safe_load(text)["defaults"] if isinstance(one, dict)]
    return {
        group: name
        for one in listed
        for group, name in one.items()
        if name and not group.startswith(("override", "optional"))
    }


@cache
def _registry(at: str) -> dict[str, type[BaseModel]]:
    """The choices at a path, by name."""
    model: type[BaseModel] = Settings
    for name in at.split("."):
        field = model.model_fields.get(name)
        if field is None:
            return {}
        for part in parts(field):
            if isinstance(part, OneOf):
                return dict(part.registry)
            model = part
    return {}
