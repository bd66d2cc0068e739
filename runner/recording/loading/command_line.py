"""The command line of a program that is run without one: what its parser requires is put in."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

_PARSE = argparse.ArgumentParser.parse_known_args
# What is given for a text; what a file or a folder of this name should hold is then made up.
_TEXT, _NUMBER = "data", 2


def answered(note: Callable[[str], None]) -> None:
    """Let parsers in this process require nothing; `note` is called with the name of each argument that was put in."""

    def parse(parser: argparse.ArgumentParser, *given: Any, **named: Any) -> Any:
        for action in parser._actions:
            if action.required and not isinstance(action, argparse._SubParsersAction):
                note(action.option_strings[-1] if action.option_strings else action.dest)
                _with_default(action)
        return _PARSE(parser, *given, **named)

    argparse.ArgumentParser.parse_known_args = parse  # type: ignore[method-assign,assignment]


def as_before() -> None:
    """Let parsers require what they require."""
    argparse.ArgumentParser.parse_known_args = _PARSE  # type: ignore[method-assign]


def _with_default(action: argparse.Action) -> None:
    action.required = False
    value: Any = next(iter(action.choices)) if action.choices else _NUMBER if action.type in (int, float) else _TEXT
    if not action.option_strings:
        action.nargs = "*" if action.nargs in ("+", "*") else "?"
    action.default = [value] if action.nargs in ("+", "*") or isinstance(action.nargs, int) else value
