"""Classes that no hyperplane separates, before networks that have nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one
from in_memory import run
from sklearn.svm import LinearSVC

from runner.diagnosis.measures.linear import separation

NAME = "not_linearly_separable"
ALONE: dict[str, Any] = {"network": {"hidden": []}, "optimizer": {"name": "sgd", "lr": 1.0}, "steps": 1500}


def test_xor_by_one_unit() -> None:
    """Each of the four answers of XOR misses its margin by 1 at the best; a hidden layer fixes it on every seed."""
    case = case_of(ALONE, dataset={"name": "xor"})
    evidence = the_one(NAME, case).evidence
    assert evidence["separable"] is False
    assert evidence["violation"] == pytest.approx(4.0)
    assert evidence["best_linear"] <= 0.75
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("network.hidden=[8]",))
    assert finding.verified is not None
    assert finding.verified.after == "converged"


def test_circles_by_a_linear_network() -> None:
    """The rings around each other are separated by neighbours and by no line, with linear layers or without any."""
    for network in ({"hidden": []}, {"hidden": [6], "activation": "identity"}):
        case = case_of(ALONE, dataset={"name": "circles", "samples": 120}, network=network)
        X, Y = case.setup.dataset.train.X, case.setup.dataset.train.Y[:, 0]
        by_hand = LinearSVC(C=1.0, random_state=0).fit(X, Y).score(X, Y)
        suspicion = the_one(NAME, case)
        assert suspicion.certain
        assert suspicion.evidence["separable"] is False
        assert suspicion.evidence["best_linear"] == pytest.approx(by_hand, abs=0.15)
        assert suspicion.evidence["nearest_neighbours"] > 0.95
        findings = findings_of(case)
        named = findings[0] if not network["hidden"] else findings[1]
        assert named.cause == NAME
        assert named.verified is not None


def test_the_posts_unit() -> None:
    """The post's single unit with its explicit weights is fixed by a hidden layer that is drawn."""
    config = {
        **ALONE,
        "dataset": {"name": "xor"},
        "init": {
            "weights": {"name": "explicit", "values": [[[0.26], [0.03]]]},
            "bias": {"name": "explicit", "values": [[0.08]]},
        },
    }
    finding = findings_of(case_of(config))[0]
    assert finding.cause == NAME
    assert finding.prescription == ("network.hidden=[8]", "init.weights=xavier", "init.bias=zeros")
    training = run("dataset=xor", "network.hidden=[8]", "init=explicit", "init.weights=xavier", "init.bias=zeros")
    assert training.setup.architecture.sizes == (2, 8, 1)


@pytest.mark.parametrize("name", ["and", "or", "nand", "sign"])
def test_what_a_line_separates_is_silent(name: str) -> None:
    """One unit gets AND, OR and the sign right; where it fails for another reason, this isn't it."""
    assert not said_by(NAME, case_of(ALONE, dataset={"name": name}))
    failed = case_of(ALONE, dataset={"name": name}, steps=3, optimizer={"name": "sgd", "lr": 1e-9})
    assert not failed.healthy or name == "sign"
    assert not said_by(NAME, failed)


def test_overlapping_clouds_are_silent() -> None:
    """Clouds that overlap don't separate, but a line does about as well as anything: noise is no missing layer."""
    dataset = {"name": "blobs", "samples": 200, "classes": 2, "spread": 6.0, "seed": 3, "standardize": "inputs"}
    case = case_of(ALONE, dataset=dataset)
    assert case.conclusion.quality < 0.98
    assert not any(suspicion.certain for suspicion in said_by(NAME, case))
    assert not case.healthy or not findings_of(case)


def test_hidden_units_that_bend_are_silent() -> None:
    """A network with a hidden layer of tanh isn't accused of being linear, however badly it did."""
    network = {"hidden": [2], "activation": "tanh"}
    case = case_of(ALONE, dataset={"name": "xor"}, network=network, optimizer={"name": "sgd", "lr": 1e-6})
    assert not case.healthy
    assert not said_by(NAME, case)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("gap", [-0.5, 0.5])
def test_the_linear_program_of_several_classes(seed: int, gap: float) -> None:
    """Three clouds made to lie apart separate; with some points of each among the others they don't."""
    rng = np.random.default_rng(seed)
    Y = np.eye(3)[np.repeat(np.arange(3), 20)]
    X = 4.0 * np.array([[1.0, 0.0], [-0.5, 0.9], [-0.5, -0.9]])[Y.argmax(axis=1)] + rng.uniform(-1, 1, (60, 2))
    if gap < 0.0:
        X[::20] = -X[::20]
    answer = separation(X, Y)
    assert answer is not None
    assert answer.separable is (gap > 0.0)
    if gap > 0.0:
        assert (answer.answers.argmax(axis=1) == Y.argmax(axis=1)).all()
