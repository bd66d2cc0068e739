"""Stability as a column of the history: what it holds, when, and that training doesn't notice."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from setups import PLANAR, RAW, Trained, setup, trained

from runner.errors import UserError
from runner.files.history import is_null
from runner.network.faults.catalogue import FAULTS
from runner.tracking.content.sketch import Sketch
from runner.training.agenda import logarithmic, thinned
from runner.training.sharpness.gradient import BatchGradient
from runner.training.sharpness.hessian import beside
from runner.training.sharpness.watch import LEAST, SHARE, STEPS_EACH, SharpnessWatch

MINI: dict[str, Any] = {**PLANAR, "batch_size": 16}


def measured(run: Trained) -> list[int]:
    """The steps at which stability was measured."""
    return [int(step) for step in np.flatnonzero(~is_null(run.history["stability"]))]


def largest_eigenvalue_by_hand(run: Trained, theta: Any) -> float:
    """Of the Hessian of the network 2-4-1 with tanh and a sigmoid, from a gradient written out."""
    X, Y = run.setup.dataset.train.X, run.setup.dataset.train.Y

    def gradient(theta: Any) -> Any:
        block1, block2 = theta[:12].reshape(4, 3), theta[12:].reshape(1, 5)
        A1 = np.tanh(X @ block1[:, :2].T + block1[:, 2])
        dZ2 = (1 / (1 + np.exp(-(A1 @ block2[:, :4].T + block2[:, 4]))) - Y) / len(X)
        dZ1 = dZ2 @ block2[:, :4] * (1 - A1**2)
        dW1, dW2 = np.column_stack([dZ1.T @ X, dZ1.sum(axis=0)]), np.column_stack([dZ2.T @ A1, dZ2.sum(axis=0)])
        return np.concatenate([dW1.ravel(), dW2.ravel()])

    shifts = 1e-6 * np.eye(len(theta))
    hessian = np.array([(gradient(theta + shift) - gradient(theta - shift)) / 2e-6 for shift in shifts])
    return float(np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1])


@pytest.mark.parametrize(
    ("optimizer", "share"), [({}, 1 / 2), ({"momentum": 0.5}, 1 / 3), ({"momentum": 0.5, "nesterov": True}, 2 / 3)]
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_stability_is_the_rate_over_its_limit(optimizer: dict[str, Any], share: float, dtype: str) -> None:
    """At the start and later: lr x eigenvalue / 2 for gradient descent, by its own limit with momentum."""
    settings = {"name": "sgd", "lr": 0.2, **optimizer}
    for steps in (1, 39):
        run = trained(PLANAR, optimizer=settings, steps=steps + 1, dtype=dtype)
        (*_, last) = [step for step in measured(run) if step <= steps]
        until = trained(PLANAR, optimizer=settings, steps=last, dtype=dtype) if last else None
        theta = beside(until.theta if until else run.setup.initial)
        expected = share * 0.2 * largest_eigenvalue_by_hand(run, theta)
        assert run.history["stability"][last] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    "config",
    [
        PLANAR,
        MINI,
        {**MINI, "dtype": "float32", "optimizer": {"name": "sgd", "lr": 0.3, "momentum": 0.9}},
        {**PLANAR, "optimizer": {"name": "sgd", "lr": 0.3, "schedule": {"name": "cosine"}}},
    ],
)
def test_measuring_changes_no_bit_of_the_training(config: dict[str, Any]) -> None:
    """Parameters and all other columns are the same with sharpness on and off."""
    on, off = trained(config), trained(config, watch={"sharpness": "off"})
    assert measured(on)
    assert np.array_equal(on.theta, off.theta)
    for column in on.history.columns:
        if column != "stability":
            assert np.array_equal(on.history[column], off.history[column], equal_nan=True)


@pytest.mark.parametrize("fault", ["gradient_not_reset", "stale_cache", "output_ignores_input"])
@pytest.mark.parametrize("config", [PLANAR, MINI])
def test_what_a_faulty_network_remembers_is_left_alone(config: dict[str, Any], fault: str) -> None:
    """A fault that carries something from step to step carries the same with sharpness on and off."""
    on, off = (trained(config, faults=[fault], watch={"sharpness": word}) for word in ("auto", "off"))
    assert len(measured(on)) >= LEAST
    assert np.array_equal(on.theta, off.theta)


@pytest.mark.parametrize("fault", ["gradient_not_reset", "stale_cache"])
def test_memory_of_earlier_calls_is_not_in_the_curvature(fault: str) -> None:
    """Where a gradient carries over from call to call, the sharpness is that of the gradient which is meant."""
    expected = trained(PLANAR).history["stability"][0]
    assert trained(PLANAR, faults=[fault]).history["stability"][0] == pytest.approx(expected, rel=1e-6)


def test_gradients_with_mistakes_can_be_measured() -> None:
    """Whatever is wrong with a gradient, measuring it ends with a number."""
    values = []
    for name in (name for name, fault in FAULTS.items() if fault.family == "backward"):
        config = {**PLANAR, "network": {"hidden": [4, 4], "activation": "leaky_relu"}, "steps": 1}
        with suppress(UserError):  # it can't act on this network
            values.append(trained(config, faults=[name]).history["stability"][0])
    assert len(values) > 15
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    "words",
    [
        {"watch": {"sharpness": "off"}},
        {"optimizer": {"name": "adam"}},
        {"optimizer": {"name": "rmsprop"}},
        {"optimizer": {"name": "sgd", "clip_norm": 1.0}},
    ],
)
def test_the_column_is_there_without_values(words: dict[str, Any]) -> None:
    """Switched off, and where no formula gives a limit, the column holds only nulls."""
    assert measured(trained(PLANAR, **words)) == []


def test_the_rate_is_that_of_the_step() -> None:
    """With a schedule stability goes by the learning rate of its step: at a warmup's start it is a part of the rest."""
    full = trained(PLANAR).history["stability"][0]
    warm = {"name": "sgd", "schedule": {"name": "warmup", "steps": 10}}
    assert trained(PLANAR, optimizer=warm).history["stability"][0] == pytest.approx(full / 10, rel=1e-9)


@pytest.mark.parametrize("steps", [1, 2, 40, 1000, 4000, 100_000])
def test_it_is_measured_at_some_of_the_logarithmic_steps(steps: int) -> None:
    """From the first step to near the last, and no more often than the run pays for."""
    run = Trained(setup(PLANAR, steps=steps))
    chosen = SharpnessWatch(run.setup, run.training.rates).steps
    assert set(chosen) <= set(logarithmic(steps))
    assert chosen[0] == 0
    assert chosen[-1] == logarithmic(steps)[-1]
    assert len(chosen) == min(max(LEAST, steps // STEPS_EACH), len(logarithmic(steps)))


@pytest.fixture
def gradients(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each gradient that measuring takes."""
    calls: list[int] = []
    gradient = BatchGradient.__call__

    def counted(self: BatchGradient, theta: Any) -> Any:
        calls.append(1)
        return gradient(self, theta)

    monkeypatch.setattr(BatchGradient, "__call__", counted)
    return calls


@pytest.mark.parametrize("config", [PLANAR, MINI])
@pytest.mark.parametrize("steps", [500, 4000])
def test_it_takes_few_gradients(config: dict[str, Any], steps: int, gradients: list[int]) -> None:
    """A base, at least three products each time, and in all no more than some percent of the run's own gradients."""
    run = trained(config, optimizer={"name": "sgd", "lr": 0.1}, steps=steps)
    assert 4 * len(measured(run)) <= len(gradients) <= SHARE * steps


def test_the_last_vector_saves_gradients(gradients: list[int]) -> None:
    """The same measurement takes fewer gradients in a run that has measured before than from nothing."""
    run = trained({**PLANAR, "dataset": {"name": "xor"}, "network": {"hidden": [8]}}, steps=100)
    (segment,) = run.training.batches.segments(99, 1)
    counts = []
    for watch in (run.training.sharpness, SharpnessWatch(run.setup, run.training.rates)):
        gradients.clear()
        watch.measure(segment.batch, 99)
        counts.append(len(gradients))
    assert counts[0] < counts[1]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 50])
def test_thinning_keeps_the_first_and_the_last(count: int) -> None:
    """No more than were asked for, in order, the ends among them, and all where there are few enough."""
    steps = [2, 3, 5, 7, 11, 13, 17]
    kept = thinned(steps, count)
    assert kept == sorted(set(kept))
    assert len(kept) == min(count, len(steps))
    assert set(kept) <= set(steps)
    if count > 1:
        assert (kept[0], kept[-1]) == (2, 17)


def test_a_bad_step_is_measured_where_its_gradient_is_finite() -> None:
    """A loss that overflows with a finite gradient leaves the stability at the parameters of that step."""
    config = {
        "dataset": {"name": "inline", "X": [[1.0]], "Y": [[0.0]], "task": "regression"},
        "network": {"hidden": [], "bias": False},
        "init": {"weights": {"name": "constant", "value": 1e130}},
        "optimizer": {"name": "sgd", "lr": 1e8},
        "steps": 1000,
    }
    run = trained(config)
    bad = run.training.first_nonfinite_step
    assert bad == 4
    assert np.isinf(run.history["loss"][bad])
    assert measured(run) == [0, bad]
    assert run.history["stability"][bad] == pytest.approx(0.5e8, rel=1e-6)


def test_a_bad_step_without_a_finite_gradient_is_left_out() -> None:
    """Where the gradient is not finite either, the last row has no stability, and the rows before keep theirs."""
    run = trained(RAW)
    step = run.training.first_nonfinite_step
    assert step is not None
    assert step not in measured(run)
    assert run.history["stability"][0] > 1.0


def test_a_rollback_lowers_the_stability() -> None:
    """Half the learning rate at the same parameters is half the stability."""
    run = Trained(setup(PLANAR))
    rates = run.training.rates
    (segment,) = run.training.batches.segments(0, 1)
    before = SharpnessWatch(run.setup, rates).measure(segment.batch, 0)["stability"]
    rates.scale = 0.5
    assert SharpnessWatch(run.setup, rates).measure(segment.batch, 0)["stability"] == before / 2


def test_mini_batches_are_measured_on_the_samples_of_their_step() -> None:
    """The gradient in float64 is that of the batch as it stands, also after other samples came in, in both types."""
    for dtype in ("float64", "float32"):
        run = Trained(setup(MINI, dtype=dtype))
        (segment,) = run.training.batches.segments(0, 1)
        gradient = BatchGradient(segment.batch, run.setup.phases)
        for step in (0, 1):
            (segment,) = run.training.batches.segments(step, 1)
            for call in [*segment.feed, *segment.batch.calls(*run.setup.phases)]:
                call()
            gradient.read_samples(lr=1.0)
            mine = gradient(run.theta.astype(np.float64))
            np.testing.assert_allclose(mine, run.training.workspace.gradient, rtol=1e-4, atol=1e-6)


def test_mlflow_gets_every_measurement() -> None:
    """However sparse the column is, each of its values becomes a point of the curve `stability`."""
    run = trained(MINI, steps=400)
    sketch = Sketch(list(run.history.columns), 400, 50)
    rows = np.column_stack([run.history[column] for column in run.history.columns])
    points = [*sketch.running(rows[:150]), *sketch.running(rows[150:]), *sketch.ending(rows)]
    sent = sorted((point.step, point.value) for point in points if point.name == "stability")
    assert sent == [(step, run.history["stability"][step]) for step in measured(run)]
    assert len(sent) == LEAST
