"""Which loop's turn is the step: the innermost in which everything that is trained is changed once."""

from __future__ import annotations

import ast
import contextlib
import time
import types
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from runner.recording.loading.hooks import Cut, Key, listen
from runner.recording.loading.program import Program
from runner.recording.scenario import StepFailed, StepTooLong
from runner.recording.scenarios.changes import Change, changes
from runner.recording.scenarios.following import ancestors
from runner.recording.scenarios.step import Entry, Run, Step
from runner.recording.scenarios.updates import Names, body_of, loops
from runner.subjects.naming_habits import INPUTS, TARGETS, plain

# What is said of a program in which no parameter is changed by a gradient.
TRAINS_NOTHING = " trains nothing"
# Seconds of the processor for running into the training, and turns of inner loops that are enough to know the nest.
_SECONDS, _TURNS = 3.0, 2_000
# Samples that are left of those that take too many operations.
_FEW = 2
# Turns in which nothing is computed, after which a loop is given up.
_IDLE = 8


class Nest:
    """The training loops that a run enters, outer ones first, and what is to be called where there is none."""

    def __init__(self, program: Program, entry: Entry) -> None:
        self._program, self._entry = program, entry
        self._known: dict[Key, bool] = {}

    def loops(self, skipped: Sequence[Key] = ()) -> list[Key]:
        """Those entered until the outermost has come round; `StepFailed` where the program fails before."""
        entered: list[Key] = []
        begun, turns = time.process_time(), 0

        def turn(key: Key, frame: types.FrameType) -> None:
            nonlocal turns
            if key in skipped or not self._is_training(key):
                return
            turns += 1
            if entered and key == entered[0]:
                raise Cut
            if key not in entered:
                entered.append(key)
            if turns > _TURNS or time.process_time() - begun > _SECONDS:
                raise Cut

        def left(key: Key, frame: types.FrameType) -> None:
            if entered and key == entered[0]:
                raise Cut

        listen(turn, left)
        try:
            self._entry.start(self._program, lambda roots: None, lambda: None)
        except Cut:
            pass
        except BaseException as error:
            if not entered:
                raise StepFailed(self._program.failed(error).message) from None
        finally:
            listen(None, None)
            self._program.unload()
        return entered

    def _is_training(self, key: Key) -> bool:
        if key not in self._known:
            names = Names()
            for tree in self._program.trees.values():
                names.add(tree)
            tree = self._program.trees.get(Path(key[0]), ast.Module([], []))
            bodies = [body_of(loop) for loop in loops(tree) if loop.lineno == key[1]]
            self._known[key] = any(names.changes(body) for body in bodies)
        return self._known[key]


def turns_of(program: Program, entry: Entry, key: Key) -> int:
    """How many turns a loop makes when it is entered for the first time."""
    count = 0

    def turn(at: Key, frame: types.FrameType) -> None:
        nonlocal count
        count += at == key

    def left(at: Key, frame: types.FrameType) -> None:
        if at == key:
            raise Cut

    listen(turn, left)
    try:
        entry.start(program, lambda roots: None, lambda: None)
    except BaseException:
        return count
    finally:
        listen(None, None)
        program.unload()
    return count


def innermost_step(program: Program, entry: Entry) -> tuple[Step, Run, list[Change]]:
    """The step with the first run of it and the parameters; `StepFailed` where nothing is trained."""
    nest = Nest(program, entry)
    skipped: list[Key] = []
    reason = f"{entry.text}{TRAINS_NOTHING}"
    while True:
        entered = nest.loops(skipped)
        entry.reached()
        best: tuple[Step, Run, list[Change]] | None = None
        for key in [*reversed(entered), *([None] if entry.whole else [])]:
            try:
                step, run = _followed(Step(program, entry, key))
            except StepFailed as failed:
                reason = str(failed)
                if best is not None:
                    break  # the outer turn is too long, or ends in an error
                continue
            assert run.tape is not None
            found = changes(run.tape, run.before, run.after)
            if len(found) > (0 if best is None else len(best[2])):
                best = step, run, found
        if best is not None:
            return best
        if not entered:
            raise StepFailed(reason)
        skipped += entered


def _followed(step: Step) -> tuple[Step, Run]:
    """The step and a run of it, on a few of its samples where all of them take too many operations."""
    try:
        return _begun(step)
    except StepTooLong:
        cut = on_few_samples(step)
        if cut is None:
            raise
        return _begun(cut)


def on_few_samples(step: Step) -> Step | None:
    """The step on a few of its samples: of the arrays that have the most rows in common with another one of data."""
    arrays = step.run().arrays
    usual = (*INPUTS, *TARGETS)
    sides = Counter(len(array) for name, array in arrays.items() if plain(name.rpartition(".")[2]) in usual)
    common = [side for side, times in sides.items() if times > 1 and side > _FEW]
    if not common:
        return None
    most = max(common)
    rows = tuple((name, 0, _FEW) for name, array in arrays.items() if len(array) == most)
    return replace(step, rows=rows, counted=(most, _FEW))


def _begun(step: Step) -> tuple[Step, Run]:
    """The step and a run of it; a turn later where more is seen then.

    Some parameters begin as whole numbers, and some optimizers make their state when they are first called.
    """
    run = step.run(recorded=True)
    if step.key is None:
        return step, run
    while not _does_something(run) and step.later < _IDLE:
        step = replace(step, later=step.later + 1)
        run = step.run(recorded=True)
    found = _changes(run)
    if run.turned or any(change.gradient is not None and _is_rooted(change) for change in found):
        later = replace(step, later=1)
        with contextlib.suppress(StepFailed):
            other = later.run(recorded=True)
            if _seen(_changes(other)) > _seen(found):
                return later, other
    return step, run


def _does_something(run: Run) -> bool:
    """Whether a turn computes anything: some go on with the next one at once, as beyond the edge of a text."""
    assert run.tape is not None
    return any(node.kind == "call" for node in run.tape.nodes)


def _changes(run: Run) -> list[Change]:
    assert run.tape is not None
    return changes(run.tape, run.before, run.after)


def _seen(found: Sequence[Change]) -> tuple[int, int]:
    """How many parameters are seen, and how many of them are changed by way of a state."""
    return len(found), sum(change.stateful for change in found)


def _is_rooted(change: Change) -> bool:
    """Whether what a parameter is changed by is divided by a root for each of its numbers, as in Adam."""
    assert change.gradient is not None
    own = change.before.shape
    return any(node.op.rpartition(".")[2] == "sqrt" and node.shape == own for node in ancestors(change.gradient))
