"""Gradients of a script that vanish or explode on their way from the last layer to the first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.recorded import signs
from runner.diagnosis.scripts.changes import rates, scaling
from runner.diagnosis.scripts.changes.edit import Edit, Piece
from runner.diagnosis.scripts.companions import limit_of, with_rate
from runner.diagnosis.scripts.facts import Facts, gain_of
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, line_of
from runner.explaining.symptoms import number
from runner.files.history import is_null
from runner.recording.watching.step import Spot

# AutoTrainer's rules for the norm of the first layer's gradient over the last one's; the factor that a layer leaves, of
# networks of more than so many layers (sigmoids leave 0.2 to 0.36, tanh and ReLU 0.5 to 1).
_VANISHING, _EXPLODING, _PER_LAYER, _FEW = 1e-3, 70.0, 0.4, 3
# The gain at which a sigmoid, whose slope is 1/4, hands a gradient on as large as it came.
_SIGMOID_GAIN = 16.0


def gradient_vanishes(case: LookedAt) -> Iterator[Suspicion]:
    """A first layer that gets hardly any of the gradient."""
    ratios = _first_to_last(case)
    if case.broke or not ratios.size or not (case.unwell or case.mediocre):
        return
    assert case.facts is not None
    start_ratio, over_run = float(ratios[0]), float(np.median(ratios))
    ratio = min(start_ratio, over_run)
    names = case.facts.weights
    per_layer = ratio ** (1.0 / (len(names) - 1))
    if not vanishes(ratio, len(names), _VANISHING):
        return
    start, rate = _larger_start(case), case.rate

    def edits() -> Iterator[Edit | None]:
        limit = None
        if start is not None and rate is not None:
            text = case.source.applied(start)
            limit = None if text is None else limit_of(case, text)
        for one in (start, None):
            if one is not None:
                yield one
            for times in (10.0, 100.0, 1000.0) if rate is not None else ():
                faster = rates.rate_edit(case.source, rate, times * rate) if rate is not None else None
                if faster is not None:
                    yield faster if one is None else one + faster
        if limit is not None and rate is not None and start is not None:
            faster = rates.rate_edit(case.source, rate, 0.5 * limit)
            yield None if faster is None else start + faster

    symptom = (
        f"The gradient vanishes: {'at the start' if ratio == start_ratio else 'over the run (median)'}, its norm for "
        f"{names[0]} is {number(ratio)} times that for "
        f"{names[-1]}, {len(names) - 1} layers further on."
    )
    evidence = {"ratio": ratio, "per_layer": per_layer, "layers": len(names)}
    yield Suspicion("vanishing_gradient", symptom, evidence, _where(case), edits, stands=case.unwell)


def gradient_explodes_at_start(case: LookedAt) -> Iterator[Suspicion]:
    """Weights that a step uses again and again, and that make the gradient larger each time."""
    facts = case.facts
    sign = None if facts is None else signs.explodes_at_start(facts)
    steady = None if facts is None else signs.steady(facts)
    if sign is None or steady is None or not (case.unwell or case.mediocre):
        return
    start = scaling.times_edit(case.source, *steady)

    def edits() -> Iterator[Edit | None]:
        yield start
        yield _clipped(case)
        yield from with_rate(case, start)

    yield Suspicion("exploding_gradient", sign.symptom, sign.evidence, line_of(start), edits, stands=case.broke)


def gradient_explodes(case: LookedAt) -> Iterator[Suspicion]:
    """A first layer that gets far more than the last."""
    ratios = _first_to_last(case)
    ratio = float(np.median(ratios)) if ratios.size else 0.0
    if ratio <= _EXPLODING or not case.unwell:
        return
    assert case.facts is not None
    names = case.facts.weights
    symptom = (
        f"The gradient explodes: over the run (median), its norm for {names[0]} is {number(ratio)} times that for "
        f"{names[-1]}, {len(names) - 1} layers further on."
    )
    clipped = _clipped(case)
    yield Suspicion(
        "exploding_gradient", symptom, {"ratio": ratio}, line_of(clipped), lambda: iter([clipped]), stands=case.broke
    )


def _first_to_last(case: LookedAt) -> NDArray[np.float64]:
    """The ratio of their norms at each step where both are known and not 0; empty for one layer."""
    names = case.facts.weights if case.facts is not None else ()
    columns = [f"grad_norm/{name}" for name in (*names[:1], *names[-1:])]
    if len(names) < 2 or any(column not in case.history.columns for column in columns):
        return np.empty(0)
    first, last = (case.history[column] for column in columns)
    known = ~(is_null(first) | is_null(last))
    with np.errstate(all="ignore"):
        ratios = first[known] / last[known]
    return np.asarray(ratios[np.isfinite(ratios) & (ratios > 0)])


def _where(case: LookedAt) -> dict[str, int]:
    """The line of the activation in which it gets lost."""
    hidden = case.facts.states[0].hidden if case.facts is not None else ()
    return {"line": hidden[0].line} if hidden else {}


def vanishes(ratio: float, layers: int, least: float) -> bool:
    """Whether a ratio of the first layer's gradient to the last one's is below `least`, or lost layer by layer."""
    return ratio < least or (layers > _FEW and ratio ** (1.0 / (layers - 1)) < _PER_LAYER)


def start_gain(facts: Facts) -> float:
    """The gain of starting weights with which the hidden layers hand a gradient on as large as it came."""
    kinds = {units.kind for units in facts.states[0].hidden}
    return _SIGMOID_GAIN if kinds == {"sigmoid"} else gain_of(facts)


def _larger_start(case: LookedAt) -> Edit | None:
    assert case.facts is not None
    return scaling.start_edit(case.source, case.facts, start_gain(case.facts))


def _clipped(case: LookedAt) -> Edit | None:
    """Each gradient between -1 and 1 where it is computed."""
    file = str(case.workshop.script.file)
    spots = {one.gradient.span: one.gradient for one in case.step.parameters if one.gradient is not None}
    if not spots or any(spot.file != file for spot in spots.values()):
        return None
    return Edit(tuple(_clip(case, spot) for spot in spots.values()))


def _clip(case: LookedAt, spot: Spot) -> Piece:
    first, start, last, end = spot.span
    return Piece((first, start), (last, end), f"np.clip({case.source.between(spot.span)}, -1.0, 1.0)")
