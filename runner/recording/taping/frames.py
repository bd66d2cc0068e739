"""Which run of which function a recorded operation belongs to, and in which turns of its loops."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from types import BuiltinFunctionType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any

from runner.recording.rewriting.sites import FILES, Site
from runner.recording.taping.node import Execution, Invocation, Namespace, Place, Snapshot, Statement
from runner.recording.taping.tape import Tape

_LOOPS = frozenset({"For", "AsyncFor", "While"})
_BY_REFERENCE = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, type)


class State:
    """What is known of one frame of their code."""

    __slots__ = ("calling", "execution", "frame", "invocation")

    def __init__(self, frame: FrameType | None, invocation: Invocation) -> None:
        self.frame = frame  # kept alive: the identity of a frame that is gone could be another's
        self.invocation = invocation
        self.execution: Execution | None = None
        self.calling: Place | None = None


class Frames:
    """The frames of their code that have recorded something."""

    def __init__(self, tape: Tape, snapshot: Callable[[Statement], bool] | None) -> None:
        self._tape = tape
        self._snapshot = snapshot
        self._states: dict[int, State] = {}
        self._outside = State(None, Invocation(-1, "", None, None))

    def at(self, site: Site) -> None:
        """A statement begins in the innermost frame of theirs."""
        state = self.state()
        state.execution = None
        if site.statement.kind in _LOOPS:
            state.invocation.turns.pop(site.statement.place, None)
        if self._snapshot is not None and self._snapshot(site.statement) and state.frame is not None:
            execution = self.execution(site)
            self._tape.snapshots.append(snapshot_of(execution, state.frame))

    def turn(self, site: Site) -> None:
        """A turn of a loop begins."""
        state = self.state()
        state.execution = None
        turns = state.invocation.turns
        turns[site.statement.place] = turns.get(site.statement.place, -1) + 1

    def execution(self, site: Site) -> Execution:
        """The execution of the statement that a site belongs to, going on in the innermost frame of theirs."""
        state = self.state()
        execution = state.execution
        if execution is None or execution.statement is not site.statement:
            turns = tuple(_turn(state.invocation, loop) for loop in site.statement.loops)
            execution = Execution(len(self._tape.executions), site.statement, state.invocation, turns)
            self._tape.executions.append(execution)
            state.execution = execution
        return execution

    def state(self) -> State:
        """The state of the innermost frame of theirs."""
        return self._state_of(sys._getframe(1))

    def _state_of(self, frame: FrameType | None) -> State:
        while frame is not None and frame.f_code.co_filename not in FILES:
            frame = frame.f_back
        if frame is None:
            return self._outside
        state = self._states.get(id(frame))
        if state is None:
            caller = self._state_of(frame.f_back)
            known = caller is not self._outside
            name = frame.f_code.co_qualname.replace(".<locals>", "")
            invocation = Invocation(
                len(self._states), name, caller.invocation if known else None, caller.calling if known else None
            )
            state = self._states[id(frame)] = State(frame, invocation)
        return state


def _turn(invocation: Invocation | None, loop: Place) -> int:
    """The turn of a loop; a comprehension or lambda stands in a loop of the function around it."""
    while invocation is not None:
        if loop in invocation.turns:
            return invocation.turns[loop]
        invocation = invocation.caller
    return 0


def snapshot_of(execution: Execution, frame: FrameType) -> Snapshot:
    """The variables that a frame has now."""
    memo: dict[int, Any] = {}
    local = _copied(frame.f_locals, memo)
    outside = frame.f_locals is frame.f_globals
    return Snapshot(execution, local, {} if outside else _copied(frame.f_globals, memo))


def _copied(variables: Namespace, memo: dict[int, Any]) -> Namespace:
    """Copies of the variables; the one `memo` keeps those one object that are one object."""
    copies: Namespace = {}
    for name, value in list(variables.items()):
        if name.startswith("__"):
            continue
        if isinstance(value, _BY_REFERENCE):
            copies[name] = value
            continue
        try:
            copies[name] = copy.deepcopy(value, memo)
        except Exception:  # anything may go wrong in copying an object of theirs
            copies[name] = value
    return copies
