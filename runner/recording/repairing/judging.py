"""Whether what a changed statement makes is right: a true derivative where there was none, with the right factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runner.recording.locating.colours import TRUE, Colour, Coloured, Colours
from runner.recording.locating.projections import real, signature
from runner.recording.repairing.running import Result
from runner.recording.taping.node import Node

_LARGEST = 20_000_000  # bytes of a result that broadcasting may make


@dataclass(frozen=True)
class Judge:
    """Compares what a statement makes before and after an edit.

    `wanted` are the indices of the values whose derivative the statement has to make, where that is known; where it is
    None, the result has to be a true derivative of anything. `ratio` is by what the result is too large where it
    is a true derivative but for a factor: then it has to be the same derivative with the right factor.
    """

    colours: Colours
    wanted: frozenset[int] | None = None
    ratio: float | None = None

    def verdict(self, now: Result | None, before: Result | None) -> bool | None:
        """Whether all that has changed is right now; None where nothing has changed."""
        if now is None or before is None or len(now.parts) != len(before.parts):
            return False
        changed = [(a, b) for a, b in zip(now.parts, before.parts, strict=True) if not _same(a, b)]
        return all(self._right(a, b) for a, b in changed) if changed else None

    def _right(self, value: Any, before: Any) -> bool:
        if self.ratio is not None and np.size(value) == 1 and np.size(before) == 1 and _is_count(before):
            return _is_count(value) and _are_apart(value, before, self.ratio)
        found = self.found(value)
        if found is None or found.colour not in TRUE:
            return False
        if self.ratio is not None:
            was = self.found(before)
            return was is not None and _divided(found, was, self.ratio)
        if not self._is_new(found, before):
            return False
        leaves = [match.reference for match in found.matches if match.reference.kind == "leaf"]
        if found.colour is Colour.ADJOINT and leaves and not any(_fits(value, leaf) for leaf in leaves):
            return False
        if self.wanted is None or found.colour is not Colour.ADJOINT:
            return True
        return any(match.reference.index in self.wanted for match in found.matches)

    def _is_new(self, found: Coloured, before: Any) -> bool:
        """Whether a derivative has a factor as others of their code have, and was not the same derivative before."""
        usual = [m for m in found.matches if any(abs(m.factor / f - 1) < 1e-6 for f in (1.0, *self.colours.factors))]
        was = self.found(before)
        if was is None or was.colour is not found.colour:
            return bool(usual)
        known = {match.reference.index for match in was.matches}
        return any(match.reference.index not in known for match in usual)

    def became_true(self, now: Result | None, before: Result | None) -> bool:
        """Whether something is a true derivative that was none before."""
        if now is None or before is None or len(now.parts) != len(before.parts):
            return False
        return any(self._is_true(a) and not self._is_true(b) for a, b in zip(now.parts, before.parts, strict=True))

    def _is_true(self, value: Any) -> bool:
        found = self.found(value)
        return found is not None and found.colour in TRUE

    def found(self, value: Any) -> Coloured | None:
        """The colour of a value; None where it is no known one, or far too large."""
        array = real(value)
        if array is None or array.nbytes > _LARGEST:
            return None
        known = signature(array)
        return self.colours.known(known) if known.norm else None


def _fits(value: Any, leaf: Node) -> bool:
    """Whether a gradient can be subtracted from its parameter without making it another shape."""
    try:
        return np.broadcast_shapes(np.shape(value), leaf.shape) == leaf.shape
    except ValueError:
        return False


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and value != 0


def _are_apart(one: Any, other: Any, ratio: float) -> bool:
    """Whether one number is the other times the ratio, or divided by it."""
    quotient = float(one) / float(other)
    return abs(quotient / ratio - 1) < 1e-9 or abs(quotient * ratio - 1) < 1e-9


def _divided(now: Coloured, was: Coloured, ratio: float) -> bool:
    """Whether a value is the same derivative as before, divided by the ratio."""
    factors = {match.reference.index: match.factor for match in was.matches}
    return any(
        abs(match.factor * ratio - factors[match.reference.index]) <= 1e-6 * abs(factors[match.reference.index])
        for match in now.matches
        if match.reference.index in factors
    )


def _same(one: Any, other: Any) -> bool:
    try:
        return one is other or bool(np.array_equal(one, other))
    except Exception:
        return False
