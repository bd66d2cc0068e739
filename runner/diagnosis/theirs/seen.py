"""What a recording of a step shows of somebody's own network, at the start of its run and at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.fixes.limit import below, limit_with
from runner.diagnosis.scripts.changes.edit import Edit, Source
from runner.diagnosis.scripts.facts import Data, Facts
from runner.diagnosis.subjects.examine import facts
from runner.diagnosis.theirs.copies import ChangedCopy, copy_with, source_of
from runner.subjects.samples import Samples

# Samples that are recorded: enough to tell a dead unit.
_MOST_SAMPLES = 256


class RecordedCase:
    """A case of somebody's own network; `folder` is where changed copies of its file may be written."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case, self._folder = case, folder

    @cached_property
    def facts(self) -> Facts | None:
        """The network at its first and its last parameters; None where its step can't be recorded."""
        setup, part = self.case.setup, self.case.setup.dataset.train
        few = slice(min(setup.settings.batch_size or _MOST_SAMPLES, _MOST_SAMPLES))
        samples = Samples(part.X[few].astype(np.float64), part.Y[few].astype(np.float64), first=True)
        thetas = [theta for theta in (setup.initial, self.case.theta) if np.isfinite(theta).all()]
        sets = [[array for _, _, array in setup.layout.arrays(theta)] for theta in thetas]
        found = facts(setup.settings.subject, samples, setup.settings.network.hidden, sets) if sets else None
        return None if found is None else replace(found, targets=self._targets, task=_TASKS[setup.dataset.task])

    @cached_property
    def source(self) -> Source:
        """The text of their file."""
        return source_of(self.case)

    def copies(self, *edits: Edit | None) -> Iterator[ChangedCopy]:
        """Copies of their file with each of these changes, as far as they can be made."""
        for edit in edits:
            copy = copy_with(self.case, edit, self._folder)
            if copy is not None:
                yield copy

    def with_rate(self, fix: Fix) -> Iterator[Fix]:
        """The fix with a rate that suits the network then."""
        limit = limit_with(self.case.setup, fix)
        if limit is not None:
            yield (*fix, Change("optimizer.lr", below(limit)))

    @property
    def _targets(self) -> Data:
        Y = self.case.setup.dataset.train.Y
        deviations = Y.std(axis=0)
        size = float(np.sqrt(np.mean(np.square(Y))))
        spread = float(deviations.max()), float(deviations.min())
        return Data(("Y",), tuple(Y.shape), 0, size, *spread, float(Y.min()), float(Y.max()))


_TASKS = {"regression": "regression", "binary": "binary", "classes": "classes", "multilabel": "binary"}
