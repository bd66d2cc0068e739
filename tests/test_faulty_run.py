"""A run with faults, from its settings to the network that is read back from its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from runner.experiment import prepare, run
from runner.settings import validate
from runner.tracking.content.model import inference_sources
from runner.tracking.trained import Columns, TrainedNetwork

CONFIG: dict[str, Any] = {
    "dataset": {"name": "x_plus_one", "samples": 30, "standardize": "both"},
    "network": {"hidden": [3], "activation": "tanh"},
    "steps": 5,
}
COLUMNS = Columns("regression", ("x",), ("y",))


def test_the_saved_network_answers_with_its_faults(tmp_path: Path) -> None:
    """weights.npz holds the faults as JSON, and what reads it back computes the faulty forward pass."""
    faults = ["sigmoid_twice@1", "sign_flipped@2"]
    run(prepare(validate({**CONFIG, "faults": faults})), tmp_path)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as file:
        arrays = dict(file)
    assert json.loads(str(arrays["faults"])) == faults
    assert json.loads((tmp_path / "run.json").read_text())["config"]["faults"] == faults
    X = np.array([[1.0], [400.0]])
    scaled = (X - arrays["scaling/input_mean"]) / arrays["scaling/input_scale"]
    hidden = np.tanh(np.tanh(scaled @ arrays["layer_1/W"] + arrays["layer_1/b"]))
    expected = hidden @ arrays["layer_2/W"] + arrays["layer_2/b"]
    expected = expected * arrays["scaling/target_scale"] + arrays["scaling/target_mean"]
    np.testing.assert_allclose(TrainedNetwork(arrays, COLUMNS)(X), expected, rtol=1e-12)


def test_a_run_without_faults_says_nothing_of_them(tmp_path: Path) -> None:
    """Its weights.npz has no such entry."""
    run(prepare(validate(CONFIG)), tmp_path)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as arrays:
        assert "faults" not in arrays.files


def test_the_penalty_is_missing_from_every_loss(tmp_path: Path) -> None:
    """With weight decay left out of the loss, the row after the last update is without it, too."""
    optimizer = {"name": "sgd", "lr": 1e-9, "weight_decay": 0.5}
    result = run(
        prepare(validate({**CONFIG, "optimizer": optimizer, "faults": ["weight_decay_not_in_loss"]})), tmp_path
    )
    loss = result.history["loss"]
    np.testing.assert_allclose(loss, loss[0], rtol=1e-6)


def test_a_saved_model_carries_what_faults_need() -> None:
    """The modules that a model is saved with include the catalogue."""
    assert "runner.network.faults.placement" in inference_sources()
    assert "runner.network.faults.forward" in inference_sources()
