"""The MLflow model of a run: the network itself, without a pickle, in a process that has never seen this package."""

from __future__ import annotations

import json
import os
import pickletools
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from mlflow_stores import client_of
from run_folders import carry, finished, network_arrays

from runner.datasets.scaling import Scaling
from runner.tracking.content.model import PACKAGE, copy_sources, inference_sources
from runner.tracking.store import Store
from runner.tracking.trained import Columns, TrainedNetwork

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example

CLASSES = {
    "task": "classes",
    "dataset": {"name": "blobs", "digest": "0", "features": ["a", "b"], "targets": ["x", "y", "z"]},
}

LOAD = """
import json, sys
import mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
table = model.predict(pd.DataFrame({"b": [0.5, -2.0], "a": [1.0, 3.0]}))
modules = sorted(name for name in sys.modules if name.split(".")[0] in ("runner", "hydra", "PACKAGE"))
signature = [model.metadata.get_input_schema().input_names(), model.metadata.get_output_schema().input_names()]
example = model.input_example.shape
import runner
print(json.dumps([table.to_dict("list"), modules, signature, example, runner.__path__[0]]))
""".replace("PACKAGE", PACKAGE)


def arrays() -> dict[str, np.ndarray]:
    """A softmax network of two layers over standardised inputs."""
    draws = np.random.default_rng(0)
    scaling = Scaling(np.array([1.0, -1.0]), np.array([2.0, 0.5]), np.zeros(3), np.ones(3))
    shapes = [(2, 4), (4, 3)]
    weights = [draws.normal(size=shape) for shape in shapes]
    biases = [draws.normal(size=shape[1]) for shape in shapes]
    return network_arrays([2, 4, 3], ["tanh", "softmax"], weights, biases, scaling)


def by_hand(X: np.ndarray) -> np.ndarray:
    """What the network of `arrays` answers, written down once more."""
    a = arrays()
    hidden = np.tanh((X - [1.0, -1.0]) / [2.0, 0.5] @ a["layer_1/W"] + a["layer_1/b"])
    powers = np.exp(hidden @ a["layer_2/W"] + a["layer_2/b"])
    return powers / powers.sum(axis=1, keepdims=True)


def in_fresh_process(arguments: Sequence[str], folder: Path, path: str) -> list:
    """What a program prints as JSON in a new process with this PYTHONPATH."""
    environment = {**os.environ, "PYTHONPATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"}
    command = [sys.executable, "-c", LOAD, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_loads_in_a_fresh_process_beside_another_runner(tmp_path: Path, store: Store) -> None:
    """`mlflow.pyfunc.load_model` gives the network where `runner` is something else, and leaves that importable."""
    stranger = tmp_path / "elsewhere" / "runner"
    stranger.mkdir(parents=True)
    (stranger / "__init__.py").touch()
    answers = carry(finished(tmp_path / "run", arrays(), **CLASSES), store)
    table, modules, signature, example, imported = in_fresh_process(
        [store.uri, f"runs:/{answers[0]['run_id']}/model"], tmp_path, str(stranger.parent)
    )
    expected = by_hand(np.array([[1.0, 0.5], [3.0, -2.0]]))
    np.testing.assert_allclose(np.column_stack([table[name] for name in "xyz"]), expected, rtol=1e-12)
    assert table["class"] == ["xyz"[index] for index in expected.argmax(axis=1)]
    assert f"{PACKAGE}.tracking.trained" in modules
    assert not any(name.startswith(("runner", "hydra")) for name in modules)
    assert signature == [["a", "b"], ["x", "y", "z", "class"]]
    assert example == [2, 2]
    assert imported == str(stranger)


def test_nothing_in_the_store_is_a_pickle(tmp_path: Path, store: Store) -> None:
    """No file of a run or its model in MLflow is a pickle, nor holds one."""
    answers = carry(finished(tmp_path / "run", arrays(), **CLASSES), store)
    run = client_of(store).get_run(answers[0]["run_id"])
    model = client_of(store).get_logged_model(run.outputs.model_outputs[0].model_id)
    folders = [Path(uri.removeprefix("file://")) for uri in (run.info.artifact_uri, model.artifact_location)]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert {"weights.npz", "MLmodel", "trained.py"} <= {path.name for path in files}
    for path in files:
        assert path.suffix not in (".pkl", ".pickle", ".joblib"), path
        assert not is_pickle(path.read_bytes()), path
    for path in (path for path in files if path.suffix == ".npz"):
        with np.load(path, allow_pickle=False) as loaded:
            assert all(array.dtype != object for array in loaded.values())


def is_pickle(data: bytes) -> bool:
    """Whether bytes are a pickle of a protocol that NumPy or MLflow writes (2 and later)."""
    try:
        return data[:1] == b"\x80" and len(list(pickletools.genops(data))) > 0
    except ValueError:
        return False


def test_sources_are_all_that_inference_imports() -> None:
    """The modules that the model carries hold inference and its imports, and neither settings nor MLflow's side."""
    names = set(inference_sources())
    assert {"runner.tracking.trained", "runner.network.inference", "runner.network.activations"} <= names
    assert not {name for name in names if name.startswith(("runner.settings", "runner.cli", "runner.training"))}
    assert "runner.tracking.sending.delivery" not in names


def test_copied_sources_do_not_import_runner(tmp_path: Path) -> None:
    """In the model's package every import of `runner` is one of the package itself."""
    package = copy_sources(tmp_path)
    assert package == tmp_path / PACKAGE
    files = list(package.rglob("*.py"))
    assert all((path.parent / "__init__.py").exists() for path in files)
    for path in files:
        imports = [line for line in path.read_text().splitlines() if line.lstrip().startswith(("from", "import"))]
        assert not any(line.split()[1].split(".")[0] == "runner" for line in imports), path


def test_trained_network_gives_values_in_their_units(tmp_path: Path) -> None:
    """Inputs are scaled on the way in, targets scaled back on the way out."""
    scaling = Scaling(np.array([10.0]), np.array([2.0]), np.array([100.0]), np.array([5.0]))
    np.savez(tmp_path / "w.npz", **network_arrays([1, 1], ["identity"], [np.eye(1)], [np.ones(1)], scaling))
    network = TrainedNetwork.load(tmp_path / "w.npz", Columns("regression", ("x",), ("y",)))
    assert network([[12.0], [8.0]]).tolist() == [[110.0], [100.0]]
    assert network.predict(np.array([[12.0]])).to_dict("list") == {"y": [110.0]}


@pytest.mark.parametrize(
    ("task", "targets", "expected"),
    [
        ("binary", ("y",), {"probability": [0.25, 0.75], "class": [0, 1]}),
        ("multilabel", ("u", "v"), {"u": [0.25, 0.75], "v": [0.5, 1.0]}),
        ("classes", ("cat", "dog"), {"cat": [0.25, 0.75], "dog": [0.5, 1.0], "class": ["dog", "dog"]}),
        ("regression", ("u", "v"), {"u": [0.25, 0.75], "v": [0.5, 1.0]}),
    ],
)
def test_outputs_are_named_by_the_task(task: str, targets: tuple[str, ...], expected: dict) -> None:
    """Each task has its columns: a probability and a class, the classes and the class, or the targets."""
    outputs = np.array([[0.25, 0.5], [0.75, 1.0]])[:, : len(targets)]
    network = TrainedNetwork(arrays(), Columns(task, ("a", "b"), targets))
    assert {name: column.tolist() for name, column in network.named(outputs).items()} == expected


def test_weights_with_an_object_inside_are_refused(tmp_path: Path) -> None:
    """A weights.npz that was made to unpickle something is refused."""
    np.savez(tmp_path / "w.npz", **arrays() | {"layer_1/W": np.array([print], dtype=object)})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        TrainedNetwork.load(tmp_path / "w.npz", Columns("classes", ("a", "b"), ("x", "y", "z")))
