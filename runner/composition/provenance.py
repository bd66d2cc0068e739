"""Which values of a configuration came from the environment, by whatever way.

Each value is filled in with a resolver in place of OmegaConf's `oc.env` that notes that it was asked: so a blank, a
nested interpolation, or one that refers to another key which refers to the environment make no difference.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from omegaconf import Container, DictConfig, OmegaConf
from omegaconf.basecontainer import BaseContainer
from omegaconf.errors import OmegaConfBaseException

from runner.composition.session import REGISTER
from runner.redaction import keep

Keys = tuple[str | int, ...]

_ENV = "oc.env"
_LOCK = threading.Lock()  # resolvers are those of the process
_NONE = object()


def from_environment(unresolved: Mapping[str, Any] | DictConfig) -> dict[Keys, str]:
    """The interpolation that stands for each value that came from the environment, by its path.

    The values are kept out of what is printed and written from now on.
    """
    if isinstance(unresolved, Mapping) and "${" not in repr(unresolved):
        return {}
    config = unresolved if isinstance(unresolved, DictConfig) else OmegaConf.create(dict(unresolved))
    with _LOCK:
        asked = _Asked()
        with asked.instead_of_the_environment():
            found = dict(_found(config, asked, ()))
        for path, text in found.items():
            _keep(config, path, text)
        for key, text in asked.texts.items():
            if (value := os.environ.get(key)) is not None:
                keep(value, text)
    return found


class _Asked:
    """Stands in for the environment: gives tokens, and knows what they stand for."""

    def __init__(self) -> None:
        self.count = 0
        self.texts: dict[str, str] = {}
        self._tokens: dict[str, str] = {}

    def __call__(self, key: str, default: Any = _NONE) -> str:
        """The token of a variable."""
        self.count += 1
        name = key if re.fullmatch(r"\w+", key) else _quoted(key)
        text = f"${{oc.env:{name}}}" if default is _NONE else f"${{oc.env:{name},{_default(default)}}}"
        self.texts[key] = text
        token = f"whynanEnvironment{len(self._tokens)}x"
        self._tokens[token] = text
        return token

    def filled(self, text: str) -> str:
        """`text` with the interpolations in place of their tokens."""
        for token, interpolation in self._tokens.items():
            text = text.replace(token, interpolation)
        return text

    @contextmanager
    def instead_of_the_environment(self) -> Iterator[None]:
        """Answer in place of `oc.env`."""
        resolvers = BaseContainer._resolvers
        before = resolvers[_ENV]
        getattr(OmegaConf, REGISTER)(_ENV, self, replace=True)
        try:
            yield
        finally:
            resolvers[_ENV] = before


def _found(node: Any, asked: _Asked, path: Keys) -> Iterator[tuple[Keys, str]]:
    for key in node if OmegaConf.is_dict(node) else range(len(node)):
        if not path and key == "hydra":
            continue
        child = node._get_node(key)
        text = child._value() if child is not None else None
        before = asked.count
        try:
            value = node[key]
        except (OmegaConfBaseException, ValueError):
            value = text
        if asked.count > before:
            whole = isinstance(value, str) and value != text
            yield (*path, key), asked.filled(value) if whole else str(text)
        elif isinstance(value, Container):
            yield from _found(value, asked, (*path, key))


def _keep(config: Any, path: Keys, text: str) -> None:
    try:
        for key in path:
            config = config[key]
    except (OmegaConfBaseException, ValueError):
        return  # composing reports it
    if isinstance(config, str):
        keep(config, text)


def _default(value: Any) -> str:
    return "null" if value is None else _quoted(str(value))


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
