"""Of how many gradients a loss is the loss: up to one factor, and up to a weight decay beside it."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runner.recording.scenario import Array
from runner.recording.scenarios.changes import Change
from runner.recording.scenarios.losses.found import StepRun
from runner.recording.scenarios.losses.usual import Builder
from runner.recording.scenarios.points import numbers
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

SAME = 1e-6
# Numbers in an array that show a weight decay.
_LEAST = 4


@dataclass(frozen=True)
class Decay:
    """A weight decay: `strength` / 2 times the squares of some parameters, of those entries that the step changes."""

    strength: float
    names: tuple[str, ...]

    def added(self, builder: Builder, run: StepRun, loss: Node) -> Node:
        """The loss with it."""
        assert run.tape is not None
        for name in self.names:
            held, before = run.before[name]
            leaf, now = run.tape.leaf_of(held), numbers(run.after.get(name))
            if leaf is None or now is None or now.shape != before.shape:
                continue
            part = builder.product(leaf, builder.constant((now != before).astype(np.float64)))
            loss = builder.of(
                "add", operator.add, loss, builder.times(builder.total(builder.product(part, part)), self.strength / 2)
            )
        return loss


def fitted(
    slopes: Sequence[Array | None],
    ratios: Sequence[float | None],
    supplied: Sequence[Array | None],
    found: Sequence[Change],
    order: Sequence[int],
    written: Sequence[float],
) -> tuple[float, list[bool], Decay | None] | None:
    """The number by which most gradients are multiples of the slopes, which they are, and the decay beside it.

    `written` says how many times each parameter stands in its gradient as a term of its own.
    """
    factors = [ratio for place in order if (ratio := ratios[place])]
    if len(factors) < len(found):
        factors += [
            f for place in order if (f := _with_decay(slopes[place], supplied[place], found[place], written[place]))
        ]
    best: tuple[int, float, list[bool], Decay | None] | None = None
    for number, factor in enumerate(factors):
        if any(abs(one / factor - 1.0) <= SAME for one in factors[:number]):
            continue
        same = [one is not None and abs(one / factor - 1.0) <= SAME for one in ratios]
        decay = None if all(same) else _decay(factor, slopes, supplied, found, same, written)
        fitting = sum(same) + (0 if decay is None else len(decay.names))
        # Of as many a mean before a sum: dividing by the number of samples is forgotten more often than added.
        if best is None or (fitting, -abs(factor)) > (best[0], -abs(best[1])):
            best = fitting, factor, same, decay
    return None if best is None else best[1:]


def ratio_of(slope: Array | None, given: Array | None) -> float | None:
    """The supplied gradient over the slope of the loss; None where they are not multiples of each other."""
    if slope is None or given is None or np.size(given) != np.size(slope):
        return None
    a, n = np.asarray(given, dtype=np.float64).ravel(), np.asarray(slope, dtype=np.float64).ravel()
    square = float(n @ n)
    if not (np.isfinite(square) and square > 0.0 and np.isfinite(a).all()):
        return None
    ratio = float(a @ n) / square
    fits = float(np.linalg.norm(a - ratio * n)) <= SAME * float(np.linalg.norm(a))
    return ratio if fits and ratio else None


def _with_decay(slope: Array | None, given: Array | None, change: Change, written: float) -> float | None:
    """The same where a multiple of the parameter is in the gradient, too."""
    if slope is None or given is None or np.size(given) != np.size(slope):
        return None
    if written:
        return ratio_of(slope, np.ravel(given) - written * np.ravel(np.asarray(change.before.value, dtype=np.float64)))
    if np.size(slope) < _LEAST:
        return None
    a, n = np.ravel(given), np.ravel(slope)
    w = np.ravel(np.asarray(change.before.value, dtype=np.float64)) * (a != 0.0)
    both = np.stack([n, w], axis=1)
    if not (np.isfinite(both).all() and np.isfinite(a).all()):
        return None
    parts = np.linalg.lstsq(both, a, rcond=None)[0]
    fits = float(np.linalg.norm(a - both @ parts)) <= SAME * float(np.linalg.norm(a))
    return float(parts[0]) if fits and abs(parts[0]) > SAME else None


def _decay(
    factor: float,
    slopes: Sequence[Array | None],
    supplied: Sequence[Array | None],
    found: Sequence[Change],
    same: Sequence[bool],
    written: Sequence[float],
) -> Decay | None:
    """The decay of which the gradients that don't fit are made beside the loss; None where there is none."""
    strengths: dict[str, float] = {}
    sizes: dict[str, int] = {}
    for slope, given, change, fits, own in zip(slopes, supplied, found, same, written, strict=True):
        if fits or slope is None or given is None or np.size(given) != np.size(slope):
            continue
        rest = np.ravel(given) - factor * np.ravel(slope)
        w = np.ravel(np.asarray(change.before.value, dtype=np.float64)) * (np.ravel(given) != 0.0)
        square = float(w @ w)
        strength = float(rest @ w) / square if square > 0.0 else 0.0
        if strength * factor > 0.0 and np.linalg.norm(rest - strength * w) <= SAME * np.linalg.norm(np.ravel(given)):
            strengths[change.name], sizes[change.name] = abs(strength), np.size(given)
            if own and abs(strength / own - 1.0) <= SAME:  # it stands there, and is no chance
                sizes[change.name] = max(_LEAST, sizes[change.name])
    if not strengths:
        return None
    usual = max(strengths.values())
    names = tuple(name for name, one in strengths.items() if abs(one / usual - 1.0) <= SAME)
    # A single number is a multiple of its weight whatever is wrong with it.
    return Decay(usual, names) if sum(sizes[name] for name in names) >= _LEAST else None


def from_the_output(tape: Tape, found: Sequence[Change]) -> list[int]:
    """The positions of the changes, those whose parameter is read last on the way forward first."""
    first: dict[int, int] = {}
    for node in tape.nodes:
        for operand in node.operands:
            first.setdefault(operand.index, node.index)
    places = range(len(found))
    return sorted(places, key=lambda place: -first.get(found[place].before.index, 0))
