"""Other names by which people know what there is, and the names that it had before."""

from __future__ import annotations

import re
from collections.abc import Mapping

# By what is named, as the settings call it. `mse` sums over outputs like every loss here: with one output it is
# the mean squared error of other libraries.
ALIASES: Mapping[str, Mapping[str, str]] = {
    "loss": {
        "mse": "squared_error",
        "mae": "absolute_error",
        "bce": "binary_cross_entropy",
        "ce": "categorical_cross_entropy",
        "cross_entropy": "categorical_cross_entropy",
    },
    "activation": {
        "linear": "identity",
        "logistic": "sigmoid",
        "leakyrelu": "leaky_relu",
        "lrelu": "leaky_relu",
        "swish": "silu",
    },
    "optimizer": {"gd": "sgd"},
    "init": {"glorot": "xavier", "kaiming": "he"},
}
# What had another name before version 0.2: folders of choices, and keys.
_FORMER_CHOICES = {"experiment": ("mended/", "fixed/")}
_FORMER_KEYS = {"sweep.mends": "sweep.fixes"}


def canonical(word: str, name: str) -> str:
    """The name here of what may be known by another name; `word` says what it is the name of ("loss")."""
    return ALIASES.get(word, {}).get(name, name)


def canonical_override(override: str) -> tuple[str, str | None]:
    """An override with the names of here in place of others, and a notice where one was a former name."""
    signed, equals, value = override.partition("=")
    key = signed.lstrip("+~")
    if key == "subject":
        return with_whole_key(override), None
    if key in _FORMER_KEYS:
        now = _FORMER_KEYS[key]
        return f"{signed.replace(key, now)}{equals}{value}", _notice(key, now)
    for alias, name in ALIASES.get(key, {}).items():
        value = _replaced(value, rf"{alias}(?![\w./-])", name)
    before, now = _FORMER_CHOICES.get(key, ("", ""))
    renamed = _replaced(value, before, now) if before else value
    notice = _notice(f"{key}={before}NAME", f"{key}={now}NAME") if renamed != value else None
    return f"{signed}{equals}{renamed}", notice


def with_whole_key(override: str) -> str:
    """`subject=FILE:NAME` as the key that it is short for, so that its other keys can be set beside it."""
    key, equals, value = override.partition("=")
    short = key.lstrip("+~") == "subject" and equals and not value.startswith("{")
    return f"{key}.path={value}" if short else override


def _replaced(value: str, name: str, by: str) -> str:
    """A value, or several in a list or sweep, with what begins with a name as it is called here."""
    return re.sub(rf"(?<![\w./-]){name}", by, value)


def _notice(before: str, now: str) -> str:
    return f"{before} is now {now}; the old name works in this version only"
