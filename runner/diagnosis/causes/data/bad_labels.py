"""bad_labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.measures.labels import contradictions, outliers
from runner.diagnosis.measures.neighbours import PERMUTATIONS, p_values, sampled, voted
from runner.diagnosis.measures.splits import deviation_of_share, quality_on
from runner.diagnosis.suspicion import Suspicion
from runner.training.measuring.measure import largest_share

# Samples below which a permutation test has no power.
_SOME = 30
# R² on the validation split that is no better than the mean.
_NO_R2 = 0.1
# The permutation tests in words.
_TESTS = {"neighbours": "nearest neighbours", "feature": "single features", "correlation": "correlations"}


class BadLabels(Cause):
    """Targets from which nothing can be learnt, or nothing that generalises.

    All targets are the same; equal inputs have different targets, and that accounts for most of the missing progress;
    a few are outliers that make up most of the variance; or there is no detectable relation between inputs and
    targets. The last is decided by permutation tests: of nearest neighbours, over all features and along single ones,
    and of correlations, also with products of two features. They are run where the run failed, or where the network
    is at chance on the validation split; neighbours of opposite classes, as in a parity, are a relation. They prove
    nothing: where a change of the settings makes the network learn, on held-out samples too, this is no cause. NaN and
    infinity are errors when data are loaded. Limits: a relation that none of the tests detects (a faint one, a parity
    of a few features among many, a permutation), and fewer than 30 samples.
    """

    name = "bad_labels"
    says = "targets that are constant, contradictory or outliers; or p > unrelated_labels in permutation tests"
    thresholds = ("unrelated_labels", "contradictory", "outlier")
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The first of the four that holds, the plainest first."""
        if case.outcome in ("nan", "diverged"):
            return
        for found in (self._constant(case), self._contradictory(case), self._far_off(case), self._unrelated(case)):
            if found is not None:
                yield found
                return

    def _constant(self, case: Case) -> Suspicion | None:
        Y = case.setup.dataset.train.Y
        if len(Y) == 1 or np.ptp(Y, axis=0).max() > 0.0:
            return None
        values = [float(value) for value in Y[0]]
        shown = f"{values[0]:g}" if len(values) == 1 else f"({', '.join(f'{value:g}' for value in values[:10])})"
        return self._suspicion(
            f"All {len(Y)} samples have the target {shown}: there is nothing to learn.", values=values
        )

    def _contradictory(self, case: Case) -> Suspicion | None:
        part = case.setup.dataset.train
        found = None if case.healthy else contradictions(part.X, part.Y, case.measure)
        if found is None or case.progress >= 1.0:
            return None
        lacking = 1.0 - case.measure.progress(found.ceiling)
        accounted = lacking / (1.0 - case.progress)
        if accounted < case.thresholds.contradictory:
            return None
        first, other = found.example
        return self._suspicion(
            f"{found.share:.0%} of the samples have the same inputs as others but different targets, such as samples "
            f"{first} and {other}. No network can exceed {case.measure.of_value(found.ceiling)}.",
            share=found.share,
            example=list(found.example),
            ceiling=found.ceiling,
            accounted=accounted,
        )

    def _far_off(self, case: Case) -> Suspicion | None:
        if case.healthy or case.setup.dataset.task != "regression":
            return None
        dataset = case.setup.dataset
        found = outliers(dataset.scaling.outputs(dataset.train.Y), case.thresholds.outlier)
        if found is None or found.variance < 0.5:
            return None
        return self._suspicion(
            f"{_outliers(found.samples)} {found.variance:.1%} of the variance. The farthest, {found.value:.4g}, is "
            f"{found.distance:.3g} interquartile ranges from the median.",
            samples=found.samples,
            value=found.value,
            distance=found.distance,
            variance=found.variance,
        )

    def _unrelated(self, case: Case) -> Suspicion | None:
        dataset = case.setup.dataset
        at_chance = _validates_at_chance(case)
        if case.healthy and not at_chance:
            return None
        parts = [dataset.train, *([dataset.valid] if dataset.valid is not None else [])]
        X, Y = sampled(np.concatenate([part.X for part in parts]), np.concatenate([part.Y for part in parts]))
        if _telling(case, len(X)) < _SOME:
            return None
        found = p_values(X, Y, plain=case.thresholds.unrelated_labels)
        if min(found.values()) <= case.thresholds.unrelated_labels:
            return None
        likely = ", ".join(f"{p:.2f} for {_TESTS[name]}" for name, p in found.items())
        return self._suspicion(
            f"No relation between inputs and targets was detected: permutation tests give p = {likely} "
            f"({PERMUTATIONS} permutations of {len(X)} samples). There may be one that they don't detect.",
            doubtful=True,
            p_values=found,
            samples=len(X),
            nearest_neighbours=voted(X, Y, case.measure),
            chance=case.measure.chance,
        )

    def _suspicion(self, symptom: str, *, doubtful: bool = False, **evidence: object) -> Suspicion:
        return Suspicion(
            cause=self.name,
            symptom=symptom,
            evidence=evidence,
            where={"tensor": "Y"},
            strength=2.0 if doubtful else 8.0,
            certain=not doubtful,
            data_alone=True,
            learnt_by_heart=doubtful,
        )


def _outliers(samples: Sequence[int]) -> str:
    listed = ", ".join(map(str, samples))
    if len(samples) == 1:
        return f"One target is an outlier (sample {listed}) and makes up"
    return f"{len(samples)} targets are outliers (samples {listed}) and make up"


def _telling(case: Case, samples: int) -> float:
    """How many samples carry information about a relation: of a small class, not many more than twice its size."""
    if case.setup.dataset.task == "regression":
        return samples
    return min(1.0, 2.0 * (1.0 - case.measure.chance)) * samples


def _validates_at_chance(case: Case) -> bool:
    """Whether the network is no better on the validation split than the best constant answer."""
    valid = case.setup.dataset.valid
    if valid is None or len(valid) < _SOME:
        return False
    measure = quality_on(case, valid)
    if case.setup.dataset.task == "regression":
        return measure < _NO_R2
    chance = largest_share(valid.Y)
    return measure <= chance + 2.0 * deviation_of_share(chance, len(valid))
