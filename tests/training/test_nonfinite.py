"""The event of a non-finite value: its kind, its place, the values behind it, and its way, against cases by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from setups import PLANAR, RAW, trained

from runner.training.nonfinite.trace import first_nonfinite

# conf/experiment/post/planar.yaml without its number of steps.
POST: dict[str, Any] = {
    "dataset": {"name": "planar", "seed": 1},
    "network": {"hidden": [4], "activation": "relu"},
    "init": {"weights": {"name": "he"}, "seed": 1},
    "loss": {"name": "binary_cross_entropy", "from_logits": False},
    "optimizer": {"name": "sgd", "lr": 1.2},
    "rng": "legacy",
}


def one_layer(X: list[float], Y: list[float], loss: str, **more: Any) -> dict[str, Any]:
    """A network Z1 = X, made of one unit with W = 1 and b = 0, unless `W` says otherwise."""
    dataset = {"name": "inline", "X": [[x] for x in X], "Y": [[y] for y in Y], "task": "regression"}
    weights = {"name": "explicit", "values": [[[more.pop("W", 1.0)]]]}
    return {
        "dataset": dataset,
        "network": {"hidden": [], "output": more.pop("output", "identity")},
        "init": {"weights": weights},
        "loss": {"name": loss, "from_logits": False, "reduction": "sum", "epsilon": more.pop("epsilon", 0.0)},
        "optimizer": {"name": "sgd", "lr": 1e-3, **more.pop("optimizer", {})},
        "steps": 5,
        **more,
    }


def first_event(config: dict[str, Any]) -> dict[str, Any]:
    """The non-finite event of a run, which stops there."""
    run = trained(config)
    (event,) = [event for event in run.events if "chain" in event]
    return event


def test_the_logarithm_of_zero_leads_back_to_the_output_that_is_one() -> None:
    """log(1 - A) is a pole where A is exactly 1: reported with the samples, their number and the Z behind."""
    X = [0.0, 40.0, -3.0, 50.0, 40.0]
    event = first_event(one_layer(X, [0.0, 1.0, 0.0, 1.0, 1.0], "binary_cross_entropy", output="sigmoid"))
    assert (event["kind"], event["phase"], event["layer"], event["tensor"]) == ("inf", "loss", 1, "log(1 - A1)")
    assert (event["count"], event["size"]) == (3, 5)
    assert (event["sample"], event["samples"], event["unit"]) == (1, [1, 3, 4], 0)
    assert event["operands"]["1 - A1"] == {
        "min": 0.0,
        "max": pytest.approx(1 - 1 / (1 + np.exp(3.0))),
        "value": 0.0,
        "at": [0, 1],
        "count": 3,
    }
    assert event["origin"] == [
        {"tensor": "1 - A1", "value": 0.0, "count": 3},
        {"tensor": "A1", "value": 1.0, "count": 3},
        {"tensor": "Z1", "value": 40.0, "count": 2},
    ]
    assert event["chain"] == ["log(1 - A1)", "loss0", "loss"]


def test_an_overflow_that_does_no_harm_is_not_the_cause() -> None:
    """exp(800) overflows within a sigmoid that then is 0, as it should be; the log of 0 breaks the loss."""
    event = first_event(one_layer([1.0, -800.0], [0.0, 1.0], "binary_cross_entropy", output="sigmoid"))
    assert (event["kind"], event["call"], event["sample"]) == ("inf", "log(A1)", 1)
    assert [(step["tensor"], step["value"]) for step in event["origin"]] == [("A1", 0.0), ("Z1", -800.0)]


def test_an_overflow_that_does_no_harm_stops_no_run() -> None:
    """With targets that a guarded loss can take, exp(800) within a sigmoid breaks nothing and is no event."""
    run = trained(one_layer([1.0, -800.0], [0.0, 1.0], "squared_error", output="sigmoid"))
    assert run.events == []
    assert run.training.first_nonfinite_step is None


def test_an_exp_beyond_the_range_is_an_overflow() -> None:
    """An unguarded softmax overflows in exp; the event has the value that was too large, and its unit."""
    values = [[[0.0, 1.0, 0.0]]]
    config = {
        "dataset": {
            "name": "inline",
            "X": [[1.0], [800.0], [710.0]],
            "Y": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            "task": "classes",
        },
        "network": {"hidden": []},
        "init": {"weights": {"name": "explicit", "values": values}},
        "faults": ["naive_softmax"],
        "steps": 3,
    }
    event = first_event(config)
    assert (event["kind"], event["phase"], event["layer"], event["tensor"]) == ("overflow", "forward", 1, "A1")
    assert (event["count"], event["size"], event["samples"], event["unit"]) == (2, 9, [1, 2], 1)
    (operand,) = event["operands"].values()
    assert (operand["value"], operand["at"], operand["count"]) == (800.0, [1, 1], 2)
    assert event["origin"][-1] == {"tensor": "Z1", "value": 800.0, "count": 1}
    assert event["chain"][-1] == "loss"


def test_a_sum_of_squares_beyond_the_range_names_its_largest_term() -> None:
    """A sum has no one place where it broke: the operand's value is that of its largest term, and `at` says where."""
    event = first_event(one_layer([1.0, -1e200, 1e160], [0.0, 0.0, 0.0], "squared_error"))
    assert (event["kind"], event["tensor"], event["chain"]) == ("overflow", "loss", ["loss"])
    assert event["operands"] == {"E": {"min": -1e200, "max": 1e160, "value": -1e200, "at": [0, 1]}}
    assert "sample" not in event
    assert "unit" not in event


def test_a_product_of_matrices_names_the_factors_of_its_largest_term() -> None:
    """Z = W A overflows at a unit and a sample: the operands' values are the factors of the term that is too large."""
    X = [[1.0, 1e200], [2.0, 1e120], [1e180, 1e150]]
    config = {
        "dataset": {"name": "inline", "X": X, "Y": [[0.0, 0.0]] * 3, "task": "regression"},
        "network": {"hidden": []},
        "init": {"weights": {"name": "explicit", "values": [[[1.0, 1e130], [1.0, 1e120]]]}},
        "steps": 3,
    }
    event = first_event(config)
    assert (event["kind"], event["tensor"], event["sample"], event["unit"]) == ("overflow", "Z1", 0, 1)
    assert event["operands"]["[W1 b1]"] | {"value": 1e120, "at": [1, 1]} == event["operands"]["[W1 b1]"]
    assert event["operands"]["[A0;1]"] | {"value": 1e200, "at": [1, 0]} == event["operands"]["[A0;1]"]


def test_infinity_minus_infinity_within_a_sum_is_an_overflow() -> None:
    """Terms of 1e310 and -1e310 add up to NaN, though no operand and no exact result is one."""
    config = {
        "dataset": {"name": "inline", "X": [[1e200, 1e200]], "Y": [[0.0]], "task": "regression"},
        "network": {"hidden": []},
        "init": {"weights": {"name": "explicit", "values": [[[1e110], [-1e110]]]}},
        "steps": 3,
    }
    event = first_event(config)
    assert (event["kind"], event["tensor"]) == ("overflow", "Z1")


def test_the_logarithm_of_a_negative_number_is_a_nan() -> None:
    """A cross-entropy on an output below 0 has no value at all; the operand counts the entries beyond the edge."""
    event = first_event(one_layer([0.5, -0.25, -2.0, 0.75], [0.0, 1.0, 1.0, 0.0], "binary_cross_entropy"))
    assert (event["kind"], event["call"], event["samples"]) == ("nan", "log(A1)", [1, 2])
    assert event["operands"]["A1"] | {"value": -0.25, "count": 2} == event["operands"]["A1"]
    assert event["origin"][-1] == {"tensor": "Z1", "value": -0.25, "count": 1}


def test_no_more_than_ten_samples_are_listed() -> None:
    """A long list of bad samples is cut; the count is not."""
    event = first_event(one_layer([40.0] * 12, [0.0] * 12, "binary_cross_entropy", output="sigmoid"))
    assert (event["count"], event["samples"]) == (12, list(range(10)))


def test_a_division_may_overflow_going_back_though_the_loss_is_finite() -> None:
    """log(A + 1e-310) is -714, its derivative 1 / (A + 1e-310) is beyond the range, in the backward pass."""
    config = one_layer([1.0, -800.0, 2.0], [0.0, 1.0, 0.0], "binary_cross_entropy", output="sigmoid", epsilon=1e-310)
    run = trained(config)
    (event,) = [event for event in run.events if "chain" in event]
    assert np.isfinite(run.history["loss"]).all()
    assert (event["kind"], event["phase"], event["call"]) == ("overflow", "backward", "Y / (A1 + epsilon)")
    assert event["sample"] == 1
    assert event["operands"]["Y"]["value"] == 1.0
    assert event["operands"]["A1 + epsilon"]["value"] == 1e-310
    assert event["chain"] == ["Y / (A1 + epsilon)", "dA1", "dZ1", "[dW1 db1]"]


@pytest.mark.parametrize(("bias", "gradient"), [(True, "[dW2 db2]"), (False, "dW2")])
def test_a_sum_may_overflow_in_the_gradient_alone(bias: bool, gradient: str) -> None:
    """Activations of 1e308 and a loss of 2: their sum over two samples, the gradient, is beyond the range."""
    config = {
        "dataset": {"name": "inline", "X": [[1.0], [1.0]], "Y": [[0.0], [0.0]], "task": "regression"},
        "network": {"hidden": [1], "activation": "relu", "bias": bias},
        "init": {"weights": {"name": "explicit", "values": [[[1e308]], [[1e-308]]]}},
        "loss": {"name": "absolute_error", "reduction": "sum"},
        "steps": 3,
    }
    run = trained(config)
    (event,) = run.events
    assert run.history["loss"].tolist() == [pytest.approx(2.0)]
    assert (event["kind"], event["phase"], event["layer"]) == ("overflow", "backward", 2)
    assert (event["tensor"], event["chain"], event["count"]) == (gradient, [gradient], 1)
    assert (event["operands"]["dZ2"]["value"], event["unit"]) == (1.0, 0)
    assert "sample" not in event


def test_a_gradient_from_the_step_before_is_named_though_it_can_not_be_repeated() -> None:
    """With a stale cache the infinite gradient of step 1 is used at step 2, whose own is finite: that call is named."""
    config = {
        "dataset": {"name": "inline", "X": [[0.0]] * 2 + [[1.0]] * 2, "Y": [[0.0]] * 4, "task": "regression"},
        "network": {"hidden": [1], "activation": "relu"},
        "init": {"weights": {"name": "explicit", "values": [[[1e308]], [[1e-308]]]}},
        "loss": {"name": "absolute_error", "reduction": "sum"},
        "faults": ["stale_cache"],
        "batch_size": 2,
        "shuffle": False,
        "steps": 4,
    }
    event = first_event(config)
    assert (event["kind"], event["step"], event["phase"]) == ("inf", 2, "backward")
    assert (event["call"], event["chain"]) == ("g = g of the call before", ["g"])


def test_an_update_beyond_the_range_is_blamed_on_the_update() -> None:
    """A finite gradient times the learning rate is infinite: the parameter is named, not the first product with it."""
    config = one_layer([1e300], [-1.0], "absolute_error", W=0.0, optimizer={"lr": 1e10})
    event = first_event(config)
    assert (event["kind"], event["step"], event["phase"]) == ("overflow", 1, "update")
    assert (event["layer"], event["tensor"], event["call"]) == (1, "W1", "theta = theta - u")
    assert (event["count"], event["size"], event["unit"]) == (1, 1, 0)
    assert event["chain"][0] == "W1"
    assert event["chain"][-1] == "loss"


def test_the_state_of_an_optimiser_shows_which_call_overflowed() -> None:
    """Where the update can be repeated from the optimiser's state, its first bad call and operands are reported."""
    event = first_event(one_layer([1e300], [-1.0], "absolute_error", W=0.0, optimizer={"lr": 1e10, "momentum": 0.5}))
    assert (event["kind"], event["phase"], event["tensor"], event["call"]) == ("overflow", "update", "W1", "u = lr v")
    assert {name: facts["value"] for name, facts in event["operands"].items()} == {"v": 1e300, "lr": 1e10}


def test_an_update_that_needs_the_gradient_is_known_by_what_it_left() -> None:
    """RMSprop divides the gradient, which is gone; that its step u is infinite can still be seen."""
    event = first_event(one_layer([1.0], [-1.0], "absolute_error", W=0.0, optimizer={"name": "rmsprop", "lr": 1e308}))
    assert (event["kind"], event["phase"], event["tensor"], event["call"]) == ("overflow", "update", "W1", "u = u * lr")


def test_a_velocity_beyond_the_range_is_named() -> None:
    """Gradients of 1e308 add up in the momentum until it is infinite: that call is the one, not the update after it."""
    config = one_layer([1e308], [-1.5e308], "absolute_error", W=0.0, optimizer={"lr": 1e-320, "momentum": 0.99})
    event = first_event(config)
    assert (event["kind"], event["phase"], event["call"]) == ("overflow", "update", "v = v + g")


def test_a_bias_that_is_not_finite_is_named() -> None:
    """Only the bias overflows: the tensor is b1 and its unit is reported."""
    config = {
        "dataset": {"name": "inline", "X": [[0.0], [0.0]], "Y": [[0.0, -1.0], [0.0, -1.0]], "task": "regression"},
        "network": {"hidden": []},
        "init": {"weights": {"name": "zeros"}},
        "loss": {"name": "absolute_error", "reduction": "sum"},
        "optimizer": {"name": "sgd", "lr": 1.5e308},
        "steps": 5,
    }
    event = first_event(config)
    assert (event["tensor"], event["unit"], event["count"], event["size"]) == ("b1", 1, 1, 2)


def test_parameters_and_data_beyond_float32_are_named_before_any_call() -> None:
    """A number of 1e39 is infinite in float32 from the start: the event says that it is no call's fault."""
    with np.errstate(over="ignore"):
        event = first_event(one_layer([1.0], [0.0], "squared_error", W=1e39, dtype="float32"))
    assert (event["kind"], event["phase"], event["tensor"]) == ("inf", "init", "W1")


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("bad", [5, 9])
def test_the_samples_of_a_mini_batch_are_those_of_the_data(shuffle: bool, bad: int) -> None:
    """Whatever the order of the batches, a sample has its number in the training split, `at` its place in the batch."""
    X = [0.0] * 10
    X[bad] = 40.0
    event = first_event(
        one_layer(X, [0.0] * 10, "binary_cross_entropy", output="sigmoid", batch_size=4, shuffle=shuffle)
    )
    assert (event["sample"], event["samples"]) == (bad, [bad])
    assert event["operands"]["1 - A1"]["at"][1] < event["size"] <= 4
    if not shuffle:
        assert (event["step"], event["operands"]["1 - A1"]["at"][1]) == divmod(bad, 4)


def test_the_planar_post_breaks_at_an_output_that_is_exactly_one() -> None:
    """As posted: after hundreds of steps log(1 - A2) is infinite at just the samples where the sigmoid is 1."""
    run = trained(POST, steps=4000)
    (event,) = [event for event in run.events if "chain" in event]
    assert event["step"] > 1000
    assert (event["kind"], event["call"]) == ("inf", "log(1 - A2)")
    with np.errstate(all="ignore"):
        X = run.setup.dataset.train.X
        W1, b1 = run.training.workspace.layer_parameters(1)
        W2, b2 = run.training.workspace.layer_parameters(2)
        A2 = 1 / (1 + np.exp(-(np.maximum(X @ W1.T + b1, 0.0) @ W2.T + b2)))[:, 0]
    assert event["samples"] == np.flatnonzero(A2 == 1.0)[:10].tolist()
    assert event["origin"][1]["tensor"] == "A2"
    assert event["origin"][1] | {"value": 1.0, "count": int((A2 == 1.0).sum())} == event["origin"][1]


def test_the_first_event_tells_what_had_been_growing() -> None:
    """A run that explodes says since when; one that is broken from its first step says that nothing had grown."""
    event = first_event(RAW)
    assert event["approach"]["since"] == 0
    assert event["approach"]["to"] > 1e6 * event["approach"]["from"]
    assert event["approach"]["until"] == event["step"] - 1
    broken = first_event(
        {**PLANAR, "loss": {"from_logits": False}, "init": {"bias": {"name": "constant", "value": 50}}}
    )
    assert broken["approach"] is None


@pytest.mark.parametrize(
    "config",
    [
        one_layer([0.0, 40.0], [0.0, 1.0], "binary_cross_entropy", output="sigmoid"),
        one_layer([1.0, -1e200, 1e160], [0.0, 0.0, 0.0], "squared_error"),
        one_layer([1e300], [-1.0], "absolute_error", W=0.0, optimizer={"lr": 1e10, "momentum": 0.5}),
    ],
)
def test_an_event_knows_the_position_of_its_call(config: dict[str, Any]) -> None:
    """The position is the index of the call in the program, in its update, too."""
    run = trained(config)
    (event,) = run.events
    assert run.setup.program.calls[event["position"]].text == event["call"]


def test_data_and_initial_values_have_no_position() -> None:
    """They are there before any call."""
    with np.errstate(over="ignore"):
        event = first_event(one_layer([1.0], [0.0], "squared_error", W=1e39, dtype="float32"))
    assert "position" not in event


@pytest.mark.parametrize("optimizer", [{"name": "sgd", "momentum": 0.9, "lr": 1e-4}, {"name": "adam", "lr": 1e306}])
def test_a_trace_restores_what_it_repeats_of_the_update(optimizer: dict[str, Any]) -> None:
    """Repeating an update to find its bad call leaves every array as it was."""
    run = trained(RAW, watch={"on_nonfinite": "continue"}, optimizer=optimizer)
    assert not np.isfinite(run.theta).all()
    workspace, batch = run.training.workspace, run.training.batches.batch
    before = {name: array.copy() for name, array in {**workspace.arrays, **batch.arrays}.items()}
    with np.errstate(all="ignore"):
        event = first_nonfinite(batch, run.setup.phases, 60, np.arange(batch.n))
    assert event.phase == "update"
    for name, array in {**workspace.arrays, **batch.arrays}.items():
        assert np.array_equal(array, before[name], equal_nan=True)


@pytest.mark.parametrize(("tensor", "call"), [("A0", "A0 = inputs"), ("Y", "Y = targets")])
def test_what_is_bad_in_the_data_is_found_there(tensor: str, call: str) -> None:
    """An input or a target that is no number is named itself, with its sample, before any call is."""
    run = trained({**RAW, "steps": 2, "optimizer": {"name": "sgd", "lr": 1e-9}})
    batch = run.training.batches.batch
    name = batch.workspace.layout.inputs if tensor == "A0" else tensor
    batch[name][0, 3] = np.nan
    with np.errstate(all="ignore"):
        event = first_nonfinite(batch, run.setup.phases, 2, np.arange(batch.n))
    assert (event.kind, event.phase, event.layer, event.tensor, event.call) == ("nan", "data", 0, tensor, call)
    assert (event.count, event.sample, event.samples, event.position) == (1, 3, (3,), None)
    assert event.chain[-1] == "loss"
