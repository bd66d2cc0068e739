"""Guessing how a subject is called: expressions for its parameters, loss, gradients and outputs, the likely ones first.

A name in YAML narrows the guess to that name, a call expression ends it. What is guessed is tried by `finding_out`.
"""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from runner.subjects import naming_habits as habits
from runner.subjects.expressions import private, public_names
from runner.subjects.naming_habits import plain

_MOST_GUESSES = 24
# A letter for weights or biases, and letters for the layers that they join.
_LETTERED = re.compile(r"[wub][a-z]{1,2}\d*$")
# By how many arguments are needed.
_PAIRS = "list(zip(X[:, :, None], Y[:, :, None]))"
_BY_PLACE = {0: ("",), 1: ("X", "Y"), 2: ("X, Y",), 3: ("X, Y, lr",)}


def parameter_texts(subject: Any, mapped: str | None) -> Iterator[str]:
    """Expressions for the arrays of parameters."""
    if mapped is not None:
        yield mapped
        return
    names = public_names(subject)
    yield from _named(names, habits.PARAMETERS)
    weights, biases = list(_named(names, habits.WEIGHTS)), list(_named(names, habits.BIASES))
    held = {name: getattr(subject, private(subject, name), None) for name in names}
    for weight in weights:
        if callable(held[weight]):
            continue
        for bias in biases:
            yield f"[{weight}, {bias}]"
        if isinstance(held[weight], list | dict | tuple) or not _numbered(held):
            yield weight
    arrays = _numbered(held)
    if arrays:
        yield f"[{', '.join(arrays)}]"
    lettered = [name for name, value in held.items() if name in arrays or _is_lettered(name, value)]
    if lettered != arrays:
        yield f"[{', '.join(lettered)}]"
    yield from (name for name in _named(names, habits.LAYER_LISTS) if isinstance(held[name], list | tuple))


def call_texts(subject: Any, role: str, mapped: str | None, forward: Sequence[str]) -> Iterator[str]:
    """Expressions for a role of `ROLES`; `forward` are those for the outputs."""
    if mapped is not None and not mapped.isidentifier():
        yield mapped
        return
    names = public_names(subject)
    for name in [mapped] if mapped is not None else _named(names, ROLES[role]):
        target = getattr(subject, private(subject, name), None)
        if not callable(target):
            if mapped is not None:
                yield from (f"{name}", *(f"{one}; {name}" for one in forward))
            continue
        calls = list(itertools.islice(dict.fromkeys(argument_texts(name, target, forward)), _MOST_GUESSES))
        yield from calls
        yield from (f"{one}; {call}" for call in calls for one in forward[:2])


def argument_texts(name: str, function: Callable[..., Any], forward: Sequence[str]) -> Iterator[str]:
    """Calls of a function, its arguments chosen by their names, else by their places."""
    kinds = list(_argument_kinds(function))
    yield from _of_pairs(name, kinds)
    if not any(kind is None for _, kind, _ in kinds):
        options = [_values(kind, forward) for _, kind, _ in kinds if kind]
        for values in itertools.product(*options):
            yield f"{name}({', '.join(_keyworded(kinds, values))})"
        known = {kind for _, kind, _ in kinds}
        if "cache" not in known and {"X", "Y"} <= known:
            return  # nothing is left to guess
    required = sum(needed for _, _, needed in kinds)
    yield from (f"{name}({values})" for values in _BY_PLACE.get(required, ()))
    for one in forward if required in (2, 3) else ():
        yield f"{name}({one}, Y)" if required == 2 else f"{name}(X, Y, {one})"
    if required == 2:
        yield from (f"{name}(Y, {one})" for one in forward)


def kept_gradients(subject: Any, names: Sequence[str]) -> Iterator[str]:
    """Attributes in which gradients may have been kept, for parameters of these names."""
    have = set(public_names(subject))
    bare = [name.removeprefix("self.").partition("[")[0].partition(".")[0] for name in names]
    unique = list(dict.fromkeys(bare))
    for pattern in habits.GRADIENT_PATTERNS:
        kept = [pattern.format(name) for name in unique]
        hidden = [f"_{one}" for one in kept]
        for candidate in (kept, hidden, [pattern.format(name.strip("_")) for name in unique]):
            if all(one in have for one in candidate):
                yield f"[{', '.join(candidate)}]"
    yield from _named(tuple(have), habits.KEPT_GRADIENTS)
    if any("layers[" in name for name in names):
        for pattern in ("d{}", "grad_{}", "{}_grad", "d_{}"):
            parts = [name.rpartition(".") for name in names]
            yield f"[{', '.join(f'{holder}.{pattern.format(last)}' for holder, _, last in parts)}]"


ROLES: dict[str, Sequence[str]] = {
    "loss": habits.LOSS,
    "gradients": habits.GRADIENTS,
    "update": habits.UPDATES,
    "forward": habits.FORWARD,
    "predict": habits.PREDICT,
}


def _named(names: Iterable[str], wanted: Sequence[str]) -> Iterator[str]:
    """Those of `names` that are among `wanted`, in the order of `wanted`."""
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain(name), name)
    return (by_plain[one] for one in wanted if one in by_plain)


def _numbered(held: dict[str, Any]) -> list[str]:
    """Attributes like W1, b1, w_out, in the order in which the constructor made them."""
    return [name for name, value in held.items() if is_parameter_name(name) and _is_numeric(value)]


def is_parameter_name(name: str) -> bool:
    """Whether weights and biases are called like this."""
    word = plain(name)
    if any(part in word for part in habits.NOT_PARAMETERS):
        return False
    starts = ("w", "b", "theta", "weight", "bias", "syn", "v", "u", "k")
    stem = word.rstrip("0123456789")
    short = stem in ("w", "b", "v", "u", "theta", "weights", "weight", "bias", "biases", "syn", "synapse", "wb", "k")
    long = word.startswith(("weight", "bias", "theta", "syn")) or "weight" in word or "bias" in word
    marked = len(name) > 2 and name.lower().lstrip("_").startswith(("w_", "b_")) and word.startswith(starts)
    inner = stem in ("wh", "bh", "wo", "bo", "wi", "bi", "wih", "who", "wout", "bout", "win", "whidden", "bhidden")
    return short or long or marked or inner


def _is_lettered(name: str, value: Any) -> bool:
    """Whether it is an array with a name like Wxh, Whh, by: what a recurrent network has."""
    return isinstance(value, np.ndarray) and bool(_LETTERED.match(plain(name))) and _is_numeric(value)


def _is_numeric(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu" and value.size > 0
    return isinstance(value, float | np.floating)


def _argument_kinds(function: Callable[..., Any]) -> Iterator[tuple[str, str | None, bool]]:
    """Name, kind and whether it is needed, of each argument to give: those that are needed, or known by name."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return
    words = [plain(parameter.name) for parameter in parameters]
    has_inputs = any(word in habits.INPUTS for word in words)
    has_targets = any(word in habits.TARGETS for word in words)
    unknown_targets = has_inputs and not has_targets
    for parameter, word in zip(parameters, words, strict=True):
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        needed = parameter.default is parameter.empty
        kind = None
        if word in habits.INPUTS:
            kind = "X"
        elif word in habits.TARGETS or (word in ("output", "outputs") and has_inputs and not has_targets):
            kind = "Y"
        elif word in habits.OUTPUTS:
            kind = "forward"
        elif word in habits.RATES:
            kind = "lr"
        elif word in habits.ONCE:
            kind = "1"
        elif needed and word in habits.BATCH_SIZES:
            kind = "n"
        elif needed and unknown_targets and word not in habits.CACHES:
            kind, unknown_targets = "Y", False
        elif needed:
            kind = "cache"
        if needed or kind in ("X", "Y", "lr", "1"):
            yield parameter.name, kind, needed


def _of_pairs(name: str, kinds: Sequence[tuple[str, str | None, bool]]) -> Iterator[str]:
    """The call of what takes its samples and targets as pairs, and everything else by name."""
    pairs = [one for one, _, needed in kinds if needed and plain(one) in habits.PAIRS]
    others = [kind for one, kind, _ in kinds if one not in pairs]
    if len(pairs) == 1 and all(kind in ("lr", "1", "n") for kind in others):
        values = (_PAIRS if one in pairs else str(kind) for one, kind, _ in kinds)
        yield f"{name}({', '.join(_keyworded(kinds, list(values)))})"


def _values(kind: str, forward: Sequence[str]) -> list[str]:
    if kind == "forward":
        return [text for one in forward for text in (one, f"{one}[0]", f"{one}[-1]")]
    if kind == "cache":
        return [text for one in forward for text in (one, f"{one}[1]", f"{one}[-1]", f"{one}[0]")]
    return [kind]


def _keyworded(kinds: Sequence[tuple[str, str | None, bool]], values: Sequence[str]) -> Iterator[str]:
    for (name, _, needed), value in zip(kinds, values, strict=True):
        yield value if needed else f"{name}={value}"
