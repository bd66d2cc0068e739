"""How many of the gradients of a step belong to what may be its loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.scenario import StepFailed
from runner.recording.scenarios.changes import Change, changes, descends
from runner.recording.scenarios.following import ancestors, passed
from runner.recording.scenarios.losses.called import loss_calls
from runner.recording.scenarios.losses.found import Called, FoundLoss
from runner.recording.scenarios.losses.reports import reported_losses
from runner.recording.scenarios.points import numbers
from runner.recording.scenarios.step import Run, Step
from runner.recording.taping.node import Node

Array = NDArray[np.float64]

SAME = 1e-6


def supplied_by(change: Change, run: Run) -> Array | None:
    """The gradient of a change, without what is only known of the loss."""
    before, now = run.before[change.name][1], numbers(run.after.get(change.name))
    if now is None:
        return None
    if change.gradient is None:
        return (before - now) / (change.rate or 1.0)
    gradient = np.asarray(change.gradient.value, dtype=np.float64)
    if change.stateful:
        return gradient * descends(before - now, gradient)
    return gradient * change.factor


def best_of(
    run: Run, found: Sequence[Change], supplied: Sequence[Array | None], candidates: Sequence[Node]
) -> tuple[Node | None, int]:
    """Of the scalars the one to which most gradients belong, and how many; of equals the first."""
    assert run.tape is not None
    best: tuple[int, int] | None = None
    chosen: Node | None = None
    for node in candidates:
        exact = adjoints(run.tape, node)
        slopes = [exact.of(change.before) for change in found]
        known = sum(slope is not None for slope in slopes)
        right = sum(_same(slope, given) for slope, given in zip(slopes, supplied, strict=True))
        if known and (best is None or (right, known) > best):
            best, chosen = (right, known), node
        if right == len(found):
            break
    return chosen, 0 if best is None else best[0]


def best_called(step: Step, run: Run, found: Sequence[Change]) -> tuple[int, FoundLoss] | None:
    """A loss function of the program that the step does not call, called with variables of its beginning or end.

    What takes the parameters or the inputs computes the outputs itself: it is called before these change.
    """
    best: tuple[int, FoundLoss] | None = None
    for loss in _computed(step, run, [change.name for change in found]):
        right = _right_with(step, loss, found)
        if right is not None and (best is None or right > best[0]):
            best = right, loss
        if right == len(found):
            break
    return best


def _computed(step: Step, run: Run, names: Sequence[str]) -> Iterator[Called]:
    """Losses by a function that looks like one, and by the lines of the loop that report one."""
    for text, call in loss_calls(run.scope):
        yield from (Called(text, at_start=call), Called(text, at_end=call))
    source = None if step.key is None else step.program.sources.get(Path(step.key[0]))
    if step.key is not None and source is not None:
        for text, call in reported_losses(source.text, source.file, step.key[1], names):
            yield Called(text, at_start=call)


def _right_with(step: Step, loss: FoundLoss, found: Sequence[Change]) -> int | None:
    """How many gradients belong to a loss; None where it can't be called, or doesn't depend on the parameters."""
    try:
        run = step.run(recorded=True, at_start=loss.at_start, at_end=loss.at_end)
        node, _ = loss.node(run)
    except (StepFailed, LookupError):
        return None
    assert run.tape is not None
    again = changes(run.tape, run.before, run.after, [change.name for change in found])
    exact = adjoints(run.tape, node)
    slopes = [exact.of(change.before) for change in again]
    if all(slope is None for slope in slopes):
        return None
    updated = {passed(end).index for one in again if (end := run.tape.node_of(run.after[one.name])) is not None}
    if any(one.index in updated for one in ancestors(node)):
        return None
    return sum(_same(slope, supplied_by(one, run)) for slope, one in zip(slopes, again, strict=True))


def _same(slope: Array | None, given: Array | None) -> bool:
    if slope is None or given is None or np.size(slope) != np.size(given):
        return False
    a, n = np.ravel(given), np.ravel(slope)
    return float(np.linalg.norm(a - n)) <= SAME * max(float(np.linalg.norm(a)), float(np.linalg.norm(n)))
