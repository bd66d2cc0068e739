"""From a watched script to its findings: the gradient check, what the numbers speak for, changes that were run.

A change counts where the changed copy, run as long as the script was, stays finite and learns clearly better. A healthy
script has no findings: causes are looked for only where it broke, stalled, gives every sample the same answer, or where
its answers are not good.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from runner.diagnosis.gradients.gradient_check import ArrayCheck, are_multiples
from runner.diagnosis.graph import consequences
from runner.diagnosis.scripts.asking import Unknown
from runner.diagnosis.scripts.causes import suspicions
from runner.diagnosis.scripts.changes.correction import correction
from runner.diagnosis.scripts.changes.edit import Edit
from runner.diagnosis.scripts.changes.rates import is_named, rate_edit
from runner.diagnosis.scripts.looked_at import GOOD, SAME, LookedAt
from runner.diagnosis.scripts.suspicion import Suspicion
from runner.diagnosis.scripts.trial import Trial
from runner.diagnosis.subjects.finding import StepFinding, headline
from runner.files.finding import Attempt, Finding, Gain, Verified

# Counted work: trials, steps of one and of all, changes of one cause that are tried.
_TRIALS, _TURNS, _ALL_TURNS, _OF_ONE = 18, 20_000, 120_000, 5
# What is reported of a step that broke, whatever the fix of its cause.
_SEEN = ("log_of_zero", "exp_overflow")
_SAME = 1e-6
# The smallest learning rate that inputs and weights of ordinary size call for: a lower one speaks of the data.
_ORDINARY = 1e-4
_WELL = ("finished", "converged")

Report = Callable[[str], None]


def diagnose_script(case: LookedAt, report: Report = lambda text: None) -> list[tuple[Finding, Edit | None]]:
    """The findings of a script, the likeliest cause first, each with the change that fixes it."""
    search = _Search(case, report)
    faults = list(search.faults())
    if not (case.unwell or case.mediocre) or (faults and not case.unwell):
        return faults
    fixed = any(finding.verified is not None and finding.verified.after in _WELL for finding, _ in faults)
    found = [] if fixed and not case.broke else search.causes(only=_SEEN if fixed else ())
    # Where the answers are only not good, what no change proves is no more than an opinion.
    return [*faults, *(one for one in found if case.unwell or one[0].verified is not None)]


class _Search:
    """The trials of one script, each text once, within counted work."""

    def __init__(self, case: LookedAt, report: Report) -> None:
        self._case, self._report = case, report
        self._known: dict[str, Trial | None] = {}
        self._turns = 0

    def faults(self) -> Iterator[tuple[Finding, Edit | None]]:
        """A wrong gradient, with the line and its correction."""
        self._report("checking the gradients")
        try:
            checked = StepFinding.from_dict(self._case.workshop.ask("check")["finding"])
        except Unknown:
            return
        watched = {one.name for one in self._case.step.parameters}
        wrong = [one for one in checked.arrays if not one.passed]
        if not wrong or not any(any(name in one.name for name in watched) for one in wrong):
            return
        if _is_rate(checked) and not (self._case.unwell and self._is_rate_named()):
            return
        if are_multiples(checked.arrays) and not self._is_rate_named():
            return  # a number in the update may be the rate, or a part of the gradient
        best = checked.edits[0] if checked.edits else None
        file = self._case.workshop.script.file.name
        edit = None if best is None else correction(self._case.source, best, file)
        line = best.line if best is not None else checked.places[0].line if checked.places else None
        verified = None
        if edit is not None and best is not None:
            trial = self._tried(edit)
            verified = self._verified(trial, edit) if trial is not None and trial.broken is None else None
        finding = Finding(
            cause=(best.name if best is not None else None) or _name_of(wrong),
            symptom=re.sub(r"\s+", " ", headline(checked)),
            evidence={one.name: one.relative_error for one in wrong},
            where={} if line is None else {"line": line},
            prescription=() if edit is None else self._case.source.changed(edit),
            verified=verified,
            tried=(),
        )
        yield finding, edit

    def _is_rate_named(self) -> bool:
        rate = self._case.rate
        return rate is not None and is_named(self._case.source, rate)

    def causes(self, only: Sequence[str] = ()) -> list[tuple[Finding, Edit | None]]:
        """Causes that need only numbers; with `only` no others than these."""
        found: list[tuple[Finding, Edit | None]] = []
        unproven: list[tuple[Finding, Edit | None]] = []
        follows: set[str] = set()
        for suspicion in suspicions(self._case):
            if only and suspicion.cause not in only:
                continue
            if suspicion.cause in follows and suspicion.cause not in _SEEN:
                continue
            finding, edit = self._examined(suspicion)
            if finding.verified is not None:
                found.append((finding, edit))
                after = consequences(suspicion.cause)
                follows |= after.union(*map(consequences, after))
            elif suspicion.stands and (suspicion.cause in _SEEN or suspicion.cause not in follows):
                unproven.append((finding, edit))
        return [*found, *unproven]

    def _examined(self, suspicion: Suspicion) -> tuple[Finding, Edit | None]:
        tried: list[Attempt] = []
        good: tuple[Edit, Verified] | None = None
        for edit in suspicion.edits():
            if edit is None or len(tried) >= _OF_ONE:
                continue
            self._report(f"{suspicion.cause}: {' '.join(self._case.source.changed(edit)[-1].split()[2:])}")
            trial = self._tried(edit)
            if trial is None:
                continue
            if self._helps(trial, edit):
                if not suspicion.stands and self._rate_suffices(edit, trial):
                    break
                good = edit, self._verified(trial, edit)
                break
            lines = self._case.source.changed(edit)
            tried.append(
                Attempt(tuple(line for line in lines if line[0] == "+"), _outcome(trial), trial.last, None, trial.steps)
            )
        finding = Finding(
            cause=suspicion.cause,
            symptom=suspicion.symptom,
            evidence=suspicion.evidence,
            where=suspicion.where if good is None else {**suspicion.where, **_line_of(suspicion, good[0])},
            prescription=() if good is None else self._case.source.changed(good[0]),
            verified=None if good is None else good[1],
            tried=tuple(tried),
        )
        return finding, None if good is None else good[0]

    def _rate_suffices(self, edit: Edit, trial: Trial) -> bool:
        """Whether another rate, which the change takes along, does as much without the rest of it."""
        rate = self._case.rate
        if edit.companion is None or rate is None:
            return False
        lower = rate_edit(self._case.source, rate, rate / 10) if self._case.broke and rate / 10 >= _ORDINARY else None
        for alone in (edit.companion, lower):
            found = self._tried(alone) if alone is not None else None
            if alone is not None and found is not None and self._helps(found, alone):
                if found.quality is None or trial.quality is None:
                    return edit.changes_loss or found.last is None or (trial.last or 0.0) > 0.5 * found.last
                if found.quality >= GOOD or 1 - trial.quality > 0.6 * (1 - found.quality):
                    return True
        return False

    def _tried(self, edit: Edit) -> Trial | None:
        """What the changed copy gives; None where it can't be run, or the work is used up."""
        text = self._case.source.applied(edit)
        if text is None:
            return None
        if text not in self._known:
            turns = min(_TURNS, edit.times * (self._case.summary.steps or 1))
            if len(self._known) >= _TRIALS or self._turns + turns > _ALL_TURNS:
                return None
            self._turns += turns
            try:
                self._known[text] = Trial.from_dict(self._case.workshop.ask("try", text=text, turns=turns)["trial"])
            except Unknown:
                self._known[text] = None
        return self._known[text]

    def _helps(self, trial: Trial, edit: Edit) -> bool:
        """Whether a trial is clearly better than the run was."""
        if trial.broken is not None or trial.error is not None:
            return False
        if trial.spread is not None and trial.spread < SAME:
            return False
        before = self._case.before
        if self._case.broke:
            if trial.quality is not None and trial.quality < 0.3:
                return False
            falls = trial.first is not None and trial.last is not None and trial.last < 0.9 * trial.first
            return falls or (trial.quality or 0.0) >= 0.8
        if trial.quality is not None and before.quality is not None:
            return 1 - trial.quality <= 0.6 * (1 - before.quality)
        if edit.changes_loss or trial.last is None or before.last is None:
            return False
        return trial.last <= 0.5 * before.last

    def _verified(self, trial: Trial, edit: Edit) -> Verified:
        case, before = self._case, self._case.before
        gain = None
        if trial.quality is not None and before.quality is not None:
            name = "R²" if case.facts is not None and case.facts.task == "regression" else "accuracy"
            gain = Gain(name, before.quality, trial.quality)
        elif trial.last is not None and before.last is not None and not edit.changes_loss and not case.broke:
            gain = Gain("loss at the end", before.last, trial.last)
        planned = edit.times * (case.summary.steps or 0) or trial.steps
        return Verified(
            before=case.summary.outcome,
            after=_outcome(trial),
            loss=trial.last,
            quality=trial.quality,
            seeds="",
            steps=trial.steps,
            command="",
            planned=None if trial.steps >= planned else planned,
            measured=gain,
        )


def _name_of(wrong: Sequence[ArrayCheck]) -> str:
    """The cause of gradients for which no corrected line is known."""
    return "sign_flipped" if all(_is_minus(one) for one in wrong) else "wrong_gradient"


def _is_minus(one: ArrayCheck) -> bool:
    """Whether a gradient is that of the loss times a negative number."""
    return one.ratio is not None and abs(one.ratio + 1.0) <= _SAME


def _is_rate(checked: StepFinding) -> bool:
    """Whether every gradient is the same positive multiple of the true one: the run of another learning rate."""
    ratios = [one.ratio for one in checked.arrays if one.ratio is not None]
    return are_multiples(checked.arrays) and max(ratios) - min(ratios) <= _SAME * max(ratios)


def _outcome(trial: Trial) -> str:
    """The outcome of a trial in a word."""
    if trial.broken is not None:
        return "nan"
    if trial.error is not None:
        return "failed"
    if trial.first is None or trial.last is None:
        return "finished"
    if trial.last > 10 * trial.first:
        return "diverged"
    if (trial.quality is not None and trial.quality >= 0.98) or trial.last <= 0.05 * trial.first:
        return "converged"
    return "finished" if trial.last < 0.95 * trial.first else "stalled"


def _line_of(suspicion: Suspicion, edit: Edit) -> dict[str, int]:
    return {} if "line" in suspicion.where else {"line": edit.line}
