"""Networks with faults go through training, watch and evaluation like any other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from setups import setup, trained

from runner.errors import UserError
from runner.network.faults.catalogue import FAULTS
from runner.network.inference import Predictor, columns
from runner.network.program import Phase
from runner.network.workspace import run

# A network in which the fault acts: planar's 2-4-1 with tanh and sigmoid, unless it needs another.
CLASSES: dict[str, Any] = {"dataset": {"name": "blobs", "samples": 40}}
SUMMED: dict[str, Any] = {"loss": {"reduction": "sum"}, "optimizer": {"name": "sgd", "lr": 0.01}}
DECAY: dict[str, Any] = {"optimizer": {"name": "sgd", "lr": 0.1, "weight_decay": 0.1}}
EQUAL: dict[str, Any] = {"network": {"hidden": [4, 4, 4]}}
RELU: dict[str, Any] = {"network": {"hidden": [4], "activation": "relu"}}
NEEDS: dict[str, dict[str, Any]] = {
    "relu_without_effect": RELU,
    "leaky_slope_mismatch": RELU,
    "softmax_over_batch": CLASSES,
    "naive_softmax": CLASSES,
    "bce_on_softmax": CLASSES,
    "softmax_derivative_elementwise": CLASSES,
    "output_reduction_mismatch": CLASSES,
    "gradient_averaged_loss_summed": SUMMED,
    "weight_decay_not_in_loss": DECAY,
    "weight_decay_not_in_gradient": DECAY,
    "derivative_of_other_layer": EQUAL,
    "weights_not_transposed": EQUAL,
    "delta_uses_neighbour_weights": EQUAL,
    "weight_gradient_uses_own_output": EQUAL,
    "matmul_for_elementwise": {"batch_size": 4, "dataset": {"name": "planar", "samples": 40}},
    "batch_size_assumed": {"batch_size": 16},
}
PLANAR: dict[str, Any] = {
    "dataset": {"name": "planar", "samples": 40},
    "optimizer": {"name": "sgd", "lr": 0.05},
    "steps": 12,
    "watch": {"on_nonfinite": "continue"},
}
FORWARD = [name for name, fault in FAULTS.items() if fault.family == "forward"]
WRONG_LOSS = ("loss_cross_terms", "target_broadcast")


def config(fault: str, **more: Any) -> dict[str, Any]:
    return {**PLANAR, **NEEDS.get(fault, {}), "faults": [fault], **more}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_network_trains(fault: str) -> None:
    """It takes its steps, its history is as long as any, and the same configuration gives the same bits."""
    one, other = (trained(config(fault)) for _ in range(2))
    assert len(one.history) == 12
    assert np.array_equal(one.history["loss"], other.history["loss"], equal_nan=True)
    assert np.array_equal(one.theta, other.theta, equal_nan=True)
    if fault not in ("naive_sigmoid", "naive_softmax", "bce_on_softmax"):
        right = trained(config(fault, faults=[]))
        same_loss = np.array_equal(one.history["loss"], right.history["loss"])
        assert not (same_loss and np.array_equal(one.theta, right.theta))


@pytest.mark.parametrize("fault", FORWARD)
def test_evaluation_and_prediction_have_the_faults_of_the_forward_pass(fault: str) -> None:
    """Evaluated on the training split, and asked for answers, the network computes what it trains with."""
    run_of = trained(config(fault, steps=1, init={"bias": {"name": "normal"}}))
    ready, theta = run_of.setup, run_of.setup.initial
    part = ready.dataset.train
    evaluated = run_of.training.evaluator(part)(theta)
    assert evaluated.loss == pytest.approx(run_of.history["loss"][0], rel=1e-12)
    workspace = ready.workspace()
    predict = Predictor(ready.architecture, workspace.weights(), ready.placement.texts)
    np.testing.assert_allclose(predict(part.X), evaluated.outputs.T, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("fault", [*WRONG_LOSS, "weight_decay_not_in_loss"])
def test_evaluation_reports_the_loss_that_training_reports(fault: str) -> None:
    """A wrong loss is wrong in the same way wherever it is computed; the penalty is no part of an evaluation."""
    run_of = trained(config(fault, steps=1))
    evaluated = run_of.training.evaluator(run_of.setup.dataset.train)(run_of.setup.initial)
    assert evaluated.loss == pytest.approx(run_of.history["loss"][0], rel=1e-12)


def test_a_stale_cache_is_one_step_behind() -> None:
    """Each step is made with the gradient of the step before; the first has its own."""
    stale, right = trained(config("stale_cache", steps=3)), setup(config("stale_cache", faults=[]))
    workspace, part = right.workspace(), right.dataset.train
    batch = workspace.batch(*columns(part.X, part.Y, bias=True))
    run(batch.calls(Phase.BATCH))
    gradients: list[NDArray[np.float64]] = []
    for step in range(3):
        run(batch.calls(*right.phases))
        gradients.append(workspace.gradient.copy())
        workspace.theta -= 0.05 * gradients[max(step - 1, 0)]
    np.testing.assert_allclose(stale.theta, workspace.theta, rtol=1e-13)


def test_shuffled_targets_are_the_same_targets_elsewhere() -> None:
    """Of the training split alone, and the same way for the same seed."""
    more = {"dataset": {"name": "planar", "samples": 40, "valid_fraction": 0.25}}
    right, wrong, again = (
        setup(config("targets_shuffled_apart", **more, faults=faults)).dataset
        for faults in ([], ["targets_shuffled_apart"], ["targets_shuffled_apart"])
    )
    assert np.array_equal(right.train.X, wrong.train.X)
    assert not np.array_equal(right.train.Y, wrong.train.Y)
    assert np.array_equal(np.sort(right.train.Y, axis=0), np.sort(wrong.train.Y, axis=0))
    assert np.array_equal(wrong.train.Y, again.train.Y)
    assert right.valid is not None
    assert wrong.valid is not None
    assert np.array_equal(right.valid.Y, wrong.valid.Y)


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32"])
def test_integers_wrap_around_as_numpy_does(kind: str) -> None:
    """Values are cut to whole numbers and taken modulo the range of the type, as NumPy's own conversion does."""
    values = [[-1.75], [0.9], [300.5], [70000.25], [-40000.0], [3e9]]
    data = {"name": "inline", "X": values, "Y": [[2.5]] * 6}
    wrong = setup({"dataset": data, "faults": [f"integer_overflow={kind}"], "steps": 1}).dataset
    expected = np.array(values).astype(np.int64).astype(kind)
    assert np.array_equal(wrong.train.X, expected)
    assert np.array_equal(wrong.train.Y, np.full((6, 1), 2.0))


def test_parameters_can_start_as_integers() -> None:
    """With `=weights` the initial parameters lose their fractions, the data stay as they are."""
    more = {"init": {"weights": {"name": "normal", "std": 3.0}}}
    right, wrong = (setup(config("integer_overflow", **more, faults=f)) for f in ([], ["integer_overflow=weights"]))
    assert np.array_equal(wrong.initial, np.trunc(right.initial))
    assert np.array_equal(wrong.dataset.train.X, right.dataset.train.X)


def test_data_that_a_fault_does_not_change_are_reported() -> None:
    """Small whole numbers fit any integer type, and targets that are all equal can't be shuffled: both are errors."""
    small = {"name": "inline", "X": [[1.0], [2.0]], "Y": [[3.0], [3.0]]}
    for fault in ("integer_overflow", "targets_shuffled_apart"):
        with pytest.raises(UserError, match=rf"faults\[0\]: {fault} can't act: it changes nothing in these data"):
            setup({"dataset": small, "faults": [fault], "steps": 1})


def test_a_fault_that_cannot_act_is_an_error_of_the_configuration() -> None:
    """It is reported at its place in the list, with the reason and where it could act."""
    faults = ["sign_flipped", "missing_activation_derivative@2"]
    config = {"dataset": {"name": "x_plus_one", "samples": 20}, "network": {"hidden": [3]}, "faults": faults}
    with pytest.raises(UserError) as caught:
        setup(config)
    assert str(caught.value) == (
        "faults[1]: missing_activation_derivative can't act on layer 2: its activation is the identity: f' is 1; "
        "allowed: missing_activation_derivative@1"
    )
