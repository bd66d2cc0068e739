"""A script's loss against its targets, and against its learning rate where it is a sum over the samples."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from runner.diagnosis.recorded import signs
from runner.diagnosis.scripts.changes import rates, scaling
from runner.diagnosis.scripts.changes.edit import Edit, Piece
from runner.diagnosis.scripts.companions import with_rate
from runner.diagnosis.scripts.facts import Loss
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion, line_of
from runner.explaining.symptoms import number

# By how much momentum raises what the curvature allows, at most: 2 (1 + b) / 2.
_MOMENTUM = 2.0
_NAME = re.compile(r"[^\W\d][\w.]*")


def loss_wrong_for_targets(case: LookedAt) -> Iterator[Suspicion]:
    """A cross-entropy whose targets are no probabilities."""
    facts = case.facts
    sign = None if facts is None else signs.wrong_loss(facts)
    if facts is None or facts.targets is None or sign is None or not case.unwell:
        return
    edit = scaling.targets_edit(case.source, facts.targets, 0.0)

    def edits() -> Iterator[Edit | None]:
        yield edit
        yield from with_rate(case, edit)

    yield Suspicion("wrong_loss_for_targets", sign.symptom, sign.evidence, line_of(edit), edits, stands=True)


def gradient_summed(case: LookedAt) -> Iterator[Suspicion]:
    """A loss that is summed over the samples, with a rate that suits their mean."""
    facts, rate = case.facts, case.rate
    if facts is None or facts.loss is None or not facts.loss.summed or rate is None or not case.unwell:
        return
    n = facts.loss.samples
    limits = [state.limit for state in facts.states if state.limit is not None]
    limit = min(limits, default=None)
    if limit is not None and not limit < rate < _MOMENTUM * n * max(limits):
        return
    averaged = _averaged(case, facts.loss)

    def edits() -> Iterator[Edit | None]:
        yield averaged
        yield rates.rate_edit(case.source, rate, rate / n)

    known = (
        ""
        if limit is None
        else f" The curvature allows a rate of {number(limit)}, and {number(n * limit)} for their mean."
    )
    symptom = (
        f"The gradient is summed over {n} samples, not averaged: divided by {n}, the learning rate of {number(rate)} "
        f"is stable, and as it stands it isn't.{known}"
    )
    evidence = {"samples": n, "lr": rate, "limits": limits}
    where = line_of(averaged or rates.rate_edit(case.source, rate, rate / n))
    yield Suspicion("summed_gradient", symptom, evidence, where, edits)


def _averaged(case: LookedAt, loss: Loss) -> Edit | None:
    """Loss and gradient divided by the number of samples; None where their lines don't say it."""
    where, spot = loss.difference, case.step.loss
    if where is None or spot is None or not _NAME.fullmatch(where.targets):
        return None
    file = str(case.workshop.script.file)
    if (where.file, spot.file) != (file, file) or not case.source.in_one_function(where.span[0], spot.span[0]):
        return None
    count = f"len({where.targets})" if where.axis == 0 else f"{where.targets}.shape[{where.axis}]"
    pieces = [_divided(case, where.span, count), _divided(case, spot.span, count)]
    return Edit(tuple(pieces), changes_loss=True)


def _divided(case: LookedAt, span: tuple[int, int, int, int], count: str) -> Piece:
    text = case.source.between(span)
    whole = isinstance(ast.parse(text, mode="eval").body, ast.Call)
    return Piece(span[:2], span[2:], f"{text if whole else f'({text})'} / {count}")
