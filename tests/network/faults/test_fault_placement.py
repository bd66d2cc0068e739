"""Names, layers and values of faults as people write them, and the refusal of what can't act."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from runner.errors import UserError
from runner.network.activations import ACTIVATIONS
from runner.network.architecture import Architecture
from runner.network.build import training_program
from runner.network.dropout import use_fixed_masks
from runner.network.faults.catalogue import FAULTS, FaultChoice, parse
from runner.network.faults.fault import Context
from runner.network.faults.placement import Placement, forward_with, layers_for, place
from runner.network.inference import columns
from runner.network.layer import ActivationChoice, BatchNorm
from runner.network.loss import LossOptions
from runner.network.program import Phase
from runner.network.workspace import Workspace, run

# The catalogue of the design, in its order.
NAMES = """
output_reads_preactivation relu_without_effect sigmoid_twice bias_missing bias_sign_flipped softmax_over_batch
naive_sigmoid naive_softmax output_ignores_input
loss_cross_terms target_broadcast gradient_of_another_loss bce_on_softmax gradient_not_averaged
gradient_averaged_loss_summed gradient_averaged_twice factor_two output_reduction_mismatch constant_scale
weight_decay_not_in_loss weight_decay_not_in_gradient
sign_flipped missing_activation_derivative derivative_at_activation derivative_formula_on_preactivation
derivative_returns_input wrong_activation_derivative derivative_of_other_layer leaky_slope_mismatch
softmax_derivative_elementwise weights_not_transposed matmul_for_elementwise delta_uses_weight_gradient
delta_uses_neighbour_weights weights_updated_before_backprop bias_leaks_into_delta weight_gradient_uses_own_output
weight_gradient_uses_weights
layer_not_updated bias_gradient_missing first_bias_input_zero bias_gradient_not_averaged bias_gradient_wrong_axis
gradient_not_reset stale_cache parameters_as_gradient
integer_overflow targets_shuffled_apart batch_size_assumed
"""


def context(
    sizes: tuple[int, ...] = (2, 4, 3, 1),
    names: tuple[str, ...] = ("tanh", "relu", "sigmoid"),
    loss: str = "binary_cross_entropy",
    samples: tuple[int, ...] = (8,),
    bias: bool = True,
    reduction: str = "mean",
    decay: float = 0.0,
) -> Context:
    architecture = Architecture(sizes, tuple(map(ActivationChoice, names)), bias)
    return Context(architecture, loss, LossOptions("sum" if reduction == "sum" else "mean"), decay, samples)


def refusal(faults: list[str], where: Context) -> str:
    with pytest.raises(UserError) as caught:
        place([parse(text) for text in faults], where)
    return str(caught.value)


def test_the_catalogue_is_complete() -> None:
    """It has every name of the design, in its order."""
    assert list(FAULTS) == NAMES.split()


def test_every_fault_says_what_is_wrong_and_what_would_be_right() -> None:
    """The two differ, are short, and nowhere is "for" used for "instead of"."""
    for fault in FAULTS.values():
        assert fault.wrong != fault.right
        assert max(len(fault.wrong), len(fault.right)) < 150
        assert " for W" not in fault.contrast
        assert " for dA" not in fault.contrast


def test_a_choice_reads_as_it_is_written() -> None:
    """Name, layer and value are separated, and put together again."""
    for text, choice in (
        ("stale_cache", FaultChoice("stale_cache")),
        ("bias_missing@2", FaultChoice("bias_missing", 2)),
        ("factor_two=1/2", FaultChoice("factor_two", None, "1/2")),
        ("wrong_activation_derivative@3=elu", FaultChoice("wrong_activation_derivative", 3, "elu")),
        ("constant_scale=1e-3", FaultChoice("constant_scale", None, "1e-3")),
        ("derivative_of_other_layer@1=2", FaultChoice("derivative_of_other_layer", 1, "2")),
        ("batch_size_assumed=features", FaultChoice("batch_size_assumed", None, "features")),
    ):
        assert parse(text) == choice
        assert str(choice) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bias missing", "faults: must be NAME, NAME@LAYER, NAME=VALUE or NAME@LAYER=VALUE"),
        ("bias_missing@0", "faults: must be NAME, NAME@LAYER, NAME=VALUE or NAME@LAYER=VALUE"),
        ("bias_missing@", "faults: must be NAME, NAME@LAYER, NAME=VALUE or NAME@LAYER=VALUE"),
        ("bias_mising@1", "faults: unknown fault 'bias_mising'; did you mean 'bias_missing'?; allowed: output_reads"),
        ("stale_cache@1", "faults: stale_cache concerns no single layer: leave @1 out"),
        ("bias_missing=2", "faults: bias_missing takes no value: leave =2 out"),
        ("factor_two=3", "faults: factor_two has no '3'; allowed: 2, 1/2, 0.5"),
        ("constant_scale=-1", "faults: constant_scale has no '-1'; allowed: NUMBER above 0"),
        ("constant_scale=1/0", "faults: constant_scale has no '1/0'; allowed: NUMBER above 0"),
        (
            "wrong_activation_derivative=tahn",
            "faults: wrong_activation_derivative has no 'tahn'; did you mean 'tanh'?; allowed: another, sigmoid",
        ),
    ],
)
def test_what_is_no_fault_is_reported(text: str, message: str) -> None:
    """Another form, an unknown name, a layer or a value that isn't taken: each is said, with what would do."""
    with pytest.raises(UserError) as caught:
        parse(text)
    assert str(caught.value).startswith(message)


REGRESSION = context((2, 3, 2), ("tanh", "identity"), "half_squared_error")
CLASSES = context((2, 3, 2), ("leaky_relu", "softmax"), "categorical_cross_entropy")
ONE_SAMPLE = context(samples=(1,))


@pytest.mark.parametrize(
    ("fault", "where", "reason"),
    [
        (
            "output_reads_preactivation@3",
            context(),
            "it is the output layer: no layer reads it; allowed: output_",
        ),
        ("output_reads_preactivation@1", context(names=("identity",) * 3), "the identity: Z and A are the same"),
        ("relu_without_effect@1", context(), "its activation is tanh, not a ReLU; allowed: relu_without_effect@2"),
        ("sigmoid_twice@2", context(), "its activation is relu: applied twice it is the same"),
        ("bias_missing", context(bias=False), "bias_missing can't act: the network has no biases"),
        ("bias_sign_flipped@1", context(bias=False), "the network has no biases"),
        ("softmax_over_batch", REGRESSION, "layer 1: its activation is tanh, not softmax; layer 2: "),
        ("naive_sigmoid", CLASSES, "its activation is softmax, not sigmoid"),
        ("naive_sigmoid", replace(context(), options=LossOptions(from_logits=False)), "unguarded as it is"),
        ("naive_softmax", context(), "its activation is sigmoid, not softmax"),
        ("output_ignores_input", ONE_SAMPLE, "a batch has one sample"),
        ("loss_cross_terms", ONE_SAMPLE, "a batch has one sample"),
        ("loss_cross_terms", replace(REGRESSION, loss="absolute_error"), "absolute_error is no sum of products"),
        ("target_broadcast", CLASSES, "there are 2 outputs: (n, 2) and (n,) don't broadcast"),
        (
            "target_broadcast",
            context((2, 1), ("tanh",), "squared_error", (5001,)),
            "all their pairs fit into memory for",
        ),
        ("loss_cross_terms=outputs", context(), "there is one output"),
        (
            "gradient_of_another_loss",
            REGRESSION,
            "A - Y is the right delta of half_squared_error",
        ),
        ("gradient_of_another_loss", replace(REGRESSION, loss="absolute_error"), "neither a squared error nor"),
        ("bce_on_softmax", context(), "the output activation is sigmoid, not softmax"),
        ("bce_on_softmax", replace(CLASSES, loss="squared_error"), "the loss is squared_error, not a cross-entropy"),
        ("gradient_not_averaged", ONE_SAMPLE, "a batch has one sample"),
        ("gradient_not_averaged", context(reduction="sum"), "the loss is summed over the samples"),
        ("gradient_averaged_loss_summed", context(), "the loss is a mean over the samples"),
        ("gradient_averaged_twice", context(reduction="sum"), "the loss is summed over the samples"),
        ("output_reduction_mismatch", context(), "there is one output"),
        ("constant_scale=1", context(), "a ratio of 1 changes nothing"),
        ("weight_decay_not_in_loss", context(), "there is no weight decay (optimizer.weight_decay)"),
        ("weight_decay_not_in_gradient", context(), "there is no weight decay (optimizer.weight_decay)"),
        ("missing_activation_derivative@2", REGRESSION, "its activation is the identity: f' is 1; allowed: missing_"),
        ("derivative_at_activation@2", context(), "its activation is relu: f'(A) is f'(Z)"),
        ("derivative_formula_on_preactivation@1", CLASSES, "its activation is leaky_relu: its formula gives the same"),
        ("wrong_activation_derivative@1=tanh", context(), "tanh is its own activation"),
        ("wrong_activation_derivative@1=relu", CLASSES, "is leaky_slope_mismatch"),
        ("derivative_of_other_layer@1", context(), "no neighbour has its width of 4"),
        ("derivative_of_other_layer@2", CLASSES, "it has no f' to take element by element"),
        ("leaky_slope_mismatch@1", context(), "its activation is tanh, not a ReLU; allowed: leaky_slope_mismatch@2"),
        ("softmax_derivative_elementwise", context(), "not softmax"),
        ("weights_not_transposed@1", context(), "W2 is 3 x 4: only a square one goes both ways"),
        ("weights_not_transposed@3", context(), "it is the output layer: no delta comes back to it through weights"),
        ("matmul_for_elementwise@1", context(), "as many samples in every batch as the layer has units (4)"),
        ("delta_uses_weight_gradient@3", context(), "it is the output layer"),
        ("delta_uses_neighbour_weights@1", context(), "no neighbour has weights of the shape of W2, 3 x 4"),
        ("weights_updated_before_backprop@3", context(), "it is the output layer"),
        ("bias_leaks_into_delta@1", context(bias=False), "the network has no biases"),
        ("weight_gradient_uses_own_output@1", context(), "A1 has 4 units, A0 has 2: dW would not fit W"),
        ("first_bias_input_zero", context(bias=False), "the network has no biases"),
        ("bias_gradient_missing", context(bias=False), "the network has no biases"),
        ("bias_gradient_not_averaged@1", ONE_SAMPLE, "a batch has one sample"),
        ("bias_gradient_wrong_axis@3", context(), "it has one unit"),
        ("bias_gradient_wrong_axis@1=units", context(), "only where every batch has 4 samples"),
        ("batch_size_assumed", context(), "every batch has 8 samples; =features or =NUMBER says"),
        ("batch_size_assumed=features", context(reduction="sum"), "there is no 1/n"),
        ("layer_not_updated@4", context(), "there is no layer 4: the network has 3; allowed: layer_not_updated@1"),
    ],
)
def test_what_cannot_act_is_refused(fault: str, where: Context, reason: str) -> None:
    """A fault that can't act, or can't be seen, is an error that says why and where it could."""
    said = refusal([fault], where)
    assert said.startswith("faults[0]: ")
    assert reason in said


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("missing_activation_derivative@1", "derivative_returns_input@1", "the way through f'"),
        ("missing_activation_derivative", "leaky_slope_mismatch@2", "the way through f'"),
        ("bias_missing@1", "bias_sign_flipped@1", "the bias"),
        ("weights_updated_before_backprop@1", "delta_uses_weight_gradient@1", "the product with the weights above"),
        ("gradient_not_averaged", "gradient_averaged_twice", "the 1/n of the gradient"),
        ("first_bias_input_zero", "bias_gradient_missing@1", "db"),
    ],
)
def test_faults_in_the_same_place_exclude_each_other(one: str, other: str, what: str) -> None:
    """Two that replace the same thing are refused, in either order, and both are named."""
    for faults in ([one, other], [other, one]):
        said = refusal(faults, context())
        assert "can't be combined with" in said
        assert f"both change {what}" in said


def test_an_activation_without_a_formula_in_its_value_is_refused_and_given_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new activation whose derivative nobody writes in terms of A doesn't silently get the sigmoid's formula."""
    bent = replace(ACTIVATIONS["tanh"], name="bent", derivative_of_value=None)
    monkeypatch.setitem(ACTIVATIONS, "bent", bent)
    where = context(names=("bent", "relu", "sigmoid"))
    assert "its activation is bent: no formula in A is known for its f'" in refusal(
        ["derivative_formula_on_preactivation@1"], where
    )
    assert layers_for(FaultChoice("derivative_formula_on_preactivation"), where) == (3,)


def test_a_fault_is_made_once() -> None:
    """The same fault twice on a layer is a mistake of the list; on two layers it is not."""
    assert "faults[1]: bias_missing is there twice (layer 2)" in refusal(["bias_missing@2", "bias_missing"], context())
    assert len(place([parse("bias_missing@1"), parse("bias_missing@2")], context()).placed) == 2


def test_every_problem_is_reported_at_its_place() -> None:
    """All that is wrong with a list comes at once, each at its index."""
    said = refusal(["naive_softmax", "sign_flipped", "bias_missing@9"], context())
    assert "faults[0]: " in said
    assert "faults[2]: " in said
    assert "faults[1]: " not in said


def test_without_faults_the_program_is_as_it_should_be() -> None:
    """No fault, no edit: the same calls on the same arrays."""
    where = context(decay=0.1)
    right = training_program(where.architecture, where.loss, where.options, 0.1)
    ours = Placement(where).program()
    assert ours.describe() == right.describe()
    assert (ours.shapes, ours.rows, ours.slices, ours.columns) == (right.shapes, right.rows, right.slices, {})
    assert all(call.note == "" for call in ours.calls)


def test_activation_and_loss_are_taken_apart_only_where_a_fault_needs_it() -> None:
    """A fault between the output activation and the loss ends their joint form; any other leaves it."""
    assert not place([parse("missing_activation_derivative@3")], context()).options.joint
    assert not place([parse("naive_sigmoid")], context()).options.joint
    for fault in ("missing_activation_derivative@2", "bias_missing", "sign_flipped", "weights_updated_before_backprop"):
        assert place([parse(fault)], context()).options.joint


def test_without_a_layer_a_fault_acts_wherever_it_can() -> None:
    """`name` alone means every layer that `name@l` could mean."""
    assert layers_for(FaultChoice("missing_activation_derivative"), REGRESSION) == (1,)
    assert layers_for(FaultChoice("bias_missing"), context()) == (1, 2, 3)
    (one,) = place([parse("relu_without_effect")], context()).placed
    assert one.layers == (2,)


def test_unknown_batch_sizes_refuse_nothing() -> None:
    """Where nobody knows how many samples come, a fault of averaging may act."""
    where = context(samples=())
    for fault in ("gradient_not_averaged", "matmul_for_elementwise@1", "output_ignores_input"):
        assert place([parse(fault)], where).placed


def test_the_forward_program_has_the_faults_of_the_forward_pass() -> None:
    """What answers new inputs computes as training did, and nothing that only goes back."""
    architecture = context().architecture
    program = forward_with(architecture, ["bias_missing@1", "sign_flipped"])
    assert [call.text for call in program.calls if call.note] == ["Z1 = W1 A0"]
    assert not any(call.result.startswith("d") for call in program.calls)


@pytest.mark.parametrize("more", [{"dropout": (0.4, 0.2)}, {"batch_norm": BatchNorm()}], ids=["dropout", "batch norm"])
def test_what_can_act_beside_dropout_and_normalisation_changes_what_is_computed(more: dict[str, Any]) -> None:
    """Each fault is refused for a reason, or loss or gradient are others and the masks and statistics the same."""
    rng, n = np.random.default_rng(0), 5
    names = tuple(map(ActivationChoice, ("tanh", "relu", "sigmoid")))
    architecture = Architecture((3, 3, 3, 1), names, **more)
    where = Context(architecture, "half_squared_error", LossOptions(), 0.1, (n,))
    theta = rng.normal(size=architecture.parameter_count)
    X, Y = rng.normal(size=(n, 3)), rng.integers(0, 2, (n, 1)).astype(float)

    def computed(network: Placement) -> tuple[float, list[float], set[str]]:
        workspace = Workspace(architecture, network.program(), scalars=("loss",))
        workspace.theta[:] = theta
        workspace.arrays.get("lr", np.empty(()))[...] = 0.5
        for _ in range(2):  # what remembers the call before differs from the second on
            workspace.theta[0] += 0.1
            batch = workspace.batch(*columns(X, Y, bias=True))
            use_fixed_masks(batch)
            run(batch.calls(Phase.BATCH, Phase.FORWARD, Phase.OUTPUT, Phase.LOSS, Phase.BACKWARD))
        kept = {call.result for call in network.program().calls if call.result[:2] in ("Ã1", "Ã2", "H1", "H2", "dU")}
        return float(workspace.arrays["loss"]), workspace.gradient.tolist(), kept

    loss, gradient, kept = computed(place([], where))
    acted = set()
    for name, fault in FAULTS.items():
        if not fault.is_edit or fault.overflows:
            continue
        for index in layers_for(FaultChoice(name), where):
            choice = FaultChoice(name, index if fault.takes_layer else None)
            found = computed(place([choice], where))
            assert found[:2] != (loss, gradient), choice
            assert found[2] >= kept, choice
            acted.add(name)
    assert len(acted) >= 25
