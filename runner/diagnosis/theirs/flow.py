"""Gradients of somebody's own network that vanish or explode on their way from the last layer to the first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.scripts.causes.flow import start_gain, vanishes
from runner.diagnosis.scripts.changes import scaling
from runner.diagnosis.suspicion import Suspicion
from runner.diagnosis.theirs.copies import ChangedCopy
from runner.diagnosis.theirs.seen import RecordedCase
from runner.subjects.layers import arrays_of

Array = NDArray[np.float64]
_CLIPPED = 1.0


def gradient_flow(seen: RecordedCase) -> Iterator[Suspicion]:
    """A gradient that is far smaller, or larger, for the first weights than for the last."""
    case = seen.case
    labels = _labels(case)
    if len(labels) < 2 or f"grad_norm/{labels[0]}" not in case.history.columns:
        return
    first, last = case.history[f"grad_norm/{labels[0]}"], case.history[f"grad_norm/{labels[-1]}"]
    with np.errstate(all="ignore"):
        ratios = first / last
    ratios = ratios[np.isfinite(ratios) & (ratios > 0.0)]
    if not len(ratios):
        return
    start, ratio = float(ratios[0]), float(np.median(ratios))
    lost, least = case.outcome in ("nan", "diverged"), min(start, ratio)
    if not lost and vanishes(least, len(labels), case.thresholds.vanishing_gradient):
        when = "at the start" if least == start else "over the run (median)"
        yield _vanishing(seen, f"{when}, its norm for {labels[0]} is {least:.3g} times that for {labels[-1]}", least)
    if ratio > case.thresholds.exploding_gradient:
        ours = case.setup.settings.subject.update == "ours"
        yield Suspicion(
            cause="exploding_gradient",
            symptom=f"The gradient explodes: over the run (median), its norm for {labels[0]} is {ratio:.3g} times that "
            f"for {labels[-1]}.",
            evidence={"ratio": ratio},
            where={"tensor": labels[0]},
            fixes=((Change("optimizer.clip_norm", _CLIPPED),),) if ours else (),
            strength=float(np.clip(np.log10(ratio / case.thresholds.exploding_gradient), 0.1, 5.0)),
        )


def _vanishing(seen: RecordedCase, how: str, ratio: float) -> Suspicion:
    """With a larger start, and faster: what is left of the gradient asks for another rate."""
    case, facts = seen.case, seen.facts
    copies: tuple[ChangedCopy, ...] = ()
    if facts is not None:
        copies = tuple(seen.copies(scaling.start_edit(seen.source, facts, start_gain(facts))))
    fixes: list[Fix] = [(copy.change,) for copy in copies]
    for fix in list(fixes):
        fixes += seen.with_rate(fix)
    if case.has_rate:
        rates: list[Fix] = [(Change("optimizer.lr", by * case.setup.settings.optimizer.rate),) for by in (10.0, 100.0)]
        fixes += [(*fix, *rate) for fix in ((fixes[0],) if fixes else ()) for rate in rates] + rates
    hidden = facts.states[0].hidden if facts is not None else ()
    return Suspicion(
        cause="vanishing_gradient",
        symptom=f"The gradient vanishes: {how}.",
        evidence={"ratio": ratio},
        where={"line": hidden[0].line} if hidden else {},
        fixes=tuple(dict.fromkeys(fixes)),
        strength=float(np.clip(-np.log10(ratio), 0.1, 5.0)),
        copies=copies,
    )


def _labels(case: Case) -> list[str]:
    return [label for _, label in _weights(case)]


def _weights(case: Case) -> list[tuple[str, str]]:
    described = case.setup.layout.to_dict()["arrays"]
    names, shapes = [one["name"] for one in described], [tuple(one["shape"]) for one in described]
    part = case.setup.dataset.train
    arrays = arrays_of(names, shapes, part.X.shape[1], part.Y.shape[1])
    ordered = sorted((one for one in arrays if not one.is_bias), key=lambda one: one.layer)
    if [one.layer for one in ordered] != list(range(1, len(ordered) + 1)):
        return []
    labels = dict(zip(names, (one["label"] for one in described), strict=True))
    return [(one.name, labels[one.name]) for one in ordered]
