"""class_imbalance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.case import Case
from runner.diagnosis.causes.cause import Cause
from runner.diagnosis.fixes.changes import Change, Fix
from runner.diagnosis.measures.output_and_loss import fitting_fixes
from runner.diagnosis.measures.splits import evaluated
from runner.diagnosis.suspicion import Goal, Suspicion

# Share of the samples of the other classes that a fixed network must get right.
_ENOUGH = 0.5
# Of the loss of the best constant answer: a network that is no worse has learnt how frequent the classes are.
_AS_GOOD = 1.05
_MORE = 10


class ClassImbalance(Cause):
    """Nearly all samples belong to one class, and the network predicts hardly any other.

    The share of the largest class is at least `class_imbalance`, and the recall of the other classes at most
    `missed_classes`: their share of the loss is so small that the network learns the class frequencies and stops
    there. Runs with a high accuracy are examined too, since predicting the largest class gives one. Limits: one label
    per sample; a network that learnt nothing predicts a single class as well, which is why the cause is certain only
    where the loss is as low as that of the best constant answer.
    """

    name = "class_imbalance"
    says = "share of the largest class >= class_imbalance, and recall of the others <= missed_classes"
    thresholds = ("class_imbalance", "missed_classes")
    always = True

    def look(self, case: Case) -> Iterator[Suspicion]:
        """The share of the largest class, and the recall of the others."""
        task, Y = case.setup.dataset.task, case.setup.dataset.train.Y
        if task not in ("binary", "classes") or case.outcome in ("nan", "diverged"):
            return
        classes = _classes(Y)
        names, counts = np.unique(classes, return_counts=True)
        share, largest = float(counts.max() / len(Y)), int(names[counts.argmax()])
        if not case.thresholds.class_imbalance <= share < 1.0:
            return
        recall = recall_of_others(case)
        if recall > case.thresholds.missed_classes:
            return
        learnt_shares = _learnt_shares(case)
        yield Suspicion(
            cause=self.name,
            symptom=f"{share:.1%} of the samples belong to class {self._named(case, largest)}, and the network "
            f"predicts little else: of the {int(len(Y) - counts.max())} other samples it gets {recall:.0%} right.",
            evidence={
                "share": share,
                "largest": largest,
                "others": int(len(Y) - counts.max()),
                "recall_of_others": recall,
                "accuracy": case.conclusion.quality,
            },
            where={"layer": len(case.setup.architecture.layers)},
            fixes=_fixes(case),
            strength=4.0 if learnt_shares else 0.5,
            certain=learnt_shares or case.outcome == "converged",
            goal=Goal("recall of the other classes", recall_of_others, _ENOUGH),
        )

    @staticmethod
    def _named(case: Case, largest: int) -> str:
        names = case.setup.dataset.targets
        return names[largest] if len(names) > 1 else str(largest)


def recall_of_others(case: Case) -> float:
    """The share of the training samples outside the largest class that the network gets right."""
    part = case.setup.dataset.train
    truth, answers = _classes(part.Y), _classes(evaluated(case, part).outputs.T)
    others = truth != np.bincount(truth).argmax()
    return float((answers[others] == truth[others]).mean())


def _classes(Y: NDArray[np.floating]) -> NDArray[np.intp]:
    return np.asarray(Y[:, 0] > 0.5 if Y.shape[1] == 1 else Y.argmax(axis=1)).astype(np.intp)


def _learnt_shares(case: Case) -> bool:
    """Whether the loss is about that of the best constant answer, or lower; False where that isn't known."""
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
    if setup.loss not in constants:
        return False
    loss = evaluated(case, part).loss / (1 if setup.options.reduction == "mean" else len(part))
    return loss <= _AS_GOOD * constants[setup.loss]


def _fixes(case: Case) -> tuple[Fix, ...]:
    """A loss that weighs the small classes more, and more training: longer, faster, both."""
    settings = case.setup.settings
    path, count = ("steps", settings.steps) if settings.epochs is None else ("epochs", settings.epochs)
    longer, faster = Change(path, count * _MORE), Change("optimizer.lr", settings.optimizer.lr * _MORE)
    return (*fitting_fixes(case.setup)[-1:], (longer,), (faster,), (longer, faster))
