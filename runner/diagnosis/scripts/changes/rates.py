"""Where a script says its learning rate: a variable, an argument, a default, or a number in the update itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.diagnosis.scripts.changes.edit import Edit, Source, tidy
from runner.diagnosis.scripts.changes.named_numbers import places_of
from runner.recording.scenarios.naming import is_rate
from runner.recording.scenarios.updates import becomes_itself, factors_of_step, is_update


def rate_edit(source: Source, rate: float, new: float) -> Edit | None:
    """The rate with another value; None where it is not written as a number."""
    for places in (*places_of(source, is_rate), _in_updates(source, of_itself=True), _in_updates(source)):
        same = [node for node in places if _is(node, rate)]
        if same:
            return Edit(tuple(source.piece(node, tidy(new)) for node in same))
    return None


def is_named(source: Source, rate: float) -> bool:
    """Whether something that is called a learning rate has this value: a number in the update may be more than that."""
    return any(_is(node, rate) for found in places_of(source, is_rate) for node in found)


def _is(node: ast.expr, value: float) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and abs(node.value - value) <= 1e-9 * abs(value)
    )


def _in_updates(source: Source, *, of_itself: bool = False) -> Iterator[ast.expr]:
    """The factors in `W -= 0.1 * dW`; `of_itself`: of what becomes itself plus something alone, as most updates do."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Assign | ast.AugAssign) or not is_update(node):
            continue
        if not of_itself or becomes_itself(node):
            yield from (one for one in factors_of_step(node) if isinstance(one, ast.Constant))
