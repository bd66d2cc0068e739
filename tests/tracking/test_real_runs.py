"""Folders that training really wrote: what tracking reads is what training writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from mlflow_stores import client_of
from run_folders import carry

from runner.composition.configuration import compose_settings
from runner.experiment import Request, prepare, run
from runner.tracking.content.model import columns_of
from runner.tracking.runs import find_run
from runner.tracking.store import Store
from runner.tracking.trained import TrainedNetwork

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example


@pytest.mark.parametrize(
    ("overrides", "columns"),
    [
        (["dataset=xor", "network.hidden=[8]"], {"probability", "class"}),
        (["experiment=sine", "dataset.standardize=both"], {"y"}),
        (["experiment=blobs"], None),
    ],
)
def test_trained_network_arrives_whole(
    overrides: list[str], columns: set[str] | None, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Summary, curves and model of a real run are in MLflow, and the model answers as the network did."""
    import mlflow
    import pandas as pd

    monkeypatch.chdir(tmp_path)
    overrides = [*overrides, "epochs=null", "steps=60"]
    setup = prepare(compose_settings(overrides))
    result = run(setup, tmp_path / "run", Request(overrides))
    answers = carry(tmp_path / "run", store)
    assert answers[-1] == {"delivered": True}
    found = find_run(answers[0]["run_id"], store, tmp_path)
    assert found.folder == tmp_path / "run"
    logged = client_of(store).get_run(answers[0]["run_id"])
    assert logged.data.tags["outcome"] == result.outcome
    assert logged.data.metrics["loss"] == result.summary["final"]["loss"]
    sent = client_of(store).get_metric_history(logged.info.run_id, "grad_norm/layer_1")
    assert [m.step for m in sent] == list(range(60))

    model = client_of(store).get_logged_model(logged.outputs.model_outputs[0].model_id)
    loaded = mlflow.pyfunc.load_model(model.artifact_location)
    features = json.loads((tmp_path / "run" / "run.json").read_text())["dataset"]["features"]
    assert list(loaded.input_example.columns) == features
    samples = np.random.default_rng(0).normal(size=(7, len(features)))
    table = loaded.predict(pd.DataFrame(samples, columns=features))
    assert set(table.columns) == (columns or {*setup.dataset.targets, "class"})
    numbers = table.drop(columns="class", errors="ignore").to_numpy()
    network = TrainedNetwork.load(found.file("weights.npz"), columns_of(found.record))
    np.testing.assert_array_equal(numbers, network(samples))


def test_run_that_breaks_down_arrives_too(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real run that ends in NaN is tagged with its first non-finite step, and no such number was sent."""
    monkeypatch.chdir(tmp_path)
    overrides = ["network.activation=relu", "optimizer.lr=100", "loss.from_logits=false", "steps=50"]
    with np.errstate(all="ignore"):
        result = run(prepare(compose_settings(overrides)), tmp_path / "run", Request(overrides))
    assert result.outcome == "nan"
    logged = client_of(store).get_run(carry(tmp_path / "run", store)[0]["run_id"])
    assert logged.data.tags["outcome"] == "nan"
    assert logged.data.tags["first_nonfinite_step"] == str(result.summary["first_nonfinite_step"])
    assert logged.data.metrics["nonfinite_events"] >= 1
    assert all(abs(value) < 1e300 for value in logged.data.metrics.values())
