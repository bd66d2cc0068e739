"""What else is changed with a fix of a script: its targets scaled too, or the rate that the fixed network takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runner.diagnosis.scripts.asking import Unknown
from runner.diagnosis.scripts.changes import rates, scaling
from runner.diagnosis.scripts.changes.edit import Edit
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.loss_form import SQUARED


def with_targets(case: LookedAt, edit: Edit | None) -> Iterator[Edit | None]:
    """The change with scaled targets, where they are large and the loss is a squared error: counts can't be scaled."""
    facts = case.facts
    squared = facts is not None and facts.loss is not None and facts.loss.kind == SQUARED
    if edit is not None and facts is not None and squared and facts.targets is not None and facts.task == "regression":
        targets = scaling.targets_edit(case.source, facts.targets)
        if targets is not None and facts.targets.rms > 1.0:
            yield edit + targets


def with_rate(case: LookedAt, edit: Edit | None) -> Iterator[Edit | None]:
    """The change with a rate that suits the network then: it is asked for anew."""
    rate = case.rate
    text = None if edit is None else case.source.applied(edit)
    if rate is None or edit is None or text is None:
        return
    limit = limit_of(case, text)
    if limit is None:
        candidates = [10 * rate, 100 * rate] if not case.broke else [rate / 10]
    else:
        candidates = [0.5 * limit, 0.05 * limit]
    for new in candidates:
        changed = rates.rate_edit(case.source, rate, new)
        if changed is not None:
            yield replace(edit + changed, companion=changed)


def limit_of(case: LookedAt, text: str) -> float | None:
    """The learning rate that the curvature allows at the start of a changed copy."""
    try:
        found: float | None = case.workshop.ask("limit", text=text)["limit"]
    except Unknown:
        return None
    return found
