"""Several mistakes at once: the pairs worth a look, those with a number that is fitted, and more than two."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from runner.diagnosis.gradients.hypotheses import Choices
from runner.diagnosis.gradients.search import TOLERANCE, Suspect, at_fitted_rates, fitted_to

_MOST_AT_ONCE = 4


def several_for(suspect: Suspect, singles: Sequence[Choices]) -> Iterator[Iterator[tuple[Suspect, Choices]]]:
    """Several faults at once in groups, the likely ones first: pairs, then more.

    The loss has to be the one that was recorded, and an array that a fault leaves alone is explained by the others.
    """
    table = _Table(suspect, singles)
    yield ((suspect, pair) for pair in table.pairs(plausible=True))
    yield ((suspect, fitted) for one in table.near() for fitted in fitted_to(suspect, one))
    yield (fitted for one in table.acting() for fitted in at_fitted_rates(suspect, one))
    yield _beside_updates(suspect, singles)
    yield ((suspect, choices) for choices in _growing(suspect, singles))
    yield ((suspect, pair) for pair in table.pairs(plausible=False))


class _Table:
    """What each single fault changes of the right gradient, and what it explains of the recorded one."""

    def __init__(self, suspect: Suspect, singles: Sequence[Choices]) -> None:
        outcomes = [suspect.second(single) for single in singles]
        self._singles = [single for single, outcome in zip(singles, outcomes, strict=True) if outcome is not None]
        known = [outcome for outcome in outcomes if outcome is not None]
        right = suspect.second(())
        if right is None or not known:
            self._singles, self._acting = [], np.zeros(0, dtype=np.int64)
            return
        trial, healthy = right
        limit = TOLERANCE
        off = [suspect.off(trial, outcome) for _, outcome in known]
        self._explained = np.array(off) <= limit
        self._scaled = np.array([suspect.off(trial, outcome, scaled=True) for _, outcome in known]) <= limit
        self._healthy = np.array(suspect.off(trial, healthy)) <= limit
        apart = replace(trial, loss=healthy[0], gradient=healthy[1])
        self._touched = np.array([suspect.off(apart, outcome) for _, outcome in known]) > 10 * limit
        self._same_loss = np.array([suspect.loss_off(trial, outcome) <= limit for _, outcome in known])
        self._right_loss = suspect.loss_off(trial, healthy) <= limit
        changes_loss = np.array([suspect.loss_off(apart, outcome) > limit for _, outcome in known])
        self._acting = np.flatnonzero(self._touched.any(axis=1) | changes_loss)

    def near(self) -> Iterator[Choices]:
        """Single faults that explain more arrays than none does, perhaps but for a factor."""
        for index, single in enumerate(self._singles):
            if (self._scaled[index] & ~self._healthy).any() and (self._same_loss[index] or not self._right_loss):
                yield single

    def acting(self) -> Iterator[Choices]:
        """Single faults that change anything, and leave the loss as it was recorded."""
        for index in self._acting.tolist():
            if self._same_loss[index] or not self._right_loss:
                yield self._singles[index]

    def pairs(self, *, plausible: bool) -> Iterator[Choices]:
        """Pairs of which each explains what the other leaves alone; or the rest of them."""
        for i, j in itertools.combinations(self._acting.tolist(), 2):
            if self._loss_fits(i, j) and self._plausible(i, j) == plausible:
                yield self._singles[i] + self._singles[j]

    def _loss_fits(self, i: int, j: int) -> bool:
        if self._right_loss:
            return bool(self._same_loss[i] and self._same_loss[j])
        return bool(not self._same_loss.any() or self._same_loss[i] or self._same_loss[j])

    def _plausible(self, i: int, j: int) -> bool:
        one, other = self._touched[i], self._touched[j]
        needed = np.where(
            one,
            np.where(other, True, self._explained[i]),
            np.where(other, self._explained[j], self._healthy),
        )
        return bool(needed.all())


def _beside_updates(suspect: Suspect, singles: Sequence[Choices]) -> Iterator[tuple[Suspect, Choices]]:
    """Any fault together with updates before the backward pass, at a rate that explains the layer below."""
    for fitted, choices in at_fitted_rates(suspect, ()):
        (choice,) = choices
        if choice.layer is None:
            continue
        names = {f"W{choice.layer}", f"b{choice.layer}"}
        own = [array.name in names for array in suspect.named]
        _, *explained = fitted.explained(choices)
        if any(now and mine for now, mine in zip(explained, own, strict=True)):
            yield from ((fitted, (*choices, *single)) for single in singles if single != choices)


def _growing(suspect: Suspect, singles: Sequence[Choices]) -> Iterator[Choices]:
    """Three and more, each chosen because with it more arrays, or the loss, are as recorded."""
    chosen: Choices = ()
    explained = sum(suspect.explained(()))
    while len(chosen) < _MOST_AT_ONCE:
        gains = [(sum(suspect.explained(chosen + single)), chosen + single) for single in singles]
        most, grown = max(gains, key=lambda gain: gain[0])
        if most <= explained:
            return
        chosen, explained = grown, most
        if len(chosen) > 2:
            yield chosen
