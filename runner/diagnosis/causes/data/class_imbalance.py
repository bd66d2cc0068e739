"""class_imbalance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change, Fix, combined
from runner.diagnosis.fixes.companions import MORE_STEPS, more_steps
from runner.diagnosis.measures.output_and_loss import fitting_fixes
from runner.diagnosis.measures.splits import evaluated
from runner.diagnosis.suspicion import Goal, Suspicion
from runner.training.choices import labels_of

# Share of the samples of the missed classes that a fixed network must get right.
_ENOUGH = 0.5
# Samples without which a class is an accident, not a class.
_FEWEST = 2
# Of the way from its first loss to that of the best constant answer: a network that has come so far has learnt how
# frequent the classes are.
_OF_THE_WAY = 0.9


class ClassImbalance(Cause):
    """A class that is much smaller than the largest, and that the network hardly ever predicts.

    The largest class has at least `class_imbalance` times as many samples, and the recall of the small one is at most
    `missed_classes`: its share of the loss is so small that the network learns the class frequencies and stops there,
    or the larger classes alone. Runs with a high accuracy are examined too, since leaving out a small class gives one.
    Limits: one label per sample; a network that learnt nothing predicts a single class as well, which is why the cause
    is certain only where the loss fell most of the way to that of the best constant answer.
    """

    name = "class_imbalance"
    says = "largest class / a small one >= class_imbalance in samples, and recall of the small one <= missed_classes"
    thresholds = ("class_imbalance", "missed_classes")
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The confusion matrix: how many samples each class has, and how many of them are answered right."""
        task, Y = case.setup.dataset.task, case.setup.dataset.train.Y
        if task not in ("binary", "classes") or case.outcome in ("nan", "diverged"):
            return
        counts = np.bincount(labels_of(Y))
        small = (counts >= _FEWEST) & (counts * case.thresholds.class_imbalance <= counts.max())
        recalls = _recalls(case)
        missed = [k for k in np.flatnonzero(small).tolist() if recalls[k] <= case.thresholds.missed_classes]
        if not missed:
            return
        share, others = float(counts.max() / len(Y)), int(len(Y) - counts.max())
        recall, learnt_shares = recall_of(case, missed), _learnt_shares(case)
        yield Suspicion(
            cause=self.name,
            symptom=_symptom(case, counts, missed, recall),
            evidence={
                "share": share,
                "largest": int(counts.argmax()),
                "others": others,
                "missed": missed,
                "recall_of_missed": recall,
                "recall_of_others": recall_of(case, [k for k in range(len(counts)) if k != counts.argmax()]),
                "accuracy": case.conclusion.quality,
            },
            where={"layer": len(case.setup.architecture.layers)},
            fixes=_fixes(case),
            otherwise=_weights(case),
            strength=4.0 if learnt_shares else 0.5,
            certain=learnt_shares or case.outcome == "converged",
            conditions=frozenset({"frequencies are learnt"} if learnt_shares else ()),
            goal=Goal(f"recall of class {and_listed(case, missed)}", partial(recall_of, classes=missed), _ENOUGH),
        )


def recall_of(case: Case, classes: Sequence[int]) -> float:
    """The share of the training samples of these classes that the network gets right."""
    part = case.setup.dataset.train
    truth, answers = labels_of(part.Y), labels_of(evaluated(case, part).outputs.T, case.setup.network.boundary)
    of = np.isin(truth, classes)
    return float((answers[of] == truth[of]).mean())


def _recalls(case: Case) -> list[float]:
    """The recall of each class, 0 for one without samples."""
    counts = np.bincount(labels_of(case.setup.dataset.train.Y))
    return [recall_of(case, [k]) if count else 0.0 for k, count in enumerate(counts)]


def _symptom(case: Case, counts: NDArray[np.intp], missed: Sequence[int], recall: float) -> str:
    share, largest, few = (
        counts.max() / counts.sum(),
        and_listed(case, [int(counts.argmax())]),
        int(counts[missed].sum()),
    )
    if few == counts.sum() - counts.max():
        return (
            f"{share:.1%} of the samples belong to class {largest}, and the network predicts little else: of the "
            f"{few} other samples it gets {recall:.0%} right."
        )
    return (
        f"The network misses class {and_listed(case, missed)}: of its {few} samples it gets {recall:.0%} right. Class "
        f"{largest} has {counts.max()} samples, {share:.1%} of all."
    )


def and_listed(case: Case, classes: Sequence[int]) -> str:
    """The names of classes, as "a and b"."""
    names = case.setup.dataset.targets
    return " and ".join(names[k] if len(names) > 1 else str(k) for k in classes)


def _learnt_shares(case: Case) -> bool:
    """Whether the loss fell most of the way to that of the best constant answer; False where that isn't known."""
    part, setup = case.setup.dataset.train, case.setup
    mean = part.Y.mean(axis=0, dtype=np.float64)
    entropy = -float((mean * np.log(np.maximum(mean, np.finfo(float).tiny))).sum())
    if part.Y.shape[1] == 1:
        entropy -= float(((1.0 - mean) * np.log(1.0 - mean)).sum())
    constants = {
        "binary_cross_entropy": entropy,
        "categorical_cross_entropy": entropy,
        "squared_error": float(part.Y.var(axis=0).sum()),
        "half_squared_error": 0.5 * float(part.Y.var(axis=0).sum()),
    }
    if setup.loss not in constants or setup.options.class_weights is not None or setup.options.smoothing:
        return False
    samples = 1 if setup.options.reduction == "mean" else len(part)
    first, last = (evaluated(case, part, theta).loss / samples for theta in (setup.initial, case.theta))
    return last <= first - _OF_THE_WAY * max(0.0, first - constants[setup.loss])


def _fixes(case: Case) -> tuple[Fix, ...]:
    """A loss that weighs the small classes more, and more training: longer, faster, both."""
    longer = more_steps(case.setup, MORE_STEPS)
    faster: Fix = (Change("optimizer.lr", case.setup.settings.optimizer.rate * MORE_STEPS),)
    return (*fitting_fixes(case.setup)[-1:], longer, faster, combined(longer, faster))


def _weights(case: Case) -> tuple[Fix, ...]:
    """Samples that count by their class, which finds the small ones at the cost of false alarms."""
    if case.setup.settings.loss.class_weights is not None:
        return ()
    balanced: Fix = (Change("loss.class_weights", "balanced"),)
    return (balanced, combined(balanced, more_steps(case.setup, MORE_STEPS)))
