"""Every mistake of the catalogue breaks a rung, and is named there."""

from __future__ import annotations

import pytest
from climbs import broken_at, climbed, names

from runner.errors import UserError
from runner.network.faults.catalogue import FAULTS

# A network in which each fault can act, and the rung that breaks. What layer 1 does wrong breaks a single neuron, too.
BREAKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "output_reads_preactivation@1": ("hidden_layer", ()),
    "relu_without_effect@1": ("hidden_layer", ("network.activation=relu",)),
    "sigmoid_twice@1": ("by_hand", ()),
    "sigmoid_twice@2=outer": ("hidden_layer", ()),
    "bias_missing": ("by_hand", ()),
    "bias_missing@2": ("hidden_layer", ()),
    "bias_sign_flipped": ("by_hand", ()),
    "bias_sign_flipped@1=gradient": ("neuron_gradient", ()),
    "softmax_over_batch": ("by_hand", ("network.output=softmax",)),
    "naive_sigmoid": ("by_hand", ()),
    "naive_softmax": ("by_hand", ("network.output=softmax",)),
    "output_ignores_input": ("by_hand", ()),
    "loss_cross_terms": ("by_hand", ()),
    "target_broadcast": ("by_hand", ("loss=half_squared_error",)),
    "gradient_of_another_loss": ("neuron_gradient", ("loss=half_squared_error",)),
    "bce_on_softmax": ("by_hand", ("network.output=softmax",)),
    "gradient_not_averaged": ("neuron_gradient", ()),
    "gradient_averaged_loss_summed": ("neuron_gradient", ("loss.reduction=sum",)),
    "gradient_averaged_twice": ("neuron_gradient", ()),
    "factor_two": ("neuron_gradient", ()),
    "output_reduction_mismatch": ("by_hand", ("network.output=softmax",)),
    "output_reduction_mismatch=1/k": ("neuron_gradient", ("network.output=softmax",)),
    "constant_scale=0.3": ("neuron_gradient", ()),
    "weight_decay_not_in_loss": ("by_hand", ("optimizer.weight_decay=0.1",)),
    "weight_decay_not_in_gradient": ("neuron_gradient", ("optimizer.weight_decay=0.1",)),
    "sign_flipped": ("neuron_gradient", ()),
    "sign_flipped@2": ("hidden_layer", ()),
    "missing_activation_derivative@1": ("neuron_gradient", ()),
    "missing_activation_derivative@2": ("hidden_layer", ("network.activation=softplus",)),
    "derivative_at_activation": ("neuron_gradient", ()),
    "derivative_formula_on_preactivation": ("neuron_gradient", ()),
    "derivative_returns_input": ("neuron_gradient", ()),
    "wrong_activation_derivative@2=elu": ("hidden_layer", ()),
    "derivative_of_other_layer@2": ("xor", ("network.hidden=[8,8]",)),
    "leaky_slope_mismatch@1": ("hidden_layer", ("network.activation=leaky_relu",)),
    "softmax_derivative_elementwise": ("neuron_gradient", ("network.output=softmax",)),
    "weights_not_transposed@1": ("xor", ("network.hidden=[8,8]",)),
    "matmul_for_elementwise@1": ("hidden_layer", ()),
    "delta_uses_weight_gradient@1": ("hidden_layer", ()),
    "delta_uses_neighbour_weights@1": ("xor", ("network.hidden=[8,8,8]",)),
    "weights_updated_before_backprop@1": ("hidden_layer", ()),
    "bias_leaks_into_delta@1": ("hidden_layer", ()),
    "weight_gradient_uses_own_output@2": ("hidden_layer", ("network.hidden=[8,8]",)),
    "weight_gradient_uses_weights@1": ("neuron_gradient", ()),
    "layer_not_updated@1": ("neuron_gradient", ()),
    "bias_gradient_missing@2": ("hidden_layer", ()),
    "first_bias_input_zero": ("neuron_gradient", ()),
    "bias_gradient_not_averaged": ("neuron_gradient", ()),
    "bias_gradient_wrong_axis@1": ("hidden_layer", ()),
    "gradient_not_reset": ("neuron_gradient", ()),
    "stale_cache": ("neuron_gradient", ()),
    "parameters_as_gradient": ("neuron_gradient", ()),
    "integer_overflow=weights": ("by_hand", ()),
    "targets_shuffled_apart": ("by_hand", ()),
    "batch_size_assumed=features": ("neuron_gradient", ()),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_every_fault_breaks_its_rung_and_is_named(fault: str) -> None:
    """The rung that a mistake concerns breaks, those below it hold, and the mistake is named with its layer."""
    rung, words = BREAKS[fault]
    result = climbed(f'faults=["{fault}"]', *words)
    assert not result.passed
    assert broken_at(result) == rung, result.sentence
    name, _, layer = fault.partition("=")[0].partition("@")
    assert name in names(result), result.sentence
    assert len(result.causes) == 1
    alike = [text for text in (result.causes[0].fault, *result.causes[0].tied_with) if text.startswith(name)]
    assert not layer or any(f"@{layer}" in text for text in alike), alike


def test_the_table_has_every_fault() -> None:
    """No mistake of the catalogue is left out."""
    assert {text.partition("=")[0].partition("@")[0] for text in BREAKS} == set(FAULTS)


def test_two_mistakes_are_named_together() -> None:
    """Where two mistakes act on the rung that breaks, both are reported."""
    result = climbed("faults=[sign_flipped@2,bias_gradient_missing@2]", "diagnosis.budget=60")
    assert broken_at(result) == "hidden_layer"
    assert names(result) == {"sign_flipped", "bias_gradient_missing"}


def test_a_fault_is_left_out_where_it_cannot_act_and_refused_where_it_never_can() -> None:
    """What needs a second layer is left out of one neuron, with a note; what no rung has room for is an error."""
    result = climbed("faults=[bias_missing@2]")
    assert result.steps[0].notes == ("bias_missing@2 can't act here and is left out",)
    assert result.steps[4].notes == ()
    with pytest.raises(UserError, match="its activation is sigmoid, not softmax"):
        climbed("faults=[softmax_over_batch]")
    with pytest.raises(UserError, match="the network has 2"):
        climbed("faults=[bias_missing@3]")


def test_targets_in_another_order_are_seen_in_what_is_learnt() -> None:
    """Where the order of AND's targets happens to stay, what is learnt in place of XOR tells."""
    result = climbed("faults=[targets_shuffled_apart]", "seed=2")
    assert (broken_at(result), result.reason) == ("xor", "targets_shuffled_apart")
    assert "it has learnt other targets" in str(result.to_dict()).lower()
    assert result.steps[0].notes == ("targets_shuffled_apart can't act here and is left out",)
