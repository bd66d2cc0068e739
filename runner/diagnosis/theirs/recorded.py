"""Causes that a recorded step of somebody's own network shows: its loss, its start, its units, its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.limit import below
from runner.diagnosis.recorded import signs
from runner.diagnosis.scripts.changes import scaling
from runner.diagnosis.scripts.changes.edit import Edit
from runner.diagnosis.scripts.facts import gain_of
from runner.diagnosis.suspicion import Suspicion
from runner.diagnosis.theirs.copies import ChangedCopy
from runner.diagnosis.theirs.flow import gradient_flow
from runner.diagnosis.theirs.seen import RecordedCase
from runner.files.finding import Where

_MINMAX: Fix = (Change("dataset.standardize", "both"), Change("dataset.scaling", "minmax"))


def all_of_theirs(case: Case, folder: Path) -> Iterator[Suspicion]:
    """All that is looked for in somebody's own network in place of causes that need its layers."""
    seen = RecordedCase(case, folder)
    for look in (loss_for_others, summed_loss, equal_units, explosion, poor_start, lost_units, gradient_flow):
        yield from look(seen)


def loss_for_others(seen: RecordedCase) -> Iterator[Suspicion]:
    """A cross-entropy of targets that are no probabilities, or an output that never gets to its targets."""
    facts = seen.facts
    if facts is None:
        return
    for cause, sign in (
        ("wrong_loss_for_targets", signs.wrong_loss(facts)),
        ("output_cannot_reach_targets", signs.out_of_reach(facts)),
    ):
        if sign is not None:
            yield Suspicion(
                cause=cause,
                symptom=sign.symptom,
                evidence=sign.evidence,
                where={"tensor": "Y"},
                fixes=(_MINMAX, *seen.with_rate(_MINMAX)),
                strength=8.0,
                certain=True,
                impossible=True,
            )


def summed_loss(seen: RecordedCase) -> Iterator[Suspicion]:
    """A loss that is a sum over the samples, with a rate that suits their mean."""
    facts, case = seen.facts, seen.case
    if facts is None or facts.loss is None or not facts.loss.summed or not case.has_rate or not case.rate_ratio > 1.0:
        return
    n, rate = case.setup.settings.batch_size or len(case.setup.dataset.train), case.setup.settings.optimizer.rate
    limit = case.limit
    allowed = "" if limit is None else f" Up to {limit:.3g} is stable."
    rates = dict.fromkeys([float(f"{rate / n:.2g}"), *([below(limit)] if limit else [])])
    yield Suspicion(
        cause="summed_gradient",
        symptom=f"The gradient is summed over {n} samples, not averaged, and the learning rate of {rate:.3g} acts as "
        f"{n} times that on their mean.{allowed}",
        evidence={"samples": n, "lr": rate, "limit": limit},
        where={} if facts.loss.difference is None else {"line": facts.loss.difference.span[0]},
        fixes=tuple((Change("optimizer.lr", one),) for one in rates),
        strength=float(np.clip(np.log10(n), 0.1, 6.0)),
    )


def equal_units(seen: RecordedCase) -> Iterator[Suspicion]:
    """Units that start equal and stay equal."""
    facts = seen.facts
    sign = None if facts is None or seen.case.outcome in ("nan", "diverged") else signs.equal_units(facts)
    if facts is None or sign is None:
        return
    edit = scaling.unequal_edit(seen.source, facts, facts.states[0].symmetric)
    copies = tuple(seen.copies(edit))
    yield _with_copies("symmetric_units", sign, seen, edit, copies, strength=6.0, certain=True)


def explosion(seen: RecordedCase) -> Iterator[Suspicion]:
    """Weights that a step uses again and again, and that make the gradient larger each time."""
    facts = seen.facts
    sign = None if facts is None else signs.explodes_at_start(facts)
    steady = None if facts is None else signs.steady(facts)
    if sign is None or steady is None:
        return
    edit = scaling.times_edit(seen.source, *steady)
    strength = float(np.clip(np.log10(sign.evidence["growth"]), 0.1, 6.0))
    yield _with_copies(
        "exploding_gradient", sign, seen, edit, tuple(seen.copies(edit)), strength=strength, certain=True
    )


def poor_start(seen: RecordedCase) -> Iterator[Suspicion]:
    """Weights that start too large, too small, or off centre."""
    facts = seen.facts
    sign = None if facts is None or facts.states[0].symmetric else signs.poor_start(facts)
    if facts is None or sign is None or signs.explodes_at_start(facts) is not None:
        return
    edit = scaling.start_edit(seen.source, facts, gain_of(facts))
    off = abs(np.log10(max(sign.evidence["std"], 1e-30) / sign.evidence["suits"]))
    strength = float(np.clip(off, 0.1, 5.0))
    yield _with_copies("poor_init_scale", sign, seen, edit, tuple(seen.copies(edit)), strength=strength)


def lost_units(seen: RecordedCase) -> Iterator[Suspicion]:
    """Units of an activation that are 0, or flat, for every sample."""
    facts, case = seen.facts, seen.case
    if facts is None:
        return
    last = facts.states[-1]
    slower: tuple[Fix, ...] = ()
    if case.has_rate:
        slower = tuple((Change("optimizer.lr", case.setup.settings.optimizer.rate / by),) for by in (10, 100))
    for cause, sign in (("dead_units", signs.dead(last)), ("saturated_units", signs.saturated(last))):
        if sign is None:
            continue
        edit = scaling.zero_biases_edit(seen.source, facts)
        edits = (edit, scaling.start_edit(seen.source, facts, gain_of(facts)))
        copies = tuple(seen.copies(*edits))
        yield _with_copies(cause, sign, seen, edit, copies, more=slower, strength=3.0 * sign.evidence["share"])


def _with_copies(
    cause: str,
    sign: signs.CauseSign,
    seen: RecordedCase,
    edit: Edit | None,
    copies: tuple[ChangedCopy, ...],
    *,
    strength: float,
    certain: bool = False,
    more: tuple[Fix, ...] = (),
) -> Suspicion:
    """A cause whose fixes are changed copies of the file, each also with the rate that suits it then."""
    changed: list[Fix] = [(copy.change,) for copy in copies]
    for fix in list(changed):
        changed += seen.with_rate(fix)
    where: Where = sign.where or ({} if edit is None else {"line": edit.line})
    return Suspicion(
        cause=cause,
        symptom=sign.symptom,
        evidence=sign.evidence,
        where=where,
        fixes=(*changed, *more),
        strength=strength,
        certain=certain,
        copies=copies,
    )
