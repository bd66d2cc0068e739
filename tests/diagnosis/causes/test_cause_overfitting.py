"""A validation loss that rises while the training loss falls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one
from sklearn.metrics import r2_score

from runner.diagnosis.fixes.changes import Change
from runner.network.inference import Predictor

NAME = "overfitting"
BASE: dict[str, Any] = {
    "network": {"hidden": [64], "activation": "relu"},
    "optimizer": {"name": "adam", "lr": 0.01},
    "steps": 2000,
}


def noisy_labels(seed: int = 0) -> dict[str, Any]:
    """The side on which a point lies, wrong for about a fifth of them: learnt by heart in the end."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(150, 4))
    Y = (X[:, 0] + rng.normal(scale=0.8, size=150) > 0).astype(float)
    return {"name": "inline", "X": X, "Y": Y, "valid_fraction": 0.4}


def noisy_sine(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, 40)
    return {"name": "inline", "X": x, "Y": np.sin(3 * x) + rng.normal(scale=0.5, size=40), "valid_fraction": 0.4}


@pytest.mark.parametrize("seed", range(2))
def test_noise_learnt_by_heart(seed: int) -> None:
    """In a converged run it is named with the turn of the validation loss, and a fix undoes most of the rise."""
    case = case_of(BASE, dataset=noisy_labels(seed))
    assert case.outcome == "converged"
    curve = case.history["valid_loss"]
    evidence = the_one(NAME, case).evidence
    assert evidence["lowest_valid_loss"] == np.nanmin(curve)
    assert the_one(NAME, case).where["step"] == np.nanargmin(curve)
    valid = case.setup.dataset.valid
    assert valid is not None
    workspace = case.setup.workspace()
    np.copyto(workspace.theta, case.theta)
    answers = Predictor(case.setup.architecture, workspace.weights())(valid.X) > 0.5
    assert evidence["valid_quality"] == pytest.approx((answers == (valid.Y > 0.5)).mean())
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.verified is not None
    assert finding.verified.measured is not None
    assert finding.verified.measured.after > 0.5
    assert finding.prescription[0].split("=")[0] in ("early_stop.metric", "optimizer.weight_decay", "steps")


@pytest.mark.slow
def test_a_curve_through_every_point() -> None:
    """A regression that runs through noise: R² on the validation part is far behind."""
    case = case_of(BASE, dataset=noisy_sine(), network={"hidden": [64, 64]}, steps=3000)
    valid = case.setup.dataset.valid
    assert valid is not None
    workspace = case.setup.workspace()
    np.copyto(workspace.theta, case.theta)
    answers = Predictor(case.setup.architecture, workspace.weights())(valid.X)
    assert the_one(NAME, case).evidence["valid_quality"] == pytest.approx(r2_score(valid.Y, answers))
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.verified is not None


@pytest.mark.parametrize("seed", range(3))
def test_a_rise_in_the_first_steps_that_stays(seed: int) -> None:
    """Few samples are learnt by heart at once: the validation loss rises early, and then neither rises nor falls."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 8))
    Y = X[:, 0] + rng.normal(size=60)
    dataset = {"name": "inline", "X": X, "Y": Y, "valid_fraction": 0.3, "standardize": "both"}
    case = case_of(BASE, dataset=dataset, network={"hidden": [64], "activation": "tanh"}, steps=3000)
    curve = case.history["valid_loss"]
    suspicion = the_one(NAME, case)
    assert suspicion.where["step"] == np.nanargmin(curve) < 200
    assert suspicion.evidence["last_valid_loss"] > 1.1 * np.nanmin(curve)


def test_few_samples_learnt_by_heart_at_rest() -> None:
    """A validation loss at rest, far behind 54 training digits learnt by heart, is named too."""
    config = {
        "dataset": {"name": "digits", "valid_fraction": 0.97},
        "network": {"hidden": [32], "activation": "relu"},
        "optimizer": {"name": "sgd", "lr": 0.1},
        "steps": 1500,
        "diagnosis": {"budget": 2.0},
    }
    case = case_of(config)
    curve = case.history["valid_loss"]
    assert curve[-1] < 1.1 * np.nanmin(curve)
    evidence = the_one(NAME, case).evidence
    assert evidence["quality"] == 1.0
    assert evidence["gap"] == pytest.approx(1.0 - case.history["valid_accuracy"][-1])
    assert findings_of(case)[0].cause == NAME


def test_stopped_in_time_is_silent() -> None:
    """The same run with an early stop has no finding."""
    stop = {"metric": "valid_loss", "patience": 2}
    assert not said_by(NAME, case_of(BASE, dataset=noisy_labels(), early_stop=stop))


@pytest.mark.parametrize(
    "dataset",
    [
        {"name": "blobs", "samples": 200, "valid_fraction": 0.3, "standardize": "inputs"},
        {"name": "planar", "valid_fraction": 0.3},
        {"name": "circles", "valid_fraction": 0.3},
        {"name": "sine", "valid_fraction": 0.3, "standardize": "inputs"},
        {"name": "sign", "valid_fraction": 0.3},
    ],
)
def test_runs_that_generalise_are_silent(dataset: dict[str, Any]) -> None:
    """A validation loss that falls, or rises a little while the answers stay right, is no finding."""
    assert not said_by(NAME, case_of(BASE, dataset=dataset))


def test_no_validation_part_is_silent() -> None:
    """Without a validation part nothing is known."""
    assert not said_by(NAME, case_of(BASE, dataset={**noisy_labels(), "valid_fraction": 0.0}))


def test_dropout_is_the_last_fix_to_be_tried_and_one_that_works() -> None:
    """The last candidate drops out half of the units, and the validation loss ends lower; a run that does has none."""
    config: dict[str, Any] = {
        "dataset": {"name": "circles", "noise": 0.3, "valid_fraction": 0.5},
        "network": {"hidden": [64, 64], "activation": "relu"},
        "init": {"weights": {"name": "he"}},
        "optimizer": {"name": "adam", "lr": 0.005},
        "steps": 500,
    }
    case, dropout = case_of(config), (Change("network.dropout", 0.5),)
    assert the_one(NAME, case).fixes[-1] == dropout
    fixed = case_of(config, network={**config["network"], "dropout": 0.5})
    before, after = (one.conclusion.final["valid_loss"] for one in (case, fixed))
    assert before is not None
    assert after is not None
    assert after < 0.6 * before
    assert all(dropout not in one.fixes for one in said_by(NAME, fixed))


def test_running_statistics_that_have_not_settled_are_no_overfitting() -> None:
    """A validation loss that moves while running statistics are still what they started at has not risen."""
    config: dict[str, Any] = {
        "dataset": {"name": "circles", "samples": 120, "valid_fraction": 0.3},
        "network": {"hidden": [8, 8], "batch_norm": True},
        "optimizer": {"name": "sgd", "lr": 1e-5},
        "steps": 300,
    }
    assert list(said_by(NAME, case_of(config))) == []
