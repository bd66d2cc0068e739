"""Each setting of network, loss, optimizer and data, from the command line to the answers.

That a pack, a resumed run and the formulas have the same bits is tested in tests/training and tests/network. Here a run
of each setting is trained as typed, and what it answers is compared with a formula over the arrays that it left.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Whynan
from numpy.typing import NDArray
from scipy.special import ndtr

from runner.composition.options import shipped_folder
from runner.files.names import WEIGHTS
from runner.files.run_record import read_record
from runner.network.activations import ACTIVATIONS
from runner.network.losses import LOSSES
from runner.settings.optimizer import OPTIMIZERS
from runner.settings.schedule import SCHEDULES
from runner.tracking.content.model import columns_of, save_model
from runner.tracking.trained import TrainedNetwork

Array = NDArray[np.float64]

PLANAR = "dataset=planar dataset.samples=60"
SINE = "dataset=sine dataset.samples=40"
# The words of each setting, a line that it adds to the printed program (None: it changes no call), and its page.
SETTINGS: dict[str, tuple[str, str | None, str]] = {
    "dropout": (f"{PLANAR} network.dropout=0.4 batch_size=20", "Ã1 = A1 * M1", "layers"),
    "batch_norm": (f"{PLANAR} network.batch_norm=true batch_size=20", "Z1 = gamma1 * H1", "layers"),
    "gelu": (f"{PLANAR} network.activation=gelu", "share(A1) = Phi(Z1)", "layers"),
    "silu": (f"{PLANAR} network.activation=silu", "A1 = Z1 * share(A1)", "layers"),
    "selu": (f"{PLANAR} network.activation=selu init=lecun", "F1 = 1.0507 * F1", "layers"),
    "scaling": (f"{PLANAR} dataset.standardize=inputs dataset.scaling=minmax", None, "losses-and-data"),
    "class_weights": (f"{PLANAR} loss.class_weights=balanced", "dZ2 = dZ2 * v", "losses-and-data"),
    "label_smoothing": (f"{PLANAR} loss.label_smoothing=0.2", "T * Z2", "losses-and-data"),
    "hinge": (f"{PLANAR} loss=hinge", "M = 1 - S * A2", "losses-and-data"),
    "huber": (f"{SINE} dataset.standardize=both loss=huber loss.delta=0.3", "0.3", "losses-and-data"),
    "folds": (f"{PLANAR} dataset.folds=4 dataset.fold=2", None, "losses-and-data"),
    "adamw": (f"{PLANAR} optimizer=adamw optimizer.weight_decay=0.1", "decayed = decayed * 0.1", "optimizers"),
    "lbfgs": (f"{PLANAR} optimizer=lbfgs", "p = -H g, H by the pairs", "optimizers"),
    "l1": (f"{PLANAR} optimizer.l1=0.02", "shrinkage = signs * 0.02", "optimizers"),
    "plateau": (f"{PLANAR} 'optimizer.schedule={{name: plateau, patience: 2}}' watch.evaluate=5", None, "optimizers"),
    "milestones": (f"{PLANAR} 'optimizer.schedule={{name: milestones, at: [5, 20]}}'", None, "optimizers"),
    "exponential": (f"{PLANAR} 'optimizer.schedule={{name: exponential, every: 9}}'", None, "optimizers"),
    "auto": (f"{PLANAR} optimizer.lr=auto", None, "optimizers"),
}
BY_HAND = {
    "identity": lambda z: z,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    "gelu": lambda z: z * ndtr(z),
    "silu": lambda z: z / (1.0 + np.exp(-z)),
    "selu": lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0))),
}


def answers_by_hand(a: dict[str, NDArray[Any]], X: Array) -> Array:
    """The outputs (n, outputs) for raw X (n, features), by the arrays of `weights.npz` and nothing of ours."""
    A = (X - a["scaling/input_mean"]) / a["scaling/input_scale"]
    architecture = json.loads(str(a["architecture"]))
    for layer, activation in enumerate(architecture["activations"], start=1):
        name = activation if isinstance(activation, str) else activation["name"]
        Z = A @ a[f"layer_{layer}/W"]
        if f"layer_{layer}/gamma" in a:
            mean, variance = a[f"layer_{layer}/running_mean"], a[f"layer_{layer}/running_variance"]
            Z = a[f"layer_{layer}/gamma"] * (Z - mean) / np.sqrt(variance + 1e-5)
        A = BY_HAND[name](Z + a[f"layer_{layer}/b"])
    return np.asarray(A * a["scaling/target_scale"] + a["scaling/target_mean"])


@pytest.mark.parametrize("name", SETTINGS)
def test_a_run_of_each_setting_answers_as_the_formula_says(name: str, whynan: Whynan, folder: Path) -> None:
    """`weights.npz` is all that it takes, to 1e-12, and `predict` prints these numbers; nothing is dropped out."""
    words, _, _ = SETTINGS[name]
    said = whynan(f"{words} steps=30 tracking=none diagnosis=none hydra.run.dir=run")
    assert said.code == 0, said.err
    with np.load(folder / "run" / WEIGHTS, allow_pickle=False) as loaded:
        arrays = dict(loaded)
    record = read_record(folder / "run")
    assert record is not None
    X = np.random.default_rng(3).normal(size=(9, len(record.dataset.features)))
    expected = answers_by_hand(arrays, X)
    network = TrainedNetwork.load(folder / "run" / WEIGHTS, columns_of(record))
    np.testing.assert_allclose(network(X), expected, rtol=1e-12, atol=1e-12)
    np.savetxt(folder / "samples.csv", X, delimiter=",", header=",".join(record.dataset.features), comments="")
    printed = whynan("predict run samples.csv").out
    last = [float(line.split("\t")[-1]) for line in printed.splitlines()[-len(X) :]]
    # Of two classes the probability of the one that is answered is printed; a hinge loss and a regression have none.
    p = expected[:, 0]
    np.testing.assert_allclose(last, p if name in ("hinge", "huber") else np.maximum(p, 1 - p), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred")  # MLflow's, of any pyfunc
def test_the_model_of_each_setting_is_the_network(whynan: Whynan, folder: Path) -> None:
    """What `mlflow.pyfunc` loads answers with the bits of `predict`, whatever was trained."""
    import mlflow
    import pandas as pd

    for name, (words, _, _) in SETTINGS.items():
        assert whynan(f"{words} steps=20 tracking=none diagnosis=none hydra.run.dir={name}").code == 0
        record = read_record(folder / name)
        assert record is not None
        columns = columns_of(record)
        save_model(folder / name, columns, folder / f"{name}_model")
        X = pd.DataFrame(np.random.default_rng(4).normal(size=(5, len(columns.features))), columns=[*columns.features])
        ours = TrainedNetwork.load(folder / name / WEIGHTS, columns).predict(X.to_numpy())
        with np.errstate(all="ignore"):
            theirs = mlflow.pyfunc.load_model(str(folder / f"{name}_model")).predict(X)
        assert theirs.equals(ours), name


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_is_in_the_printed_program_and_on_its_page(name: str, whynan: Whynan) -> None:
    """`show program` has its line, where it changes a call; the page of the reference has its name."""
    words, line, page = SETTINGS[name]
    printed = whynan(f"show program {words}")
    assert printed.code == 0
    if line is not None:
        assert line in printed.out
        assert line not in whynan(f"show program {PLANAR}").out
    assert name in (shipped_folder().parent / "docs" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("names", "page"),
    [(LOSSES, "losses-and-data"), (OPTIMIZERS, "optimizers"), (SCHEDULES, "optimizers"), (ACTIVATIONS, None)],
)
def test_what_is_added_is_documented(names: dict[str, object], page: str | None, whynan: Whynan) -> None:
    """Every loss, optimizer and schedule has its place on its page, every activation in what `show` lists."""
    if page is None:
        text = whynan("show activations").out
    else:
        text = (shipped_folder().parent / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []
