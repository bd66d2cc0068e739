"""What a watched run leaves: its history by the names of its own parameters, and where it broke."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from runner.files.history import read_history
from tests.watching.watched import SCRIPTS, run, script, watch

BY_HAND = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(8, 2))
Y = X @ np.array([[1.0], [-2.0]])
class Layer:
    def __init__(self):
        self.weights = np.zeros((2, 1))
layers = [Layer()]
seen = []
for step in range(30):
    d = X @ layers[0].weights - Y
    loss = np.mean(d**2)
    g = 2 * X.T @ d / len(X)
    seen.append((loss, np.linalg.norm(g), np.linalg.norm(layers[0].weights)))
    layers[0].weights = layers[0].weights - 0.1 * g
np.save("seen.npy", seen)
"""


def test_the_history_holds_what_the_script_computed(tmp_path: Path) -> None:
    """Loss and gradient norm of each step are the script's own; the ratio is that of update to weights."""
    assert watch(str(script(tmp_path, BY_HAND)), folder=tmp_path).code == 0
    history = read_history(tmp_path / "R" / "history.parquet")
    loss, norm, size = np.load(tmp_path / "seen.npy").T
    np.testing.assert_array_equal(history["step"], np.arange(30))
    np.testing.assert_allclose(history["loss"], loss, rtol=1e-15)
    np.testing.assert_allclose(history["grad_norm/layers[0].weights"], norm, rtol=1e-12)
    np.testing.assert_allclose(history["grad_norm"], norm, rtol=1e-12)
    np.testing.assert_allclose(history["update_ratio/layers[0].weights"][1:], (0.1 * norm[1:] / size[1:]), rtol=1e-10)


def test_the_planar_flower_says_step_line_sample_and_way(tmp_path: Path) -> None:
    """The logarithm of zero with its line, the value that made it, its sample, and that it reached the loss."""
    file = SCRIPTS / "planar_flower.py"
    watch(str(file), "", folder=tmp_path)
    events = [json.loads(line) for line in (tmp_path / "R" / "events.jsonl").read_text().splitlines()]
    (event,) = [one for one in events if one["kind"] == "inf"]
    line = next(k for k, text in enumerate(file.read_text().splitlines(), 1) if "np.log(1 - AL)" in text)
    assert event["kind"] == "inf"
    assert event["call"] == f"line {line}: np.log(1 - AL)"
    assert event["operands"]["1 - AL"]["value"] == 0.0
    assert event["origin"][-1] == {"tensor": "AL", "value": 1.0}
    assert 0 <= event["sample"] < 400
    assert event["chain"] == ["np.log(1 - AL)", "loss"]
    history = read_history(tmp_path / "R" / "history.parquet")
    assert history["step"][-1] == event["step"]
    assert not np.isfinite(history["loss"][-1])
    assert np.isfinite(history["loss"][:-1]).all()


@pytest.mark.parametrize(("policy", "broken"), [("stop", 1), ("continue", 10)])
def test_a_nan_ends_the_watch_or_does_not(policy: str, broken: int, tmp_path: Path) -> None:
    """With `continue` the steps after the NaN are counted, too; the script makes all of its steps either way."""
    text = BY_HAND.replace("weights - Y", "weights - Y + (np.nan if step >= 20 else 0.0)")
    watch(f"watch.on_nonfinite={policy}", str(script(tmp_path, text)), folder=tmp_path)
    summary = json.loads((tmp_path / "R" / "summary.json").read_text())
    assert (summary["outcome"], summary["steps"]) == ("nan", 30)
    assert summary["nonfinite_steps"] == broken


def test_it_thins_out_by_itself(tmp_path: Path) -> None:
    """After a thousand rows every third step is measured, then every seventh: memory is bounded in steps."""
    watch(str(script(tmp_path, BY_HAND.replace("range(30)", "range(8000)"))), folder=tmp_path)
    steps = read_history(tmp_path / "R" / "history.parquet")["step"]
    assert set(np.diff(steps[:1000])) == {1}
    assert set(np.diff(steps[1001:2000])) == {3}
    assert set(np.diff(steps[2001:])) == {7}
    assert steps[-1] > 7990


def test_what_needs_a_network_of_ours_says_so(tmp_path: Path) -> None:
    """`explain` and `runs` read such a run; `rerun`, `resume` and `predict` name the script and run nothing of it."""
    file = script(tmp_path, BY_HAND)
    watched = run("-m", "runner", "watch", "hydra.run.dir=R", str(file), folder=tmp_path)
    assert watched.code == 0
    assert "warning" not in watched.err
    assert "train.py" in run("-m", "runner", "runs", folder=tmp_path).out
    assert run("-m", "runner", "explain", "last", folder=tmp_path).code == 0
    for words in (["rerun", "last"], ["predict", "last", "1", "2"]):
        refused = run("-m", "runner", *words, folder=tmp_path)
        assert refused.code == 2
        assert "this run watched a script" in refused.err
