"""A changed copy of a script run for some steps, unseen: whether it stays finite, and how well it learns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from runner.diagnosis.scripts.network_state import quality_of
from runner.files.history import Rows, is_null
from runner.recording.loading.hooks import Cut
from runner.recording.scenario import StepFailed
from runner.recording.scenarios.discovery.discovered import Discovered
from runner.recording.scenarios.turn import Turn
from runner.recording.watching.floating import listening
from runner.recording.watching.instrument import Hooks, instrumented_tree
from runner.recording.watching.layers import layers_of
from runner.recording.watching.observer import Break, Observer
from runner.recording.watching.script import with_hooks
from runner.recording.watching.step import watched_step


@dataclass(frozen=True)
class Trial:
    """What some steps of a script gave.

    `broken` is the first step that was not finite, `first` and `last` are the mean loss of the first and the last tenth
    of its steps, `quality` the accuracy or R² at the end, `spread` that of its answers over that of the targets; None
    where there is none. `whole`: the script ended before the steps were used up.
    """

    steps: int
    broken: int | None
    first: float | None
    last: float | None
    quality: float | None
    spread: float | None
    whole: bool
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As it is sent."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Trial:
        """From what was sent."""
        return cls(**data)


def tried(found: Discovered, turns: int) -> Trial:
    """Run the program that was found for so many steps."""
    turn = found.scenario
    assert isinstance(turn, Turn)
    step = watched_step(found)
    rows: list[Rows] = []
    broken: list[Break] = []
    observer = Observer(step, rows.append, broken.append, lambda file: False)

    def counted() -> None:
        if observer.count + 1 >= turns or broken:
            raise Cut
        observer.turn_at(2)

    hooks = Hooks(counted, lambda: observer.left_at(2), observer.gave)
    program = found.program.compiled_by(lambda tree, text, file: instrumented_tree(tree, text, str(file), step))
    whole, error = True, None
    with_hooks(hooks)
    with listening(observer.listener):
        try:
            program.load()
        except Cut:
            whole = False
        except SystemExit:
            pass
        except BaseException as raised:
            error = f"{type(raised).__name__}: {raised}"
    with np.errstate(all="ignore"):
        observer.end()
    trial = of_history(np.concatenate(rows) if rows else np.empty((0, 2)), observer.count + 1)
    quality, spread = None, None
    if observer.last is not None and not broken:
        values = {one.name: array for one, array in zip(step.parameters, observer.last[1], strict=True)}
        try:
            with np.errstate(all="ignore"):
                quality, spread = quality_of(layers_of(turn.at(values)))
        except StepFailed:
            pass
    at = broken[0].step if broken else None
    return replace(trial, broken=at, quality=quality, spread=spread, whole=whole, error=error)


def of_history(rows: Rows, steps: int) -> Trial:
    """What the rows of a history say, the second column being the loss."""
    losses = rows[:, 1][~is_null(rows[:, 1])] if len(rows) else np.empty(0)
    tenth = max(1, len(losses) // 10)
    with np.errstate(all="ignore"):
        first = float(np.mean(losses[:tenth])) if len(losses) else None
        last = float(np.mean(losses[-tenth:])) if len(losses) else None
    return Trial(steps, None, _finite(first), _finite(last), None, None, True)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
