"""Targets from which nothing can be learnt: the same for all, contradictory, far off, unrelated to the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one
from scipy.stats import pearsonr

from runner.diagnosis.measures.labels import contradictions, outliers
from runner.diagnosis.measures.neighbours import p_values
from runner.training.measuring.measure import TaskMeasure

NAME = "bad_labels"
BASE: dict[str, Any] = {"optimizer": {"name": "sgd", "lr": 0.5}, "network": {"hidden": [8]}, "steps": 600}


def points(n: int = 200, seed: int = 0) -> tuple[Any, Any]:
    """Points around 0, and whether they lie on the right."""
    X = np.random.default_rng(seed).normal(size=(n, 2))
    return X, (X[:, 0] > 0).astype(float)


def inline(X: Any, Y: Any, **more: Any) -> dict[str, Any]:
    return {"name": "inline", "X": X, "Y": Y, **more}


@pytest.mark.parametrize(("value", "task"), [(3.0, "regression"), (1.0, "binary")])
def test_constant_targets(value: float, task: str) -> None:
    """Where all targets are the same there is nothing to learn, however good the accuracy."""
    X, _ = points(60)
    case = case_of(BASE, dataset=inline(X, np.full(60, value), task=task))
    assert the_one(NAME, case).evidence == {"values": [value]}
    assert findings_of(case)[0].cause == NAME


@pytest.mark.parametrize("share", [0.6, 1.0])
def test_contradictory_labels(share: float) -> None:
    """Each point comes twice, with opposite labels for a share of them: of these, no more than half can be right."""
    X, y = points(100)
    turned = int(share * 100)
    case = case_of(BASE, dataset=inline(np.vstack([X, X]), np.r_[y, 1 - y[:turned], y[turned:]]))
    evidence = the_one(NAME, case).evidence
    assert evidence["share"] == pytest.approx(share)
    assert evidence["ceiling"] == pytest.approx(1 - share / 2)
    first, other = evidence["example"]
    assert abs(first - other) == 100
    assert findings_of(case)[0].cause == NAME


def test_contradictory_quantities() -> None:
    """The best answer to two targets is their mean: R² of what varies between the inputs."""
    x = np.linspace(-1, 1, 40)
    noise = np.where(np.arange(40) % 2, 2.0, -2.0)
    case = case_of(BASE, dataset=inline(np.r_[x, x], np.r_[x + noise, x - noise]))
    y = np.r_[x + noise, x - noise]
    assert the_one(NAME, case).evidence["ceiling"] == pytest.approx(1 - 4.0 / y.var())
    assert findings_of(case)[0].cause == NAME


def test_contradictions_by_hand() -> None:
    """Of inputs a, a, a, b, b, c with classes 0, 0, 1, 1, 1, 0 three contradict, and five of six can be right."""
    X = np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [2.0]])
    Y = np.eye(2)[[0, 0, 1, 1, 1, 0]]
    found = contradictions(X, Y, TaskMeasure("classes"))
    assert found is not None
    assert (found.share, found.example, found.ceiling) == (0.5, (0, 2), 5 / 6)
    assert contradictions(X, np.eye(2)[[0, 0, 0, 1, 1, 0]], TaskMeasure("classes")) is None


def test_a_target_far_off_all_others() -> None:
    """A 9999 among numbers around 0 makes all of the variance: it is found by its number, not the numbers' tails."""
    X, _ = points(120)
    y = np.r_[X[1:, 0], 9999.0]
    case = case_of(BASE, dataset=inline(X, y), optimizer={"name": "sgd", "lr": 0.05})
    evidence = the_one(NAME, case).evidence
    assert evidence["samples"] == [119]
    quartiles = np.subtract(*np.quantile(y, (0.75, 0.25)))
    assert evidence["distance"] == pytest.approx((9999 - np.median(y)) / quartiles)
    assert findings_of(case)[0].cause == NAME
    tail = np.exp(np.linspace(-10, 10, 300)).reshape(-1, 1)
    assert outliers(tail, 100.0) is None


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["labels", "quantities", "classes"])
def test_targets_in_another_order(kind: str, seed: int) -> None:
    """Shuffled apart from their inputs, labels, classes and quantities are named first, before what they lead to."""
    X, y = points(200, seed)
    targets = {"labels": y, "quantities": X[:, 0], "classes": np.eye(3)[np.digitize(X[:, 0], (-0.5, 0.5))]}[kind]
    order = np.random.default_rng(seed + 10).permutation(200)
    case = case_of(BASE, dataset=inline(X, targets[order]), diagnosis={"budget": 2.0})
    suspicion = the_one(NAME, case)
    assert not suspicion.certain, "that nothing was detected is no proof"
    assert min(suspicion.evidence["p_values"].values()) > 0.01
    assert findings_of(case)[0].cause == NAME
    assert not said_by(NAME, case_of(BASE, dataset=inline(X, targets)))


def test_unrelated_labels_learnt_by_heart() -> None:
    """Where the training part is learnt by heart, the validation part gives it away, before overfitting."""
    X, y = points(300)
    dataset = inline(X, np.random.default_rng(5).permutation(y), valid_fraction=0.3)
    case = case_of(
        BASE,
        dataset=dataset,
        network={"hidden": [64, 64], "activation": "relu"},
        optimizer={"name": "adam", "lr": 0.01},
        steps=2000,
        diagnosis={"budget": 5.0},
    )
    assert case.healthy
    causes = [finding.cause for finding in findings_of(case)]
    assert causes[0] == NAME
    assert "overfitting" in causes


def test_p_values_against_scipy() -> None:
    """One feature that is weakly correlated with the target: p is about that of the correlation coefficient."""
    rng = np.random.default_rng(3)
    x = rng.choice([-1.0, 1.0], size=(150, 1))  # its square is constant: no further feature to be correlated with
    for weight in (0.0, 0.1, 0.2):
        y = weight * x + rng.normal(size=(150, 1))
        assert p_values(x, y)["correlation"] == pytest.approx(pearsonr(x[:, 0], y[:, 0]).pvalue, abs=0.06)


@pytest.mark.parametrize("bits", [2, 4, 6, 8])
def test_a_parity_is_no_accident(bits: int) -> None:
    """All neighbours in a parity are of the other class, which is a relation; XOR's four samples prove nothing."""
    dataset = {"name": "parity", "bits": bits}
    case = case_of(BASE, dataset=dataset, network={"hidden": [1]}, optimizer={"name": "sgd", "lr": 1e-6}, steps=50)
    assert not case.healthy
    assert not said_by(NAME, case)


@pytest.mark.parametrize("name", ["planar", "circles", "sine", "sign", "digits", "x_plus_one", "blobs", "and", "xor"])
def test_good_data_of_failed_runs_are_silent(name: str) -> None:
    """A run that hardly moved isn't blamed on data from which others learn."""
    case = case_of(BASE, dataset={"name": name}, optimizer={"name": "sgd", "lr": 1e-12}, steps=5)
    assert not said_by(NAME, case)


def test_a_few_of_the_smaller_class_say_too_little() -> None:
    """Nine samples of the smaller class among 300 are too few to call them unrelated."""
    X = np.random.default_rng(0).normal(size=(300, 2))
    y = np.zeros(300)
    y[:9] = 1
    case = case_of(BASE, dataset=inline(X, y))
    assert not case.healthy
    assert not said_by(NAME, case)


@pytest.mark.parametrize(("value", "task"), [(3.5, "regression"), (1.0, "binary")])
def test_a_single_sample_is_not_constant(value: float, task: str) -> None:
    """One sample that a network learns by heart is a check of the code, not a mistake in the data."""
    dataset = {"name": "inline", "X": [[1.0]], "Y": [value], "task": task}
    case = case_of({"dataset": dataset, "network": {"hidden": []}, "optimizer": {"name": "sgd", "lr": 0.5}}, steps=500)
    assert case.healthy
    assert not findings_of(case)


def test_a_target_far_off_is_reported_in_the_units_of_the_data() -> None:
    """Standardised for training, the outlier is still shown as the number that stands in the data."""
    X, _ = points(120)
    dataset = inline(X, np.r_[X[1:, 0], 9999.0]) | {"standardize": "both"}
    suspicion = the_one(NAME, case_of(BASE, dataset=dataset, optimizer={"name": "sgd", "lr": 0.05}))
    assert suspicion.evidence["value"] == pytest.approx(9999.0)
    assert suspicion.symptom.startswith("One target is an outlier (sample 119) and makes up ")
