"""One turn of training as a step: of the innermost loop that changes parameters, or of a call on a new object."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

import numpy as np

from runner.recording.loading.hooks import Cut
from runner.recording.loading.program import Program
from runner.recording.scenario import Point, StepFailed
from runner.recording.scenarios.changes import Change, changes
from runner.recording.scenarios.gradients import CLIPS
from runner.recording.scenarios.input_sizes import input_sizes
from runner.recording.scenarios.losses.assumed import Assumed
from runner.recording.scenarios.losses.choosing import chosen_loss
from runner.recording.scenarios.losses.found import Called, FoundLoss, Written
from runner.recording.scenarios.nests import innermost_step, turns_of
from runner.recording.scenarios.places import Roots
from runner.recording.scenarios.step import Entry, Run, Step
from runner.recording.scenarios.turn import Turn
from runner.recording.scenarios.variants import add_variant, add_variants, right_at
from runner.recording.taping.tape import Tape
from runner.subjects.calling.bench import Bench
from runner.subjects.calling.recipe import Recipe
from runner.subjects.complaint import Complaint
from runner.subjects.expressions import Expression
from runner.subjects.loading import Builder, seed_all
from runner.subjects.parameters import Place

_OTHERS = 3  # batches, or turns, that are tried in the place of the first
_CHEAP = 2_000  # operations of a turn, up to which a few more of it are looked at


def turn_of(program: Program, entry: Entry) -> Turn:
    """One turn of the innermost loop that trains from an entry on, with its loss; `StepFailed` where there is none."""
    begun, first_run, trained = innermost_step(program, entry)
    loss = chosen_loss(begun, first_run, trained)
    step, run, found, loss = _on_more_than_zeros(begun, first_run, trained, loss)
    turn = _turn(step, run, found, loss)
    later = _later_where_wrong(turn, step, run, found, loss)
    if later is None:
        add_variants(turn, step, run, loss)
        return turn
    step, run, changed, loss = later
    first, turn = turn, _turn(step, run, changed, loss)
    add_variants(turn, step, run, loss)
    turn.add(Point("at the first turn", 6), first)  # what is right there must stay so
    return turn


Seen = tuple[Step, Run, Sequence[Change], FoundLoss]


def _on_more_than_zeros(step: Step, run: Run, found: Sequence[Change], loss: FoundLoss) -> Seen:
    """The first of the next turns with fewer gradients that are all zeros, where this one has some.

    The first sample of many a table is all zeros, and says nothing of the weights by which it is multiplied.
    """
    zeros = _zeros(found)
    for seen in _next_turns(step, run, found, loss) if zeros else ():
        if _zeros(seen[2]) < zeros:
            return seen
    return step, run, found, loss


def _zeros(found: Sequence[Change]) -> int:
    """How many parameters have a gradient that is all zeros."""
    return sum(change.gradient is not None and not np.any(change.gradient.value) for change in found)


def _later_where_wrong(turn: Turn, step: Step, run: Run, found: Sequence[Change], loss: FoundLoss) -> Seen | None:
    """One of the next turns, where its gradients are wrong and those of the first are right.

    The inputs of a first sample may be partly zero, and its window may hold one word: much looks right then.
    """
    if not _is_its_own(loss) or not all(right_at(turn, turn.points[0])):
        return None
    for seen in _next_turns(step, run, found, loss):
        try:
            if not all(right_at(_turn(*seen), turn.points[0])):
                return seen
        except (StepFailed, Complaint):
            return None
    return None


def _next_turns(step: Step, run: Run, found: Sequence[Change], loss: FoundLoss) -> Iterator[Seen]:
    """A few of the turns after this one in which the same is trained by the same loss; none where turns take long."""
    if step.key is None or run.tape is None or len(run.tape.nodes) > _CHEAP or any(one.stateful for one in found):
        return
    if step.program.filler is not None and step.program.filler.typed:
        return  # it may go round but as often as was typed in, and ask for ever afterwards
    kinds = [(change.name, change.stateful) for change in found]
    for turns in range(1, _OTHERS + 1):
        other = replace(step, later=step.later + turns)
        try:
            again = other.run(recorded=True)
            assert again.tape is not None
            changed = changes(again.tape, again.before, again.after)
            if [(change.name, change.stateful) for change in changed] != kinds or _clips(again.tape):
                continue
            own = chosen_loss(other, again, changed)
        except (StepFailed, Complaint):
            return
        if _is_same(loss, own):
            yield other, again, changed, own


def _is_same(loss: FoundLoss, other: FoundLoss) -> bool:
    """Whether two turns have one loss: both write it in one place, or the same one is assumed in both."""
    if _is_its_own(loss) and _is_its_own(other):
        return loss.at.place == other.at.place
    return isinstance(loss, Assumed) and isinstance(other, Assumed) and loss.text == other.text


def _clips(tape: Tape) -> bool:
    """Whether something is cut off: probabilities that are clipped have no slope there, and nobody writes that."""
    clips = [node for node in tape.nodes if node.op in CLIPS and node.operands]
    return any(np.any(node.value != node.operands[0].value) for node in clips)


def _is_its_own(loss: FoundLoss) -> TypeGuard[Written]:
    """Whether the step computes its loss, and nothing is assumed with it."""
    return isinstance(loss, Written) and loss.text is None


def _turn(step: Step, run: Run, found: Sequence[Change], loss: FoundLoss) -> Turn:
    initial = [run.before[one.name][1] for one in found]
    return Turn(step, [one.name for one in found], loss, initial, input_sizes(run.tape, found))


def updating(program: Program, recipe: Recipe) -> Turn:
    """The step of what only updates: the call, or the turn of a loop in it, on as many samples as one turn takes."""

    def entry_for(rows: int, bench: Bench, first: int = 0) -> Entry:
        X, Y = recipe.data.X[first : first + rows], recipe.data.Y[first : first + rows]
        return built_entry(program, bench, recipe.gradients, X, Y, recipe.lr or 1.0)

    def loss_on(rows: int, bench: Bench, first: int = 0) -> FoundLoss:
        def given(scope: Mapping[str, Any]) -> Any:
            values = bench.scope(recipe.data.X[first : first + rows], recipe.data.Y[first : first + rows])
            return recipe.loss.evaluate(scope["self"], values, scope)

        return Called(recipe.loss.text, at_start=given)

    def variant(rows: int, bench: Bench, first: int = 0) -> Turn:
        other = replace(step, entry=entry_for(rows, bench, first))
        return _turn(other, other.run(), found, loss_on(rows, bench, first))

    bench, rows = recipe.bench, len(recipe.data.X)
    step, run, found = innermost_step(program, entry_for(rows, bench))
    if step.key is not None and rows > 1:
        count = turns_of(program, entry_for(rows, bench), step.key)
        if count > 1 and turns_of(program, entry_for(1, bench), step.key) < count:
            rows = -(-rows // count)
            step, run, found = innermost_step(program, entry_for(rows, bench))
    turn = _turn(step, run, found, loss_on(rows, bench))
    for first in range(rows, min(len(recipe.data.X) - rows + 1, (_OTHERS + 1) * rows), rows):
        if add_variant(turn, lambda at=first: variant(rows, bench, at), Point("on other samples", 5)):  # type: ignore[misc]
            break
    if rows > 2:
        add_variant(turn, lambda: variant(rows // 2 + 1, bench), Point("on fewer samples", 3, rows // 2 + 1))
    if "sizes" in bench.builder.text:
        sizes = tuple(size + 2 for size in bench.sizes)
        other = Point("with other layer sizes", 4, None, sizes)
        add_variant(turn, lambda: variant(rows, bench.with_sizes(sizes)), other)
    return turn


def built_entry(program: Program, old: Bench, expression: Expression, X: Any, Y: Any, lr: float = 0.1) -> Entry:
    """A call on a new object each time."""

    def start(program: Program, opened: Callable[[Roots], None], closed: Callable[[], None]) -> None:
        module = program.load()
        once = old.builder.once
        if once is not None:
            once = module if inspect.ismodule(once) else getattr(module, old.builder.text, once)
        builder = Builder(old.builder.text, module, once, old.builder.given)
        bench = Bench(old.file, builder, old.form, Expression("self"), old.sizes, old.before)
        scope = bench.scope(X, Y, lr)
        subject = builder.build(scope)
        holder = {"self": subject}

        def roots() -> Iterator[tuple[str, Place, Any]]:
            yield "self", Place(holder, "self", False), subject
            for name, value in list(vars(module).items()):
                if not name.startswith("__"):
                    yield name, Place(vars(module), name, False), value
            for name in ("X", "Y"):
                yield name, Place(scope, name, False), scope[name]

        opened(roots)
        seed_all()
        expression.evaluate(subject, {**scope, "self": subject}, vars(module))
        closed()
        raise Cut

    return Entry(expression.text, start, whole=True)
