"""Recording a run of their code: all of it, some turns of a loop, or one call of a function.

Their code has to be compiled by `rewrite.compile_recorded` (or `compile_tree`); whatever else runs is not recorded.
Without a recording going on the rewritten code does what the original does and little else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runner.recording.taping.node import Statement
from runner.recording.taping.notes import TooLong
from runner.recording.taping.recorder import Recorder
from runner.recording.taping.runtime import RUNTIME
from runner.recording.taping.tape import Tape
from runner.recording.taping.windows import Calls, Marked, Turns, Window, WindowEnded

__all__ = ["Calls", "Marked", "Recording", "TooLong", "Turns", "record"]

_DEPTH = 5000  # a recorded call takes five frames where the original takes one


@dataclass(frozen=True)
class Recording:
    """What was recorded.

    `result` is what `run` returned. `opened` says whether the window was reached, `left` whether the run was abandoned
    at its end. `error` is what their code raised (the tape holds everything up to there), None if nothing.
    """

    tape: Tape
    result: Any
    opened: bool
    left: bool
    error: BaseException | None


def record(
    run: Callable[[], Any],
    *,
    window: Turns | Calls | Marked | None = None,
    snapshot: Callable[[Statement], bool] | None = None,
    operations: int = 2_000_000,
    memory: int = 2_000_000_000,
) -> Recording:
    """Call `run()`, recording what happens in the `window` (None: everything).

    `snapshot` says of a statement whether the variables before each of its executions are wanted. At most `operations`
    nodes and `memory` bytes of values are recorded; beyond that `TooLong` is raised out of their code and is the
    recording's `error`. `KeyboardInterrupt` and `SystemExit` of their code are such an error, too.
    """
    if RUNTIME.recorder is not None or RUNTIME.window is not None:
        raise RuntimeError("a recording is going on already")
    recorder = Recorder(RUNTIME, snapshot, operations, memory)
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(max(depth, _DEPTH))
    result, error, left = None, None, False
    if window is None:
        RUNTIME.begin(recorder)
    elif isinstance(window, Marked):
        window.bind(recorder)
    else:
        RUNTIME.window = Window(window, recorder)
    try:
        result = run()
    except WindowEnded:
        left = True
    except BaseException as raised:  # a tape that ends early is still worth looking at
        error = raised
    finally:
        opened = window.opened if isinstance(window, Marked) else RUNTIME.window is None or RUNTIME.window.opened
        RUNTIME.end()
        RUNTIME.window = None
        sys.setrecursionlimit(depth)
    return Recording(recorder.tape, result, opened, left, error)
