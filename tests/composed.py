"""Settings of command lines that differ in numbers alone, composed once: Hydra takes a tenth of a second each time."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from runner.composition.composing import task_config
from runner.composition.configuration import unchecked
from runner.composition.options import parse
from runner.composition.session import session
from runner.settings import Settings, validate

_NUMBER = re.compile(r"([a-z0-9_.]+)=(-?\d+(?:\.\d+)?(?:e-?\d+)?)")


@cache
def _config(words: tuple[str, ...]) -> dict[str, Any]:
    with session(parse(words)) as hydra:
        return task_config(unchecked(hydra))


def settings_of(words: Iterable[str]) -> Settings:
    """The settings of a command line, as Hydra composes them: a number is put in the place of another."""
    words = list(words)
    numbers = {match[1]: match[2] for word in words if (match := _NUMBER.fullmatch(word))}
    config = copy.deepcopy(_config(tuple(word for word in words if not _NUMBER.fullmatch(word))))
    for key, number in numbers.items():
        *path, last = key.split(".")
        part = config
        for name in path:
            part = part[name]
        assert last in part, f"{key} is no setting of this configuration"
        part[last] = json.loads(number)
    return validate(config)
