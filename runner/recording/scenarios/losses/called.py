"""Losses that the step does not compute as a number: functions that look like losses, and objects that hold one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runner.recording.scenarios.losses.found import Called, StepRun
from runner.recording.scenarios.losses.written import names_loss
from runner.recording.scenarios.places import is_own_object
from runner.subjects import naming_habits as habits
from runner.subjects.naming_habits import plain

_HELD = ("data", "value", "val", "item")


def held_loss(run: StepRun) -> Called | None:
    """A loss that is an object of theirs, by the number that it holds: `loss.data`."""
    assert run.tape is not None
    for name, value in run.scope.items():
        if not names_loss(name) or not is_own_object(value):
            continue
        for word in _HELD:
            number = getattr(value, word, None)
            if isinstance(number, float | np.floating | np.ndarray) and np.size(number) == 1:

                def at_end(scope: Mapping[str, Any], name: str = name, word: str = word) -> Any:
                    return getattr(scope[name], word)

                if run.tape.node_of(number) is not None:
                    return Called(f"{name}.{word}", at_end=at_end)
    return None


def loss_calls(scope: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[Mapping[str, Any]], Any]]]:
    """Calls of functions and methods that look like losses, as text and as what carries it out in a scope."""
    for name, arguments in _candidates(scope):
        text = f"{name}({', '.join(arguments)})"

        def call(at: Mapping[str, Any], name: str = name, arguments: Sequence[str] = tuple(arguments)) -> Any:
            holder, _, method = name.rpartition(".")
            function = getattr(at[holder], method) if holder else at[method]
            return function(*(at[one] for one in arguments))

        yield text, call


def _candidates(scope: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The names of loss functions and methods, with the variables to give them."""
    functions = [(name, one) for name, one in scope.items() if inspect.isfunction(one) and names_loss(name)]
    for holder, value in scope.items():
        if is_own_object(value):
            named = (key for key in dir(type(value)) if names_loss(key) and not key.startswith("__"))
            functions += [(f"{holder}.{key}", getattr(value, key)) for key in named if callable(getattr(value, key))]
    for name, function in functions:
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):
            continue
        needed = [one.name for one in parameters if one.default is one.empty]
        for arguments in _arguments(needed, scope):
            yield name, arguments


def _arguments(needed: Sequence[str], scope: Mapping[str, Any]) -> Iterator[list[str]]:
    """Variables for the arguments of these names: of the same name, or of the same role."""
    chosen = []
    for name in needed:
        if name in scope and not callable(scope[name]):
            chosen.append(name)
            continue
        roles = [habits.TARGETS] if plain(name) in habits.TARGETS else [habits.OUTPUTS, habits.INPUTS]
        same = [other for role in roles if plain(name) in role for other in scope if plain(other) in role]
        same = [other for other in same if isinstance(scope[other], np.ndarray | float)]
        if not same:
            return
        chosen.append(same[0])
    yield chosen
