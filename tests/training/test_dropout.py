"""Dropout: masks by hand, in training and nowhere else, the same whatever interrupts or surrounds a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from setups import PLANAR, RAW, Trained, setup, trained

from runner.diagnosis.gradients.configured import check_setup
from runner.errors import UserError
from runner.network.inference import Predictor
from runner.network.workspace import run
from runner.training.conclusion import conclude

DROPPED: dict[str, Any] = {**PLANAR, "network": {"hidden": [5, 4], "dropout": [0.4, 0.25]}}


def test_without_a_rate_the_program_has_the_calls_that_it_had() -> None:
    """A rate of 0, alone or in a list, adds no call; a rate in one layer adds calls there alone."""
    plain = setup(PLANAR, network={"hidden": [5, 4]}).program
    for none in (0.0, [0.0, 0.0]):
        assert setup(PLANAR, network={"hidden": [5, 4], "dropout": none}).program.describe() == plain.describe()
    one = setup(PLANAR, network={"hidden": [5, 4], "dropout": [0.0, 0.5]}).program
    added = [call.result for call in one.calls if call.text not in plain.describe()]
    assert set(added) <= {"M2", "Ã2", "Z3", "[dW3 db3]", "dÃ2", "dA2"}


def test_legacy_masks_are_those_of_hand_written_code() -> None:
    """With `rng: legacy` a run is the loop that people write with numpy.random.seed and rand, to 1e-12."""
    config = {**PLANAR, "rng": "legacy", "seed": 5, "init": {"seed": 1}, "steps": 3}
    config |= {"network": {"hidden": [5], "dropout": 0.3}, "optimizer": {"name": "sgd", "lr": 0.5}}
    ready = setup(config)
    X, Y = ready.dataset.train.X.T, ready.dataset.train.Y.T
    (W1, b1), (W2, b2) = (layer.split(ready.initial.copy()) for layer in ready.architecture.layers)
    draws, n = np.random.RandomState(5), X.shape[1]
    for _ in range(3):
        A1 = np.tanh(W1 @ X + b1)
        D1 = draws.rand(*A1.shape) < 0.7
        A1_dropped = A1 * D1 / 0.7
        A2 = 1 / (1 + np.exp(-(W2 @ A1_dropped + b2)))
        dZ2 = (A2 - Y) / n
        dZ1 = (W2.T @ dZ2) * D1 / 0.7 * (1 - A1**2)
        W2, b2 = W2 - 0.5 * dZ2 @ A1_dropped.T, b2 - 0.5 * dZ2.sum(axis=1, keepdims=True)
        W1, b1 = W1 - 0.5 * dZ1 @ X.T, b1 - 0.5 * dZ1.sum(axis=1, keepdims=True)
    ended = trained(config).training.workspace.weights()
    np.testing.assert_allclose(ended["layer_1/W"], W1.T, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ended["layer_2/W"], W2.T, rtol=1e-12, atol=1e-12)


def test_masks_differ_from_step_to_step_and_drop_the_share_asked_for() -> None:
    """Each step has a new mask; over many, the share of zeros is the rate."""
    run_of, shares, last = Trained(setup(PLANAR, network={"hidden": [9], "dropout": 0.3})), [], None
    for segment in run_of.training.segments.segments(0, 1):
        for _ in range(40):
            run(list(segment.feed))
            mask = segment.batch["M1"].copy()
            assert last is None or not np.array_equal(mask, last)
            shares.append((mask == 0.0).mean())
            last = mask
    assert np.mean(shares) == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / (40 * mask.size)))


def test_nothing_is_dropped_out_of_an_evaluation_or_a_prediction() -> None:
    """Validation loss, the last row and predictions are those of the same parameters without dropout."""
    config = {**DROPPED, "dataset": {"name": "planar", "samples": 60, "valid_fraction": 0.3}}
    run_of = trained(config)
    plain = Trained(setup({**config, "network": {"hidden": [5, 4]}}))
    valid = run_of.setup.dataset.valid
    assert valid is not None
    assert run_of.training.valid is not None
    assert plain.training.valid is not None
    expected = plain.training.valid(run_of.theta)
    assert run_of.training.valid(run_of.theta).loss == expected.loss
    predict = Predictor(run_of.setup.architecture, run_of.training.workspace.weights())
    np.testing.assert_allclose(predict(valid.X).T, expected.outputs, rtol=1e-13)
    final = conclude(run_of.training).final
    assert final["loss"] == plain.training.evaluator(run_of.setup.dataset.train)(run_of.theta).loss


def test_a_trace_has_the_mask_of_its_step() -> None:
    """A step that is not finite is traced with the mask that it had, which stays in place."""
    run_of = trained({**RAW, "network": {"hidden": [6], "activation": "leaky_relu", "dropout": 0.5}})
    (event,) = run_of.events
    (segment,) = run_of.training.segments.segments(event["step"], 1)
    before = segment.batch["M1"].copy()
    run(list(segment.feed))
    assert np.array_equal(segment.batch["M1"], before)
    assert event["kind"] in ("overflow", "nan")


def test_sharpness_is_measured_with_the_mask_of_the_step() -> None:
    """The gradient elsewhere has the samples and masks of the step: at the same parameters it is the step's own."""
    run_of = Trained(setup(DROPPED))
    (segment,) = run_of.training.segments.segments(0, 1)
    run([*segment.feed, *segment.batch.calls(*run_of.setup.phases)])
    elsewhere = run_of.setup.network.gradient_elsewhere(segment.batch)
    elsewhere.read_samples(0.1)
    np.testing.assert_allclose(elsewhere(run_of.theta), run_of.training.workspace.gradient, rtol=1e-13)


def test_the_gradient_check_goes_through_a_fixed_mask() -> None:
    """With dropout right gradients pass, and a mistake behind a mask is found and named."""
    assert check_setup(setup(DROPPED)).passed
    found = check_setup(setup(DROPPED, faults=["missing_activation_derivative@1"]))
    assert not found.passed
    assert (found.causes[0].name, found.causes[0].layer) == ("missing_activation_derivative", 1)


def test_a_fault_that_would_go_past_the_mask_is_refused() -> None:
    """`output_reads_preactivation` feeds Z, of which nothing could be dropped."""
    with pytest.raises(UserError, match="its units are dropped out"):
        setup(DROPPED, faults=["output_reads_preactivation"])
