"""The loop: what each row of the history says, the same bits every time, and what happens on a bad step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from setups import PLANAR, RAW, Trained, setup, trained

from runner.files.history import is_null
from runner.training.checkpoints import Checkpoints
from runner.training.conclusion import conclude
from runner.training.nonfinite.trace import first_nonfinite

MINI: dict[str, Any] = {**PLANAR, "batch_size": 16}


def plain_gradient_descent(run: Trained, lr: float, steps: int) -> tuple[list[float], np.ndarray[Any, Any]]:
    """Losses and parameters (W1, b1, w2, b2 as the program orders them) of a tanh network, written by hand."""
    X, Y = run.setup.dataset.train.X, run.setup.dataset.train.Y
    n, hidden = len(X), 4
    block1 = run.setup.initial[: hidden * 3].reshape(hidden, 3).copy()
    block2 = run.setup.initial[hidden * 3 :].reshape(1, hidden + 1).copy()
    losses = []
    for step in range(steps + 1):
        A1 = np.tanh(X @ block1[:, :2].T + block1[:, 2])
        A2 = 1 / (1 + np.exp(-(A1 @ block2[:, :hidden].T + block2[:, hidden])))
        losses.append(float(-(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)).mean()))
        if step < steps:
            dZ2 = (A2 - Y) / n
            dZ1 = dZ2 @ block2[:, :hidden] * (1 - A1**2)
            block2 -= lr * np.column_stack([dZ2.T @ A1, dZ2.sum(axis=0)])
            block1 -= lr * np.column_stack([dZ1.T @ X, dZ1.sum(axis=0)])
    return losses, np.concatenate([block1.ravel(), block2.ravel()])


def test_training_is_gradient_descent() -> None:
    """Losses of all rows and the final parameters are those of the same network written by hand, to 1e-10."""
    run = trained(PLANAR, optimizer={"name": "sgd", "lr": 0.5})
    losses, theta = plain_gradient_descent(run, 0.5, 40)
    np.testing.assert_allclose(run.history["loss"], losses[:-1], rtol=1e-10)
    np.testing.assert_allclose(run.theta, theta, rtol=1e-10)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("config", [PLANAR, MINI, {**MINI, "dtype": "float32"}, {**MINI, "rng": "legacy"}])
def test_same_config_same_bits(config: dict[str, Any], optimizer: str) -> None:
    """Two runs of one configuration end with the same bits; another seed gives others."""
    one, other = (trained(config, optimizer={"name": optimizer}) for _ in range(2))
    assert np.array_equal(one.theta, other.theta)
    assert np.array_equal(one.history["loss"], other.history["loss"])
    assert not np.array_equal(one.theta, trained(config, optimizer={"name": optimizer}, seed=1).theta)


def test_watching_changes_no_bit() -> None:
    """What is measured, and how often, has no influence on the parameters."""
    watched = trained(MINI)
    for watch in ({"every": 0}, {"every": 3}, {"layers": False}, {"units": "off"}, {"evaluate": 1}):
        assert np.array_equal(trained(MINI, watch=watch).theta, watched.theta)


@pytest.mark.parametrize("every", [0, 3])
def test_norms_are_measured_every_so_many_steps(every: int) -> None:
    """Rows in between hold the loss, and null for the norms."""
    run = trained(PLANAR, watch={"every": every})
    measured = ~is_null(run.history["grad_norm"])
    assert measured.tolist() == [bool(every) and step % every == 0 for step in range(40)]
    assert np.isfinite(run.history["loss"]).all()


def test_each_epoch_sees_every_sample_once() -> None:
    """Mini-batches go through all samples in an order of their own each epoch; the last, smaller batch is kept."""
    run = Trained(setup(MINI))
    rows = {tuple(row) for row in run.setup.dataset.train.X}
    orders = []
    for epoch in range(2):
        seen = []
        for step in range(4):
            (segment,) = run.training.batches.segments(epoch * 4 + step, 1)
            segment.feed[0]()
            seen += [tuple(column) for column in segment.batch["[A0;1]"][:2].T]
            assert segment.batch.n == (12 if step == 3 else 16)
        assert set(seen) == rows
        assert len(seen) == len(rows)
        orders.append(seen)
    assert orders[0] != orders[1]


def test_without_shuffling_each_epoch_is_in_the_given_order() -> None:
    """`shuffle: false` takes the batches one after the other from the data set as it stands."""
    run = Trained(setup(MINI, shuffle=False))
    for step in range(8):
        (segment,) = run.training.batches.segments(step, 1)
        segment.feed[0]()
        first = step % 4 * 16
        np.testing.assert_array_equal(
            segment.batch["[A0;1]"][:2].T, run.setup.dataset.train.X[first : first + segment.batch.n]
        )


def test_targets_stay_with_their_inputs() -> None:
    """A mini-batch's targets are those of its inputs."""
    run = Trained(setup(MINI))
    part = run.setup.dataset.train
    labels = {tuple(x): y[0] for x, y in zip(part.X, part.Y, strict=True)}
    (segment,) = run.training.batches.segments(5, 1)
    segment.feed[0]()
    for x, y in zip(segment.batch["[A0;1]"][:2].T, segment.batch["Y"][0], strict=True):
        assert labels[tuple(x)] == y


def test_a_nonfinite_step_stops_before_its_update() -> None:
    """The run ends with the row of the bad step; the parameters are those that caused it, and finite."""
    run = trained(RAW)
    step = run.training.first_nonfinite_step
    assert step is not None
    assert run.training.stopped_nonfinite
    assert len(run.history) == step + 1
    assert not np.isfinite(run.history["loss"][-1])
    assert np.isfinite(run.history["loss"][:-1]).all()
    assert np.isfinite(run.theta).all()
    (event,) = run.events
    assert event["step"] == step
    assert event["kind"] == "overflow"
    assert event["phase"] in ("forward", "loss", "backward")
    assert 1 <= event["count"] <= event["size"]
    assert event["call"].startswith(event["tensor"])
    assert (event["chain"][0], event["chain"][-1]) == (event["tensor"], "loss")
    assert all(np.isfinite([ends["min"], ends["max"]]).all() for ends in event["operands"].values())


def test_the_logarithm_of_zero_is_named() -> None:
    """Written by hand, an output of exactly 1 makes log(1 - A) infinite; the event says so and shows the way on."""
    config = {**PLANAR, "loss": {"from_logits": False}, "init": {"bias": {"name": "constant", "value": 50.0}}}
    (event,) = [event for event in trained(config).events if event["kind"] == "inf"]
    assert (
        event
        | {
            "step": 0,
            "phase": "loss",
            "layer": 2,
            "tensor": "log(1 - A2)",
            "call": "log(1 - A2)",
            "chain": ["log(1 - A2)", "loss0", "loss"],
        }
        == event
    )
    assert event["operands"]["1 - A2"]["min"] == 0.0


def test_skip_leaves_out_the_update() -> None:
    """With `skip` the run goes to its end on finite parameters, with one event for the bad steps."""
    run = trained(RAW, watch={"on_nonfinite": "skip"})
    assert len(run.history) == 60
    assert np.isfinite(run.theta).all()
    assert [event["kind"] for event in run.events] == ["overflow"]
    assert run.training.nonfinite_steps == 60 - run.events[0]["step"]


def test_continue_lets_the_nans_in() -> None:
    """With `continue` the update is made all the same."""
    run = trained(RAW, watch={"on_nonfinite": "continue"})
    assert len(run.history) == 60
    assert np.isnan(run.theta).any()


def test_rollback_returns_to_good_parameters_with_half_the_rate() -> None:
    """With `rollback` the rate is halved until training is finite, and the loss falls from there."""
    run = trained(RAW, watch={"on_nonfinite": "rollback"}, steps=2000)
    scales = [event["lr_scale"] for event in run.events if event["kind"] == "rollback"]
    assert scales == [0.5 ** (k + 1) for k in range(len(scales))]
    assert scales
    assert np.isfinite(run.history["loss"][-1000:]).all()
    assert run.history["loss"][-1] < run.history["loss"][0]


def test_an_overflowing_square_is_no_nonfinite_gradient() -> None:
    """In float32 a gradient of 1e25 is finite though its square is not: the norm is recorded, the run goes on."""
    values = [[[1e9, 1e9, 1e9]], [[1e5], [1e5], [1e5]]]
    config = {**RAW, "dtype": "float32", "steps": 1, "init": {"weights": {"name": "explicit", "values": values}}}
    run = trained(config)
    assert run.events == []
    norm = run.history["grad_norm"][0]
    assert np.isfinite(norm)
    assert norm > np.sqrt(np.finfo(np.float32).max)
    moved = run.theta.astype(np.float64) - run.setup.initial
    exact = np.linalg.norm(moved) / run.setup.settings.optimizer.lr
    assert norm == pytest.approx(exact, rel=1e-6)


def test_early_stop_ends_a_run_that_no_longer_improves() -> None:
    """The run ends `patience` evaluations after the best one."""
    dataset = {"name": "planar", "samples": 60, "valid_fraction": 0.5}
    run = trained(
        PLANAR,
        dataset=dataset,
        steps=3000,
        early_stop={"metric": "valid_loss", "patience": 3},
        watch={"evaluate": 10},
    )
    losses = run.history["valid_loss"][~is_null(run.history["valid_loss"])]
    assert len(run.history) < 3000
    assert len(losses) - 1 - int(losses.argmin()) == 3


@pytest.mark.parametrize("network", [{}, {"batch_norm": True}])
def test_an_early_stop_gives_back_the_best_weights(network: dict[str, Any]) -> None:
    """The network is that of the best evaluation, whose losses are the final ones; the history goes on to the end."""
    config = {
        **PLANAR,
        "dataset": {"name": "planar", "samples": 60, "valid_fraction": 0.5},
        "network": {"hidden": [6], **network},
        "steps": 3000,
        "watch": {"evaluate": 10},
    }
    stopping = {"metric": "valid_loss", "patience": 3}
    best = trained(config, early_stop=stopping)
    last = trained(config, early_stop={**stopping, "restore_best": False})
    column = best.history["valid_loss"]
    losses, steps = column[~is_null(column)], best.history["step"][~is_null(column)]
    early = best.training.early_stop
    assert early is not None
    assert (early.step, early.restored) == (steps[-1], steps[losses.argmin()])
    finals = [conclude(run.training).final["valid_loss"] for run in (best, last)]
    assert finals == [losses.min(), last.history["valid_loss"][-1]]
    assert finals[0] < finals[1]
    assert not np.array_equal(best.theta, last.theta)


def test_checkpoints_hold_the_state_before_their_step(tmp_path: Path) -> None:
    """A checkpoint's parameters are those of a run that ended there; only the last `keep` stay."""
    config = {**PLANAR, "checkpoint": {"every": 10, "keep": 2}, "optimizer": {"name": "adam"}}
    Trained(setup(config), Checkpoints(tmp_path, 2)).run()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step_000000020.npz", "step_000000030.npz"]
    with np.load(tmp_path / "step_000000020.npz", allow_pickle=False) as state:
        assert set(state) == {"theta", "m", "s", "step", "progress", "digest"}
        assert np.array_equal(state["theta"], trained(config, steps=20).theta)


def test_an_interruption_ends_after_a_whole_step() -> None:
    """A signal that has come ends the run with every row there and the parameters of the last update."""
    run = Trained(setup(PLANAR, steps=10**9))
    run.interruption.signal = 2
    run.run()
    assert len(run.history) == run.training.step == 0


def test_dead_units_are_an_event() -> None:
    """Units that are 0 for every sample are counted, and reported when they are most of their layer."""
    run = trained(PLANAR, network={"activation": "relu"}, init={"bias": {"name": "constant", "value": -1e3}})
    assert run.history["dead/layer_1"][0] == 1.0
    assert [event["kind"] for event in run.events] == ["dead_units"]
    assert run.events[0] | {"step": 0, "layer": 1, "count": 4, "size": 4} == run.events[0]


def test_saturated_units_are_an_event() -> None:
    """Units whose derivative is next to 0 for every sample are saturated, not dead."""
    run = trained(PLANAR, init={"bias": {"name": "constant", "value": 50.0}})
    assert run.history["saturated/layer_1"][0] == 1.0
    assert run.history["dead/layer_1"][0] == 0.0
    assert [event["kind"] for event in run.events] == ["saturated_units"]


def test_a_trace_leaves_no_trace() -> None:
    """Looking for the first bad call changes no array: what a program remembers from call to call is as it was."""
    run = trained(RAW, watch={"on_nonfinite": "stop"}, faults=["gradient_not_reset"])
    workspace, batch = run.training.workspace, run.training.batches.batch
    before = {name: array.copy() for name, array in {**workspace.arrays, **batch.arrays}.items()}
    with np.errstate(all="ignore"):
        event = first_nonfinite(batch, run.setup.phases, 0, np.arange(batch.n))
    assert event is not None
    for name, array in {**workspace.arrays, **batch.arrays}.items():
        assert np.array_equal(array, before[name], equal_nan=True)
