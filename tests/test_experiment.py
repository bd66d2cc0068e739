"""A run from beginning to end: the files it leaves, whatever its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runner.errors import RunError, UserError
from runner.experiment import Request, exit_code, prepare, run
from runner.files.run_folder import RunFolder
from runner.network.architecture import Architecture
from runner.network.inference import Predictor
from runner.settings import validate
from runner.training.listeners import Listener, TrainingPlan

PLANAR: dict[str, Any] = {"dataset": {"name": "planar", "samples": 60, "valid_fraction": 0.25}, "steps": 50}


class Calls(Listener):
    """Remembers its calls."""

    def __init__(self) -> None:
        self.made: list[Any] = []

    def on_start(self, plan: TrainingPlan) -> None:
        self.made.append(plan.steps)

    def on_progress(self, step: int, loss: float, grad_norm: float, seconds: float) -> None:
        assert loss > 0
        assert grad_norm > 0
        self.made.append(step)

    def on_end(self, outcome: str) -> None:
        self.made.append(outcome)


def test_a_run_leaves_its_folder(tmp_path: Path) -> None:
    """Every file of the contract is there, readable without a pickle, and they agree with each other."""
    calls = Calls()
    result = run(prepare(validate(PLANAR)), tmp_path / "run", Request(["steps=50"]), listeners=[calls])
    folder = tmp_path / "run"
    history = pd.read_parquet(folder / "history.parquet")
    assert history["step"].tolist() == list(range(51))
    assert list(history.columns)[:7] == [
        "step",
        "loss",
        "grad_norm",
        "grad_norm/layer_1",
        "grad_norm/layer_2",
        "update_ratio/layer_1",
        "update_ratio/layer_2",
    ]
    assert history["grad_norm"].isna().tolist() == [False] * 50 + [True]
    assert history["loss"].notna().all()
    summary = json.loads((folder / "summary.json").read_text())
    assert summary == result.summary
    assert summary["steps"] == 50
    assert summary["status"] == "FINISHED"
    for name in ("loss", "valid_loss", "accuracy", "valid_accuracy"):
        assert summary["final"][name] == history[name].iloc[-1]
    assert summary["best"]["loss"] == history["loss"].min()
    assert json.loads((folder / "findings.json").read_text()) == []
    assert (folder / "events.jsonl").read_text() == ""
    record = json.loads((folder / "run.json").read_text())
    assert record["overrides"] == ["steps=50"]
    assert record["columns"] == list(history.columns)
    assert validate(record["config"]) == validate(PLANAR)
    assert calls.made == [50, 50, result.outcome]
    spooled = np.fromfile(folder / "spool" / "history.f64").reshape(51, -1)
    assert np.array_equal(spooled[:, 1], history["loss"])


def test_saved_weights_predict_what_was_trained(tmp_path: Path) -> None:
    """weights.npz alone gives the network whose loss is in the summary."""
    setup = prepare(validate(PLANAR))
    result = run(setup, tmp_path)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as arrays:
        architecture = Architecture.from_dict(json.loads(str(arrays["architecture"])))
        predictor = Predictor(architecture, dict(arrays))
    A, Y = predictor(setup.dataset.train.X), setup.dataset.train.Y
    loss = -(Y * np.log(A) + (1 - Y) * np.log(1 - A)).mean()
    assert loss == pytest.approx(result.summary["final"]["loss"], rel=1e-12)


def test_a_nonfinite_run_leaves_everything_up_to_then(tmp_path: Path) -> None:
    """A run that broke has its rows, its event and an outcome, and exits with 0 unless the user says otherwise."""
    config = {
        "dataset": {"name": "x_plus_one", "standardize": "none"},
        "network": {"hidden": [3], "activation": "leaky_relu"},
        "init": {"weights": {"name": "uniform"}},
        "optimizer": {"name": "sgd", "lr": 1e-4},
    }
    result = run(prepare(validate(config)), tmp_path)
    (event,) = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    history = pd.read_parquet(tmp_path / "history.parquet")
    assert result.outcome == "nan"
    assert event["step"] == len(history) - 1 == result.summary["first_nonfinite_step"]
    assert result.summary["final"]["loss"] is None
    assert (exit_code(result, ()), exit_code(result, ("nan",))) == (0, 1)


def test_a_gradient_that_is_not_finite_is_an_outcome_of_nan(tmp_path: Path) -> None:
    """A run that stopped at its gradient has the outcome `nan`, though the loss of that step was finite."""
    config = {
        "dataset": {"name": "inline", "X": [[1.0]], "Y": [[0.0]], "task": "regression"},
        "network": {"hidden": [1], "activation": "identity"},
        "init": {"weights": {"name": "explicit", "values": [[[1e200]], [[1e-60]]]}},
    }
    result = run(prepare(validate(config)), tmp_path)
    assert np.isfinite(result.history["loss"]).tolist() == [True]
    assert result.outcome == "nan"


def test_a_folder_holds_one_run(tmp_path: Path) -> None:
    """A second run in the same folder is refused before anything is touched."""
    setup = prepare(validate(PLANAR))
    run(setup, tmp_path)
    before = (tmp_path / "summary.json").read_bytes()
    with pytest.raises(UserError, match="already holds a run"):
        run(setup, tmp_path)
    assert (tmp_path / "summary.json").read_bytes() == before


def test_a_folder_that_can_not_be_made_is_reported(tmp_path: Path) -> None:
    """A file in the way of the run folder is the user's error."""
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="can't write there"):
        run(prepare(validate(PLANAR)), tmp_path / "file" / "run")


def test_a_disk_that_gives_up_ends_the_run_as_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the disk in the middle is reported in one line; the summary says that the run failed and why."""

    def full(self: RunFolder, rows: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunFolder, "append", full)
    calls = Calls()
    with pytest.raises(RunError, match="No space left on device"):
        run(prepare(validate(PLANAR)), tmp_path, listeners=[calls])
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["outcome"], summary["status"]) == ("failed", "FAILED")
    assert "No space left" in summary["reason"]
    assert calls.made[-1] == "failed"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_keeps_it(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Ctrl-C and SIGTERM end after a whole step: history, weights and summary are there, the status is KILLED."""
    program = f"""
import sys
from pathlib import Path
from runner.experiment import exit_code, prepare, run
from runner.settings import validate
result = run(prepare(validate({{**{PLANAR!r}, "steps": 10**9}})), Path({str(tmp_path / "run")!r}))
sys.exit(exit_code(result, ()))
"""
    process = subprocess.Popen([sys.executable, "-c", program])
    spool = tmp_path / "run" / "spool" / "history.f64"
    deadline = time.monotonic() + 30
    while not (spool.exists() and spool.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(30) == code
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    history = pd.read_parquet(tmp_path / "run" / "history.parquet")
    assert (summary["outcome"], summary["status"]) == ("interrupted", "KILLED")
    assert history["step"].tolist() == list(range(summary["steps"] + 1))
    assert (tmp_path / "run" / "weights.npz").exists()


def test_processes_agree_to_the_last_bit(tmp_path: Path) -> None:
    """The same configuration gives the same parameters in two processes, however many threads BLAS would take."""
    config = {
        "dataset": {"name": "digits"},
        "network": {"hidden": [64]},
        "steps": 40,
        "batch_size": 48,
        "diagnosis": {"enabled": False},
    }
    program = """
import json, sys
from pathlib import Path
from runner.experiment import prepare, run
from runner.settings import validate
run(prepare(validate(json.loads(sys.argv[1]))), Path(sys.argv[2]))
"""
    for threads in ("1", "4"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
        command = [sys.executable, "-c", program, json.dumps(config), str(tmp_path / threads)]
        subprocess.run(command, env=environment, check=True)
    with np.load(tmp_path / "1" / "weights.npz") as one, np.load(tmp_path / "4" / "weights.npz") as four:
        assert set(one) == set(four)
        for name in one:
            assert np.array_equal(one[name], four[name])
