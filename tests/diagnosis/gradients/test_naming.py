"""The mistakes of the catalogue are found by the gradient check, and named."""

from __future__ import annotations

import numpy as np
import pytest
from configured_networks import CLASSES, REGRESSION, XOR, setup

from runner.diagnosis.gradients.computation import Computation
from runner.diagnosis.gradients.configured import check_setup
from runner.diagnosis.gradients.hypotheses import single_faults
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.naming import name_causes
from runner.network.faults.catalogue import FAULTS, FaultChoice
from runner.network.faults.fault import Context

# Right until exp overflows; and what is wrong with the data leaves the gradient right.
UNSEEN = {"naive_sigmoid", "naive_softmax"}


def chosen(context: Context, which: int) -> dict[str, FaultChoice]:
    """Of each fault that can act the first, or the last, of its layers and values."""
    by_name: dict[str, list[FaultChoice]] = {}
    for (choice,) in single_faults(context):
        by_name.setdefault(choice.name, []).append(choice)
    return {name: found[which] for name, found in by_name.items()}


def named(causes: tuple[GradientMistake, ...], choice: FaultChoice) -> bool:
    return len(causes) == 1 and str(choice) in (causes[0].fault, *causes[0].tied_with)


@pytest.mark.slow
@pytest.mark.parametrize(("config", "which"), [(REGRESSION, 0), (CLASSES, -1)], ids=["regression", "classes"])
def test_every_fault_fails_and_is_named(config: dict[str, object], which: int) -> None:
    """Each fault of the loss, the forward and the backward pass fails the check and is named, or listed as tied."""
    choices = chosen(setup(config).placement.context, which)
    assert len(choices) > 25
    missed = []
    for name, choice in choices.items():
        result = check_setup(setup(config, faults=[str(choice)]))
        assert result.passed == (name in UNSEEN), choice
        if not result.passed and not named(result.causes, choice):
            missed.append((choice, [cause.fault for cause in result.causes]))
    assert len(missed) <= 0.05 * len(choices), missed


def test_the_two_networks_have_room_for_nearly_all_faults() -> None:
    """What neither network can show is wrong with the data, or needs batches as wide as layers."""
    shown = {name for config in (REGRESSION, CLASSES) for name in chosen(setup(config).placement.context, 0)}
    assert set(FAULTS) - shown == {"integer_overflow", "targets_shuffled_apart", "matmul_for_elementwise"}


@pytest.mark.parametrize(
    ("fault", "config"),
    [
        ("matmul_for_elementwise@1", XOR),
        ("bias_gradient_wrong_axis@1=units", XOR),
        ("gradient_of_another_loss", XOR),
        ("batch_size_assumed", {**XOR, "batch_size": 3}),
        ("batch_size_assumed=7", XOR),
        ("constant_scale=0.3", XOR),
        ("leaky_slope_mismatch@1=0.25", {**XOR, "network": {"hidden": [4], "activation": "relu"}}),
        ("output_ignores_input", {**XOR, "network": {"hidden": [4], "activation": "relu"}}),
    ],
)
def test_faults_with_needs_and_numbers_are_named(fault: str, config: dict[str, object]) -> None:
    """Faults that fit one batch size alone, that show at another one alone, or that take any number."""
    result = check_setup(setup(config, faults=[fault]))
    assert not result.passed
    assert fault in (result.causes[0].fault, *result.causes[0].tied_with)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("missing_activation_derivative@1", "bias_gradient_missing@2"),
        ("gradient_not_averaged", "derivative_at_activation@1"),
        ("bias_missing@1", "sign_flipped@2"),
        ("constant_scale=3", "missing_activation_derivative@1"),
        ("gradient_not_reset", "bias_gradient_missing@1"),
        ("sigmoid_twice@2", "factor_two"),
    ],
)
def test_pairs_are_named(one: str, other: str) -> None:
    """Two mistakes at once are named as two causes, whichever stands first."""
    result = check_setup(setup(XOR, faults=[one, other], diagnosis={"budget": 60.0}))
    shown = {cause.fault for cause in result.causes}
    tied = set(result.causes[0].tied_with)
    assert shown == {one, other} or tied & {f"{one} + {other}", f"{other} + {one}"}


def test_three_mistakes_are_named() -> None:
    """More than two are found where each explains something by itself."""
    faults = ["output_reads_preactivation@1", "bias_gradient_missing", "weight_decay_not_in_loss"]
    optimizer = {"name": "sgd", "lr": 0.1, "weight_decay": 0.5}
    result = check_setup(setup(XOR, faults=faults, optimizer=optimizer, diagnosis={"budget": 60.0}))
    assert {cause.fault for cause in result.causes} == set(faults)
    assert f"{faults[0]}, {faults[1]} and {faults[2]}" in result.sentence


def test_faults_of_the_data_leave_the_gradient_right() -> None:
    """Shuffled targets and truncated parameters are learnt from with right gradients."""
    for fault in ("targets_shuffled_apart", "integer_overflow=weights"):
        assert check_setup(setup(XOR, faults=[fault])).passed


def test_a_cause_says_what_is_written_and_what_should_be() -> None:
    """The calls that are wrong, those that should stand there, and the formula in a sentence."""
    (cause,) = check_setup(setup(XOR, faults=["missing_activation_derivative@1"])).causes
    assert (cause.name, cause.layer, cause.tied_with) == ("missing_activation_derivative", 1, [])
    assert cause.residual < 1e-12
    assert (cause.written, cause.should_read) == (["dZ1 = dA1"], "dZ1 = dA1 * f'(Z1)")
    assert FAULTS[cause.name].sentences in cause.sentence


def test_naming_needs_two_functions_alone() -> None:
    """A loss and a gradient written elsewhere, with a mistake of the catalogue, with another one, and without any."""
    ready = setup(XOR)
    part, right = ready.dataset.train, Computation(ready.placement)
    context = ready.placement.context

    def halved(theta: np.ndarray, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
        return 0.5 * right.gradient(theta, X, Y)

    def rounded(theta: np.ndarray, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
        return np.round(right.gradient(theta, X, Y), 3)

    causes = name_causes(right.loss, halved, context, part.X, part.Y)
    assert [cause.fault for cause in causes] == ["factor_two=1/2"]
    assert name_causes(right.loss, rounded, context, part.X, part.Y, budget=0.2) == []
    assert name_causes(right.loss, right.gradient, context, part.X, part.Y) == []
