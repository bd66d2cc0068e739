"""Faults found blind in runs: in the program, in the data, in the start, and where they only show in an overflow."""

import numpy as np
import pytest

from runner.diagnosis.faulty import faults_in, without_all
from runner.diagnosis.fixes.attempts import train
from runner.settings import validate
from runner.training.setup import prepare
from runner.training.stopping import Interruption

NETWORK = {
    "dataset": {"name": "blobs", "samples": 40},
    "network": {"hidden": [5, 5], "activation": ["tanh", "sigmoid"]},
    "optimizer": {"name": "sgd", "lr": 0.1, "weight_decay": 0.01},
    "steps": 20,
    "batch_size": 16,
}


def suspected(config: dict, *faults: str) -> list:
    case = train(prepare(validate({**config, "faults": list(faults)})), Interruption())
    with np.errstate(all="ignore"):
        return list(faults_in(case, 30.0))


def test_a_right_program_is_not_suspected():
    """Without faults there is nothing to find, in mini-batches of two sizes either."""
    assert suspected(NETWORK) == []


@pytest.mark.parametrize(
    ("fault", "layer"),
    [
        ("missing_activation_derivative@1", 1),
        ("bias_gradient_not_averaged@2", 2),
        ("weights_not_transposed@1", 1),
        ("weight_decay_not_in_gradient", None),
        ("gradient_not_reset", None),
        ("stale_cache", None),
        ("softmax_over_batch", None),
        ("batch_size_assumed", None),
    ],
)
def test_a_fault_of_the_program_is_named_with_its_layer(fault, layer):
    """What is asked for in `faults` is found without looking there."""
    [suspicion] = suspected(NETWORK, fault)
    tied = [tie.partition("@")[0].partition("=")[0] for tie in suspicion.evidence["tied_with"]]
    assert fault.partition("@")[0] in (suspicion.cause, *tied)
    assert suspicion.where.get("layer", layer) == layer
    assert suspicion.certain


def test_the_slopes_show_a_factor_to_six_digits():
    """The evidence holds the ratio of the supplied gradient to central differences of the loss, for each array."""
    [suspicion] = suspected({**NETWORK, "optimizer": {"name": "sgd", "lr": 0.1}}, "constant_scale=7")
    slopes = suspicion.evidence["slopes"]
    assert set(slopes) == {"W1", "b1", "W2", "b2", "W3", "b3"}
    np.testing.assert_allclose([slope["ratio"] for slope in slopes.values()], 7.0, rtol=1e-6)
    assert "7 times" in suspicion.symptom


def test_data_in_an_integer_type_are_found_by_comparison_with_what_is_described():
    """Inputs that were cut to whole numbers are not those of the data set."""
    [suspicion] = suspected(NETWORK, "integer_overflow")
    assert suspicion.cause == "integer_overflow"
    assert [str(change) for change in suspicion.fixes[0]] == ["faults=[]"]


def test_weights_in_an_integer_type_are_found_at_the_start():
    """Initial weights that are all whole numbers are not what the initialiser drew."""
    [suspicion] = suspected(NETWORK, "integer_overflow=weights")
    assert suspicion.cause == "integer_overflow"
    assert suspicion.evidence["described"] != suspicion.evidence["used"]


def test_targets_in_another_order_are_reported_with_their_share():
    """How many samples have the target of another one."""
    [suspicion] = suspected(NETWORK, "targets_shuffled_apart")
    described = prepare(validate(NETWORK)).dataset.train.Y
    spoiled = prepare(validate({**NETWORK, "faults": ["targets_shuffled_apart"]})).dataset.train.Y
    assert suspicion.evidence["moved"] == pytest.approx(float((described != spoiled).any(axis=1).mean()))


def test_an_unguarded_softmax_is_found_where_it_overflows():
    """Right in every number until it overflows: then the guarded form gives a finite loss for the same parameters."""
    large = {
        **NETWORK,
        "network": {"hidden": [], "activation": "tanh"},
        "init": {"weights": {"name": "normal", "std": 500.0}},
        "loss": {"from_logits": False, "epsilon": 1e-9},
    }
    [suspicion] = suspected(large, "naive_softmax")
    assert suspicion.cause == "naive_softmax"
    assert suspected(large) == []


def test_faults_that_stay_are_kept_in_the_fix():
    """Of a fault of the data and one of the program each has a fix for itself, and both are reported."""
    found = suspected(NETWORK, "targets_shuffled_apart", "sign_flipped")
    assert [suspicion.cause for suspicion in found] == ["targets_shuffled_apart", "sign_flipped"]
    assert [str(suspicion.fixes[0][0]) for suspicion in found] == [
        "faults=[sign_flipped]",
        "faults=[targets_shuffled_apart]",
    ]
    assert [str(change) for change in without_all(found)] == ["faults=[]"]
