"""Choosing the loss of a step among what it computes, what the program could compute, and what must have been meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.scenario import Point, StepFailed
from runner.recording.scenarios.changes import Change, changes
from runner.recording.scenarios.following import ancestors, depending_on
from runner.recording.scenarios.increments import increments
from runner.recording.scenarios.input_sizes import input_sizes
from runner.recording.scenarios.losses.assumed import NO_LOSS, assume
from runner.recording.scenarios.losses.called import held_loss
from runner.recording.scenarios.losses.fitting import ratio_of
from runner.recording.scenarios.losses.found import At, Called, FoundLoss, Written
from runner.recording.scenarios.losses.trying import SAME, best_called, best_of, supplied_by
from runner.recording.scenarios.losses.written import (
    binds,
    frozen_loss,
    is_monitor,
    names_it,
    part_losses,
    under_roots,
    written_losses,
)
from runner.recording.scenarios.points import moved
from runner.recording.scenarios.step import Run, Step
from runner.recording.taping.node import Node
from runner.subjects.complaint import Complaint

Array = NDArray[np.float64]


class Frozen(Complaint):
    """The step has a loss, and that does not depend on its parameters: there is nothing more to be tried."""


def chosen_loss(
    step: Step, run: Run, found: Sequence[Change], given: Callable[..., Any] | None = None, text: str = ""
) -> FoundLoss:
    """The loss of a step; `given` computes it where that is known already. `StepFailed` where none can be made out.

    A loss that the step computes for itself is taken at its word, whatever the gradients are. What is only reported (a
    sum over many steps, a function called now and then) is taken where its slopes are the gradients; else the usual
    loss that fits them.
    """
    if given is not None:
        return Called(text, at_start=given)
    run, found = _generic(step, run, found)
    assert run.tape is not None
    supplied = [supplied_by(change, run) for change in found]
    steps_only = not _on_the_parameters(run, found)
    ends = [node for change in found if (node := run.tape.node_of(run.after[change.name])) is not None]
    written = [node for node in written_losses(run.tape, found, ends) if not is_monitor(node)]
    held = held_loss(run)
    if held is not None:
        return held
    if steps_only:  # then a number that is not called the loss is none
        written = [node for node in written if names_it(node)]
    binding = [node for node in written if binds(run.tape, node, found)]
    own, _ = best_of(run, found, supplied, [*binding, *under_roots(binding)])
    if own is not None:
        return _with_its_rate(run, found, supplied, own)
    frozen = frozen_loss(run.tape, found)
    if frozen is not None and frozen.place is not None:
        raise Frozen(
            f"the loss in line {frozen.place.line} does not depend on {found[0].name} as it is then: the outputs are "
            "computed before the loop, and must be computed anew in each turn of it",
        )
    parts = [] if steps_only else part_losses(run.tape, found, ends)
    reported = _reported(step, run, found, supplied, [*written, *parts])
    if reported is not None and reported[0] == len(found):
        return reported[1]
    assumed, fitting = assume(run.tape, found, supplied)
    if steps_only and reported is None and fitting < len(found):
        raise Frozen(_by_steps(found))
    if assumed is None and reported is None:
        raise StepFailed(NO_LOSS)
    if assumed is not None and (reported is None or fitting > reported[0]):
        return assumed
    assert reported is not None
    return reported[1]


def _on_the_parameters(run: Run, found: Sequence[Change]) -> bool:
    """Whether some gradient is made of parameters, other than by a comparison."""
    assert run.tape is not None
    depending = depending_on(run.tape, {change.before.index for change in found})
    for change in found:
        made_of = [change.gradient] if change.gradient is not None else _added(run, change)
        values = [node for one in made_of for node in ancestors(one) if node.index in depending]
        if not made_of or any(np.asarray(node.value).dtype.kind == "f" for node in values):
            return True
    return False


def _added(run: Run, change: Change) -> list[Node]:
    """What a step adds to the parts of a parameter."""
    assert run.tape is not None
    end = run.tape.node_of(run.after[change.name])
    return [] if end is None else increments(end, change.before)


def _by_steps(found: Sequence[Change]) -> str:
    names = " and ".join(change.name for change in found)
    place = found[0].gradient.place if found[0].gradient is not None else None  # of parts, each has its own
    where = "" if place is None else f" in line {place.line}"
    return (
        f"what {names} {'is' if len(found) == 1 else 'are'} changed by{where} depends on the parameters by a "
        "comparison alone, as in the rule of a perceptron: that is no gradient of a loss, and there is nothing to "
        "compare it with"
    )


def _with_its_rate(run: Run, found: Sequence[Change], supplied: Sequence[Array | None], loss: Node) -> Written:
    """A written loss; where no rate is written apart from the gradients, with the rate at which all of these are right.

    That rate is a guess, but a common factor of such gradients is no mistake that could be distinguished from it.
    """
    assert run.tape is not None
    assert loss.place is not None
    at = At.of(run.tape, loss)
    if any(change.apart for change in found):
        return Written(at)
    exact = adjoints(run.tape, loss)
    slopes = [exact.of(change.before) for change in found]
    telling = [
        (change, one, given)
        for change, one, given in zip(found, slopes, supplied, strict=True)
        if not _both_zero(one, given)
    ]
    ratios = [ratio_of(one, given) for _, one, given in telling]
    first = ratios[0] if ratios else None
    rates = {change.rate or 1.0 for change, _, _ in telling}
    if first is None or first <= 0.0 or abs(first - 1.0) <= SAME or len(rates) > 1:
        return Written(at)
    if any(one is None or abs(one / first - 1.0) > SAME for one in ratios):
        return Written(at)
    rate = first * rates.pop()
    return Written(at, f"that of line {loss.place.line}, with a learning rate of {rate:.6g}", scale=1.0 / first)


def _both_zero(slope: Array | None, given: Array | None) -> bool:
    """Whether neither says anything of a rate, as of a weight whose input is zero."""
    return (slope is None or not np.any(slope)) and given is not None and not np.any(given)


def _generic(step: Step, run: Run, found: Sequence[Change]) -> tuple[Run, Sequence[Change]]:
    """The step where no parameter is zero and no two units are alike: there, other losses have other slopes."""
    point = Point("", 1)
    initial = [run.before[one.name][1] for one in found]
    names = [one.name for one in found]
    values = dict(zip(names, moved(initial, point, input_sizes(run.tape, found)), strict=True))
    try:
        other = step.run(values, recorded=True)
    except StepFailed:
        return run, found
    assert other.tape is not None
    again = changes(other.tape, other.before, other.after, names)
    return (other, again) if len(again) == len(found) else (run, found)


def _reported(
    step: Step,
    run: Run,
    found: Sequence[Change],
    supplied: Sequence[Array | None],
    written: Sequence[Node],
) -> tuple[int, FoundLoss] | None:
    """What is only added up or printed, or a part of it, and how many gradients belong to it."""
    assert run.tape is not None
    best: tuple[int, FoundLoss] | None = None
    node, right = best_of(run, found, supplied, written)
    if node is not None and right:
        guessed = _with_its_rate(run, found, supplied, node)
        best = len(found) if guessed.text is not None else right, guessed
    if best is None or best[0] < len(found):
        called = best_called(step, run, found)
        if called is not None and (best is None or called[0] > best[0]):
            best = called
    if best is None and (named := next((one for one in written if names_it(one)), None)) is not None:
        return 0, Written(At.of(run.tape, named))
    return best
