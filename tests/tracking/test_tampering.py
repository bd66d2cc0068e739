"""What somebody else may have changed: artifacts, run folders and names are read as data, and refused where damaged."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from run_folders import begin, finished, line_arrays, record

from runner.errors import UserError
from runner.tracking.loading import load_network
from runner.tracking.runs import find_run
from runner.tracking.sending.delivery import FILES
from runner.tracking.sending.staging import stage
from runner.tracking.trained import TrainedNetwork


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch ran",)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run folder in the working folder."""
    monkeypatch.chdir(tmp_path)
    return finished(tmp_path / "run")


def load(folder: Path) -> TrainedNetwork:
    """The network of a run folder, as `predict` loads it."""
    return load_network(find_run(str(folder), None, folder.parent))


def test_whole_weights_are_loaded(folder: Path) -> None:
    """What a run left gives its network."""
    assert load(folder)([[3.0]]).tolist() == [[7.0]]


def test_weights_with_a_pickle_are_refused(folder: Path) -> None:
    """A pickle in the place of the weights, or within them, is refused and never loaded."""
    arrays = line_arrays()
    np.savez(folder / "weights.npz", **{**arrays, "layer_1/W": np.array([Evil()], dtype=object)})
    with pytest.raises(UserError, match=r"weights\.npz is damaged or was changed"):
        load(folder)
    (folder / "weights.npz").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(UserError, match=r"weights\.npz is damaged or was changed"):
        load(folder)
    assert not (folder.parent / "ran").exists()


@pytest.mark.parametrize("damage", ["cut", "byte", "lacks", "shape", "architecture"])
def test_damaged_weights_are_refused(folder: Path, damage: str) -> None:
    """A file that was cut or changed, or whose arrays don't fit its architecture, is reported as such."""
    path, arrays = folder / "weights.npz", line_arrays()
    whole = path.read_bytes()
    if damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "byte":
        path.write_bytes(whole[:200] + bytes([whole[200] ^ 255]) + whole[201:])
    elif damage == "lacks":
        np.savez(path, **{name: array for name, array in arrays.items() if name != "layer_1/b"})
    elif damage == "shape":
        np.savez(path, **{**arrays, "layer_1/W": np.zeros((3, 2))})
    else:
        np.savez(path, **{**arrays, "architecture": np.array("{}")})
    with pytest.raises(UserError, match=r"weights\.npz is damaged or was changed"):
        load(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '"run"', '{"config": 3}'])
def test_damaged_record_is_refused(tmp_path: Path, text: str) -> None:
    """A run.json that doesn't hold a run is reported as damaged."""
    folder = begin(tmp_path / "run", record())
    (folder / "run.json").write_text(text)
    with pytest.raises(UserError, match=r"run\.json is damaged"):
        find_run(str(folder), None, tmp_path)


def test_only_known_files_are_sent(folder: Path) -> None:
    """Of a run folder exactly the files of a run are sent, a link that leads out of it included in none of them."""
    secret = folder.parent / "secret.txt"
    secret.write_text("private")
    (folder / "report.html").symlink_to(secret)
    (folder / "other.txt").write_text("other")
    scratch = folder.parent / "scratch"
    stage(folder, FILES, scratch)
    sent = {path.relative_to(scratch).as_posix() for path in scratch.rglob("*") if path.is_file()}
    assert sent <= set(FILES)
    assert "report.html" not in sent
    assert json.loads((scratch / "run.json").read_text())["task"] == "regression"
