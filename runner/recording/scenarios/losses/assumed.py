"""The loss of a step that writes none: that whose derivative the first arrays of its backward pass are.

Each usual loss of the outputs and targets is put on the tape where the two first meet, and differentiated; the one
whose slopes the gradient of the output layer has, up to a number, is taken.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.scenario import Array
from runner.recording.scenarios.changes import Change
from runner.recording.scenarios.following import depending_on
from runner.recording.scenarios.gradients import multiple_in
from runner.recording.scenarios.losses.fitting import SAME, Decay, fitted, from_the_output, ratio_of
from runner.recording.scenarios.losses.found import At, Extra, StepRun
from runner.recording.scenarios.losses.meetings import (
    DIFFERENCES,
    are_probabilities,
    are_signs,
    is_scalar_product,
    meetings_on,
    output_of,
    picks,
    sides_of,
    target_of,
)
from runner.recording.scenarios.losses.usual import HINGE, KINDS, Builder, Kind
from runner.recording.taping.node import Node
from runner.recording.taping.tape import Tape

NO_LOSS = (
    "no loss is found in it, and its gradients are those of no usual loss; "
    "say it as subject.names.loss='\"compute_loss(forward(X), Y)\"'"
)


@dataclass(frozen=True)
class Assumed:
    """An assumed loss: `times` the sum that `kind` builds of what meets at `at`, over the sides `over` of the outputs.

    Side -1 is the number of times that outputs and targets meet there.
    """

    at: At
    swapped: bool
    kind: Kind
    times: float
    over: tuple[int, ...]
    text: str
    decay: Decay | None = None
    at_start: Extra | None = None
    at_end: Extra | None = None
    scale: float = 1.0

    def node(self, run: StepRun) -> tuple[Node, str | None]:
        """The loss, put at the end of the tape."""
        assert run.tape is not None
        loss, text = self.on(run.tape)
        return (loss if self.decay is None else self.decay.added(Builder(run.tape), run, loss)), text

    def on(self, tape: Tape) -> tuple[Node, str]:
        """The loss without any decay, put at the end of a tape, and its description."""
        meetings = self.at.all_on(tape)
        builder = Builder(tape)
        total = _summed(builder, self.kind, meetings, self.swapped)
        return builder.times(total, self.times / _count(meetings, self.swapped, self.over)), self.text


def _count(meetings: Sequence[Node], swapped: bool, over: Sequence[int]) -> float:
    """What a sum over so many sides of the outputs is divided by in a mean."""
    shape = np.shape(output_of(meetings[0], swapped))
    return float(np.prod([len(meetings) if side < 0 else shape[side] for side in over]))


def _summed(builder: Builder, kind: Kind, meetings: Sequence[Node], swapped: bool) -> Node:
    """The loss of all that meets at one place: of every sample, or at every time."""
    total: Node | None = None
    for meeting in meetings:
        sides = sides_of(meeting, builder)
        assert sides is not None
        output, target = sides[::-1] if swapped else sides
        one = kind.build(builder, output, target)
        total = one if total is None else builder.of("add", operator.add, total, one)
    assert total is not None
    return total


def assume(tape: Tape, found: Sequence[Change], supplied: Sequence[Array | None]) -> tuple[Assumed | None, int]:
    """The loss that fits the gradient of the output layer, or the squared error of the first difference; None without.

    With how many gradients belong to it.

    `supplied` are the gradients as the step has them, for each change. Its `scale` is such that the loss is a usual one
    where the rate is not written.
    """
    leaves = {change.before.index for change in found}
    depending = depending_on(tape, leaves)
    order = from_the_output(tape, found)
    written = [_own_multiple(change, depending) for change in found]
    default: Assumed | None = None
    best: tuple[tuple[int, bool, bool], int, Assumed] | None = None
    for meeting, swapped in meetings_on(tape, depending, leaves):
        at = At.of(tape, meeting)
        meetings = at.all_on(tape)
        if default is None and meeting.op in DIFFERENCES:
            said = "half the squared error, summed over the samples"
            default = Assumed(at, swapped, KINDS[0], 0.5, (), said)
        signs = are_signs(target_of(meeting, swapped))
        for kind in (*KINDS, *((HINGE,) if signs else ())):
            if kind is not HINGE and is_scalar_product(meeting):
                continue
            if kind.probabilities and not are_probabilities(output_of(meeting, swapped)):
                continue
            if picks(meeting) and kind.name != "cross-entropy":
                continue
            length = len(tape.nodes)
            loss = _summed(Builder(tape), kind, meetings, swapped)
            try:
                exact = adjoints(tape, loss)
            except ValueError:
                continue
            finally:
                del tape.nodes[length:]
            slopes = [exact.of(change.before) for change in found]
            ratios = [ratio_of(slope, given) for slope, given in zip(slopes, supplied, strict=True)]
            fit = fitted(slopes, ratios, supplied, found, order, written)
            if fit is None:
                continue
            factor, same, decay = fit
            fitting = sum(same) + (0 if decay is None else len(decay.names))
            first = same[order[0]] or ratios[order[0]] is not None
            named = _named(at, meetings, swapped, kind, factor, found)
            if decay is not None:
                decay = replace(decay, strength=decay.strength * named.scale)
                text = f"{named.text}, plus {decay.strength / 2:.6g} times the squared weights"
                named = replace(named, text=text, decay=decay)
            score = fitting + (len(found) if first else 0), decay is None, " times the " not in named.text
            if best is None or score > best[0]:
                best = score, fitting, named
    if best is None or (not best[0][2] and best[1] < len(found)):  # an odd number fits whatever there is
        return default, 0
    return best[2], best[1]


def _own_multiple(change: Change, depending: set[int]) -> float:
    """How many times an array stands in its own gradient, as of a weight decay; any number is a multiple of another."""
    if change.gradient is None or np.size(change.before.value) < 2:
        return 0.0
    return change.factor * multiple_in(change.gradient, change.before, depending)


def _named(
    at: At, meetings: Sequence[Node], swapped: bool, kind: Kind, factor: float, found: Sequence[Change]
) -> Assumed:
    """The usual loss with this factor of the sum; of a negative one the other sign, since nobody descends a rise."""
    times = abs(factor)
    square = kind.name == "squared error"
    name = f"the {kind.name}" if kind.name != "cross-entropy" else kind.name
    for over, how in _means(meetings, swapped):
        for half, said in ((0.5, f"half {name}"), (1.0, name)) if square else ((1.0, name),):
            if abs(times * _count(meetings, swapped, over) / half - 1.0) <= SAME:
                return Assumed(at, swapped, kind, half, over, f"{said}, {how}")
    if any(change.rate is not None for change in found):
        return Assumed(at, swapped, kind, times, (), f"{times:.6g} times {name}, summed over the samples")
    usual = 0.5 if square else 1.0
    said = f"{'half ' if square else ''}{name}, summed over the samples, with a rate of {times / usual:.6g}"
    return Assumed(at, swapped, kind, usual, (), said, scale=usual / times)


def _means(meetings: Sequence[Node], swapped: bool) -> Iterator[tuple[tuple[int, ...], str]]:
    """The sides that a mean may be taken over, and how that is said; none of them first."""
    yield (), "summed over the samples"
    shape = np.shape(output_of(meetings[0], swapped))
    sides = [side for side, count in enumerate(shape) if count > 1]
    for side in sides:
        yield (side,), "averaged over the samples"
    if len(sides) > 1:
        yield tuple(sides), "averaged over samples and outputs"
    if len(meetings) > 1:
        yield (-1,), "averaged over the samples"
