"""Going on from a checkpoint: the same numbers, bit for bit, as a run that was never interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from setups import PLANAR, RAW, Trained, setup

from runner.errors import UserError
from runner.files.names import CHECKPOINTS
from runner.training.checkpoints import Checkpoint, Checkpoints, latest, load

ADAM = {"name": "adam", "lr": 0.05}
FAULTS = ["gradient_not_reset", "stale_cache", "weights_updated_before_backprop"]

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "plain": PLANAR,
    "momentum": {**PLANAR, "optimizer": {"name": "sgd", "lr": 0.5, "momentum": 0.9, "nesterov": True}},
    "rmsprop": {**PLANAR, "optimizer": {"name": "rmsprop", "lr": 0.01}},
    "adam in batches": {**PLANAR, "optimizer": ADAM, "batch_size": 7},
    "schedule": {**PLANAR, "optimizer": {**ADAM, "schedule": {"name": "cosine"}, "clip_norm": 0.5}},
    "adamw": {**PLANAR, "optimizer": {"name": "adamw", "lr": 0.05, "l1": 0.01}, "batch_size": 7},
    "milestones": {**PLANAR, "optimizer": {"name": "sgd", "schedule": {"name": "milestones", "at": [7, 20]}}},
    "dropout": {**PLANAR, "network": {"hidden": [5, 4], "dropout": [0.4, 0.2]}, "batch_size": 7},
    "batch norm": {**PLANAR, "network": {"hidden": [5, 4], "batch_norm": True}, "batch_size": 16},
    "batch norm and rollback": {
        **RAW,
        "network": {"hidden": [3], "activation": "leaky_relu", "batch_norm": True, "dropout": 0.2},
        "watch": {"on_nonfinite": "rollback", "evaluate": 10},
        "optimizer": {"name": "sgd", "lr": 1e6},
    },
    "dropout as by hand": {**PLANAR, "network": {"hidden": [5], "dropout": 0.3}, "rng": "legacy"},
    "lbfgs": {**PLANAR, "optimizer": {"name": "lbfgs", "memory": 4, "weight_decay": 0.001}},
    "plateau": {
        "dataset": {"name": "planar", "samples": 60, "valid_fraction": 0.3},
        "steps": 90,
        "optimizer": {**ADAM, "schedule": {"name": "plateau", "metric": "valid_accuracy", "patience": 3}},
        "watch": {"evaluate": 2},
    },
    "float32": {**PLANAR, "dtype": "float32", "batch_size": 16},
    "early stop": {
        "dataset": {"name": "planar", "samples": 60, "valid_fraction": 0.3},
        "steps": 400,
        "optimizer": ADAM,
        "watch": {"evaluate": 3},
        "early_stop": {"metric": "valid_loss", "patience": 5},
    },
    "class weights": {**PLANAR, "loss": {"class_weights": "balanced", "label_smoothing": 0.1}, "batch_size": 7},
    "huber and an automatic rate": {
        "dataset": {"name": "sine", "samples": 40, "noise": 0.3, "standardize": "both", "scaling": "minmax"},
        "loss": {"name": "huber", "delta": 0.1},
        "optimizer": {"name": "sgd", "lr": "auto", "momentum": 0.9, "schedule": {"name": "exponential", "every": 20}},
        "steps": 40,
    },
    "hinge in a fold": {
        "dataset": {"name": "planar", "samples": 60, "folds": 4, "fold": 2},
        "network": {"hidden": [4, 3, 3], "activation": ["gelu", "silu", "selu"]},
        "loss": {"name": "hinge"},
        "batch_size": 7,
        "steps": 40,
    },
    "rollback": {**RAW, "steps": 120, "watch": {"on_nonfinite": "rollback", "evaluate": 10}},
    "skip": {**RAW, "watch": {"on_nonfinite": "skip"}},
    "dead units": {**PLANAR, "network": {"activation": "relu"}, "init": {"bias": {"name": "constant", "value": -1e3}}},
    **{name: {**PLANAR, "batch_size": 16, "faults": [name]} for name in FAULTS},
}


def checkpoints(folder: Path) -> list[Checkpoint]:
    """All checkpoints of a folder, in their order."""
    return [load(path) for path in sorted(folder.glob("step_*.npz"))]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_run_goes_on_to_the_same_bits(name: str, tmp_path: Path) -> None:
    """From every checkpoint: each row of the history, the events and the parameters are those of the whole run."""
    config = CONFIGURATIONS[name]
    whole = Trained(setup(config)).run()
    kept = Trained(setup(config, checkpoint={"every": 9, "keep": 100}), Checkpoints(tmp_path, 100)).run()
    rows = np.concatenate(whole.history._blocks)
    assert np.array_equal(rows, np.concatenate(kept.history._blocks), equal_nan=True)
    found = checkpoints(tmp_path)
    assert len(found) == (whole.training.step - 1) // 9
    for checkpoint in found:
        again = Trained(setup(config))
        again.history.begin_with(rows[: checkpoint.step])
        again.noted += [event for event in whole.noted if event.step < checkpoint.step]
        again.training.go_on_from(checkpoint, again.noted)
        again.run()
        assert np.concatenate(again.history._blocks).tobytes() == rows.tobytes()
        assert again.theta.tobytes() == whole.theta.tobytes()
        assert again.events == whole.events
        for counted in ("nonfinite_steps", "first_nonfinite_step", "stopped_nonfinite"):
            assert getattr(again.training, counted) == getattr(whole.training, counted)


def test_interruption_leaves_a_checkpoint(tmp_path: Path) -> None:
    """A run that Ctrl-C or SIGTERM ends can go on from where it was, whether or not checkpoints were asked for."""
    run = Trained(setup(PLANAR), Checkpoints(tmp_path, 2))
    run.interruption.signal = 2
    run.run()
    (checkpoint,) = checkpoints(tmp_path)
    assert checkpoint.step == 0


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A run folder with checkpoints at the steps 10, 20 and 30."""
    config = {**PLANAR, "checkpoint": {"every": 10, "keep": 5}}
    Trained(setup(config), Checkpoints(tmp_path / CHECKPOINTS, 5)).run()
    return tmp_path


def test_latest_checkpoint_has_its_history(run_folder: Path) -> None:
    """Where the history was cut by a power loss an earlier checkpoint is taken; where there is none, none."""
    assert [found and found.step for found in (latest(run_folder, rows) for rows in (40, 29, 9))] == [30, 20, None]
    assert latest(run_folder / "elsewhere", 100) is None


def test_damaged_checkpoint_is_refused(run_folder: Path) -> None:
    """A byte that changed, a file that was cut, and one that isn't a checkpoint are reported as such."""
    path = run_folder / CHECKPOINTS / "step_000000020.npz"
    whole = path.read_bytes()
    middle = len(whole) // 2
    for content in (whole[:middle], whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :], b"no"):
        path.write_bytes(content)
        with pytest.raises(UserError, match="is damaged or was changed"):
            load(path)


def test_checkpoint_that_was_changed_is_refused(run_folder: Path) -> None:
    """Other parameters, written with NumPy's own means, don't fit the digest."""
    path = run_folder / CHECKPOINTS / "step_000000020.npz"
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **{**arrays, "theta": arrays["theta"] + 1.0})
    with pytest.raises(UserError, match="its digest is not that of its content"):
        load(path)
    np.savez(path, theta=arrays["theta"])
    with pytest.raises(UserError, match="it has no 'digest'"):
        load(path)


def test_checkpoint_with_a_pickle_is_refused(run_folder: Path) -> None:
    """A checkpoint never runs code: an object array in it is an error before anything is unpickled."""
    path = run_folder / CHECKPOINTS / "step_000000020.npz"
    np.savez(path, theta=np.array([print], dtype=object), digest=np.array("x"), step=np.int64(20))
    with pytest.raises(UserError, match="allow_pickle"):
        load(path)


def test_checkpoint_of_another_network_is_refused(run_folder: Path) -> None:
    """Arrays of other shapes or of another optimiser are not put into a network."""
    checkpoint = load(run_folder / CHECKPOINTS / "step_000000020.npz")
    for other in ({**PLANAR, "network": {"hidden": [5]}}, {**PLANAR, "optimizer": ADAM}):
        with pytest.raises(UserError, match="belongs to another network or optimiser"):
            Trained(setup(other)).training.go_on_from(checkpoint, [])
