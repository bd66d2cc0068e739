"""pydantic's errors as `Problem`s: the path, what was given, what is allowed, the nearest name, the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails, ValidationError

from runner.errors import Problem, nearest
from runner.settings.keys import item, model_at

_MESSAGES: dict[str, str] = {
    "missing": "is missing",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "finite_number": "must be a finite number",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping of keys",
    "model_attributes_type": "must be a mapping of keys",
    "greater_than": "must be greater than {gt:.15g}",
    "greater_than_equal": "must be at least {ge:.15g}",
    "less_than": "must be less than {lt:.15g}",
    "less_than_equal": "must be at most {le:.15g}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
}
_NUMBERS = ("int_type", "float_type")


def problems(error: ValidationError, model: type[BaseModel], config: object) -> list[Problem]:
    """One problem for each place in `config` that `model` refused with `error`.

    Where a value may have one of several forms pydantic reports what is wrong with it as each. Of one place the first
    is kept, and of places within each other the innermost: the form that matched furthest was meant.
    """
    found: dict[str, Problem] = {}
    for details in error.errors(include_url=False):
        problem = _problem(details, model, config)
        found.setdefault(problem.path, problem)
    return [problem for path, problem in found.items() if not any(_holds(path, other) for other in found)]


def dotted(location: tuple[str | int, ...]) -> str:
    """A location as a person writes it: `network.hidden[0]`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _holds(path: str, other: str) -> bool:
    return other.startswith((f"{path}.", f"{path}["))


def _users_keys(location: Sequence[str | int], config: object) -> Iterator[str | int]:
    """The keys that the user wrote: pydantic adds the form tried, and `OneOf` the name of a bare choice."""
    for part in location:
        if isinstance(part, str) and (part.startswith("<") or not isinstance(config, Mapping)):
            continue
        yield part
        config = item(config, part)


def _problem(details: ErrorDetails, model: type[BaseModel], config: object) -> Problem:
    location = tuple(_users_keys(details["loc"], config))
    kind, given, context = details["type"], details["input"], details.get("ctx", {})
    path = dotted(location)
    if kind in _WITH_NAMES:
        return _WITH_NAMES[kind](path, given, context)
    if kind == "extra_forbidden":
        return _unknown_key(location, given, model_at(model, config, location[:-1]), config)
    if kind == "missing":
        key = details["loc"][-1]  # of a choice by its bare name the user has written no mapping
        return Problem(path if location[-1:] == (key,) else dotted((*location, key)), "is missing")
    if kind == "value_error":
        return Problem(path, str(context["error"]), given=given)
    message = _MESSAGES[kind].format(**context) if kind in _MESSAGES else details["msg"]
    if kind in _NUMBERS and isinstance(given, str):
        message += ", not text"
    return Problem(path, message, given=given)


def _unknown_key(
    location: tuple[str | int, ...], given: object, model: type[BaseModel] | None, config: object
) -> Problem:
    key, where = str(location[-1]), dotted(location[:-1])
    keys = list(model.model_fields) if model is not None else []
    for part in location[:-1]:
        config = item(config, part)
    choice = item(config, "name")  # the keys of an optimiser are not those of another
    message = f"unknown key {key!r}" + (f" in {where}" if where else "") + (f" ({choice})" if choice else "")
    return Problem(dotted(location), message, given=given, allowed=keys, nearest=nearest(key, keys))


def _unknown_name(path: str, given: Any, context: Mapping[str, Any]) -> Problem:
    allowed, near = context["allowed"], nearest(str(given), context["allowed"])
    return Problem(path, f"unknown {context['word']} {given!r}", given=given, allowed=allowed, nearest=near)


def _no_name(path: str, given: Any, context: Mapping[str, Any]) -> Problem:
    return Problem(path, f"is missing: which {context['word']}?", allowed=context["allowed"])


def _literal(path: str, given: Any, context: Mapping[str, Any]) -> Problem:
    allowed = re.findall(r"'([^']*)'", context["expected"])
    near = nearest(given, allowed) if isinstance(given, str) else None
    return Problem(path, f"can't be {given!r}", given=given, allowed=allowed, nearest=near)


def _rule(path: str, given: Any, context: Mapping[str, Any]) -> Problem:
    return Problem(path, context["message"], given=given)


def _as_it_is(path: str, given: Any, context: Mapping[str, Any]) -> Problem:
    problem: Problem = context["problem"]
    return replace(problem, path=path)


_WITH_NAMES: dict[str, Callable[[str, Any, Mapping[str, Any]], Problem]] = {
    "unknown_name": _unknown_name,
    "no_name": _no_name,
    "literal_error": _literal,
    "rule": _rule,
    "problem": _as_it_is,
}
