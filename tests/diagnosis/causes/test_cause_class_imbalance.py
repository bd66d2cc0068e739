"""Nearly all of one class, and nothing but that class for an answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one

NAME = "class_imbalance"
BASE: dict[str, Any] = {"optimizer": {"name": "sgd", "lr": 0.1}, "network": {"hidden": [8]}, "steps": 200}


def core(few: int = 18, n: int = 300) -> dict[str, Any]:
    """Points around 0, the few innermost of them of a class of their own."""
    X = np.random.default_rng(0).normal(size=(n, 2))
    radius = np.hypot(*X.T)
    return {"name": "inline", "X": X, "Y": (radius < np.sort(radius)[few]).astype(float)}


@pytest.mark.slow
def test_the_few_in_the_middle_are_missed() -> None:
    """Of 300 points 18 are of the smaller class, none of which is answered right; the accuracy is 94 %."""
    case = case_of(BASE, dataset=core())
    suspicion = the_one(NAME, case)
    assert suspicion.evidence["share"] == pytest.approx(282 / 300)
    assert suspicion.evidence["others"] == 18
    assert suspicion.evidence["recall_of_others"] == 0.0
    assert suspicion.evidence["accuracy"] == pytest.approx(0.94)
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.verified is not None
    assert finding.verified.measured is not None
    assert finding.verified.measured.after >= 0.5


def test_a_high_accuracy_hides_it() -> None:
    """With 4 of 300 the accuracy is 98.7 %, which the best constant answer has too, and a class is missed."""
    case = case_of(BASE, dataset=core(few=4))
    assert case.conclusion.quality >= case.conclusion.good
    suspicion = the_one(NAME, case)
    assert suspicion.certain
    assert findings_of(case)[0].cause == NAME


def test_weights_of_classes_are_tried_where_training_on_does_not_help() -> None:
    """Where the small class is nowhere the likelier one, a right network misses it; weights make it count."""
    rng = np.random.default_rng(2)
    y = (np.arange(400) < 24).astype(float)
    X = rng.normal(size=(400, 2)) + 0.8 * y[:, None]
    linear = {"optimizer": {"name": "sgd", "lr": 0.5}, "network": {"hidden": []}, "steps": 300}
    finding = findings_of(case_of(linear, dataset={"name": "inline", "X": X, "Y": y}))[0]
    assert (finding.cause, finding.prescription[0]) == (NAME, "loss.class_weights=balanced")
    assert finding.verified is not None
    assert finding.verified.measured is not None
    assert finding.verified.measured.before <= 0.1 < 0.6 < finding.verified.measured.after
    again = case_of({**linear, "loss": {"class_weights": "balanced"}}, dataset={"name": "inline", "X": X, "Y": y})
    assert NAME not in {one.cause for one in findings_of(again)}


def test_three_classes() -> None:
    """The class stands with its name, and the recall is that of both others."""
    rng = np.random.default_rng(1)
    y = np.zeros(200, dtype=int)
    y[:6], y[6:12] = 1, 2
    X = rng.normal(size=(200, 3))
    names = np.array(["usual", "odd", "rare"])[y]
    case = case_of(BASE, dataset={"name": "inline", "X": X, "Y": names})
    suspicion = the_one(NAME, case)
    assert case.setup.dataset.targets[suspicion.evidence["largest"]] == "usual"
    assert suspicion.evidence["others"] == 12
    assert suspicion.evidence["share"] == pytest.approx(0.94)
    assert "class usual" in suspicion.symptom
    assert NAME in {finding.cause for finding in findings_of(case)}


def test_one_small_class_of_three_is_missed() -> None:
    """The confusion matrix decides: the largest class has 4 of 5 samples, and only the smallest is never predicted."""
    rng = np.random.default_rng(4)
    counts, centres = (240, 45, 15), ((-3.0, 0.0), (3.0, 0.0), (-3.0, 0.3))
    X = np.vstack([rng.normal(centre, 0.6, (n, 2)) for centre, n in zip(centres, counts, strict=True)])
    names = np.repeat(["usual", "other", "rare"], counts)
    case = case_of(BASE, dataset={"name": "inline", "X": X, "Y": names}, optimizer={"name": "sgd", "lr": 0.5})
    suspicion = the_one(NAME, case)
    assert [case.setup.dataset.targets[k] for k in suspicion.evidence["missed"]] == ["rare"]
    assert suspicion.evidence["recall_of_missed"] == 0.0
    assert suspicion.evidence["recall_of_others"] > 0.5
    assert "misses class rare: of its 15 samples it gets 0% right. Class usual has 240 samples" in suspicion.symptom
    assert suspicion.certain


def test_a_rate_too_low_comes_first() -> None:
    """A network that hasn't even learnt how frequent the classes are has another trouble."""
    dataset = core()
    dataset["X"] = dataset["X"] + 4.0 * dataset["Y"][:, None]
    case = case_of(BASE, dataset=dataset, optimizer={"name": "sgd", "lr": 1e-4})
    assert not any(suspicion.certain for suspicion in said_by(NAME, case))
    assert findings_of(case)[0].cause != NAME


def test_few_that_are_found_are_silent() -> None:
    """Where the few lie apart and are answered right, their being few is no trouble."""
    dataset = core()
    dataset["X"] = dataset["X"] + 4.0 * dataset["Y"][:, None]
    case = case_of(BASE, dataset=dataset, optimizer={"name": "sgd", "lr": 0.5}, steps=1000)
    assert case.healthy
    assert not said_by(NAME, case)
    assert not findings_of(case)


@pytest.mark.parametrize("name", ["and", "planar", "blobs", "digits"])
def test_balanced_classes_are_silent(name: str) -> None:
    """Classes of similar size aren't imbalanced, also where a failed run answers a single one."""
    case = case_of(BASE, dataset={"name": name}, optimizer={"name": "sgd", "lr": 1e-9}, steps=3)
    assert not said_by(NAME, case)


def test_a_regression_has_no_classes() -> None:
    """Quantities and several labels a sample are left alone."""
    assert not said_by(NAME, case_of(BASE, dataset={"name": "sine"}, steps=3))
    Y = np.zeros((50, 3))
    Y[:2] = 1.0
    X = np.random.default_rng(0).normal(size=(50, 2))
    dataset = {"name": "inline", "X": X, "Y": Y, "task": "multilabel"}
    assert not said_by(NAME, case_of(BASE, dataset=dataset, steps=3))
