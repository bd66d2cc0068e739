"""All faults by name, in the order in which they are listed and, several at once, applied.

The names and their meaning are fixed; to add a fault, write an entry in the module of its kind and its name here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.errors import Problem, UserError, nearest
from runner.network.faults import (
    activation,
    another_derivative,
    data,
    derivative,
    forward,
    gradient,
    loss,
    pairs,
    product,
    scale,
)
from runner.network.faults.fault import Fault, as_number

_MODULES = (activation, another_derivative, data, derivative, forward, gradient, loss, pairs, product, scale)
_KNOWN = {fault.name: fault for module in _MODULES for fault in module.FAULTS}
_ORDER = (
    "output_reads_preactivation",
    "relu_without_effect",
    "sigmoid_twice",
    "bias_missing",
    "bias_sign_flipped",
    "softmax_over_batch",
    "naive_sigmoid",
    "naive_softmax",
    "output_ignores_input",
    "loss_cross_terms",
    "target_broadcast",
    "gradient_of_another_loss",
    "bce_on_softmax",
    "gradient_not_averaged",
    "gradient_averaged_loss_summed",
    "gradient_averaged_twice",
    "factor_two",
    "output_reduction_mismatch",
    "constant_scale",
    "weight_decay_not_in_loss",
    "weight_decay_not_in_gradient",
    "sign_flipped",
    "missing_activation_derivative",
    "derivative_at_activation",
    "derivative_formula_on_preactivation",
    "derivative_returns_input",
    "wrong_activation_derivative",
    "derivative_of_other_layer",
    "leaky_slope_mismatch",
    "softmax_derivative_elementwise",
    "weights_not_transposed",
    "matmul_for_elementwise",
    "delta_uses_weight_gradient",
    "delta_uses_neighbour_weights",
    "weights_updated_before_backprop",
    "bias_leaks_into_delta",
    "weight_gradient_uses_own_output",
    "weight_gradient_uses_weights",
    "layer_not_updated",
    "bias_gradient_missing",
    "first_bias_input_zero",
    "bias_gradient_not_averaged",
    "bias_gradient_wrong_axis",
    "gradient_not_reset",
    "stale_cache",
    "parameters_as_gradient",
    "integer_overflow",
    "targets_shuffled_apart",
    "batch_size_assumed",
)

FAULTS: dict[str, Fault] = {name: _KNOWN[name] for name in _ORDER}

# Arrays that faults keep from step to step.
STATE = (*forward.STATE, *gradient.STATE)

_FORM = re.compile(r"(?P<name>[^@=\s]+)(?:@(?P<layer>[1-9]\d*))?(?:=(?P<value>\S+))?")
_FREE = {"NUMBER", "LAYER"}


@dataclass(frozen=True)
class FaultChoice:
    """A fault as it is asked for; `layer` None: every layer that it can act on, `value` None: the default."""

    name: str
    layer: int | None = None
    value: str | None = None

    @property
    def fault(self) -> Fault:
        """The entry of the catalogue."""
        return FAULTS[self.name]

    def __str__(self) -> str:
        layer = "" if self.layer is None else f"@{self.layer}"
        return f"{self.name}{layer}{'' if self.value is None else f'={self.value}'}"


def parse(text: str, path: str = "faults") -> FaultChoice:
    """The choice that `name`, `name@layer`, `name=value` or `name@layer=value` makes.

    Raises `UserError`, its problem at `path`, for a text of another form, an unknown name, a layer or a value for a
    fault that takes none, and a value that is never possible.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise UserError(Problem(path, "must be NAME, NAME@LAYER, NAME=VALUE or NAME@LAYER=VALUE", given=text))
    name, layer, value = match["name"], match["layer"], match["value"]
    if name not in FAULTS:
        near = nearest(name, FAULTS)
        raise UserError(Problem(path, f"unknown fault {name!r}", given=text, allowed=tuple(FAULTS), nearest=near))
    fault = FAULTS[name]
    if layer is not None and not fault.takes_layer:
        raise UserError(Problem(path, f"{name} concerns no single layer: leave @{layer} out", given=text))
    if value is not None and (problem := _refused_value(fault, value, path, text)):
        raise UserError(problem)
    return FaultChoice(name, None if layer is None else int(layer), value)


def _refused_value(fault: Fault, value: str, path: str, text: str) -> Problem | None:
    if fault.value is None:
        return Problem(path, f"{fault.name} takes no value: leave ={value} out", given=text)
    if value in fault.values and value not in _FREE:
        return None
    if fault.values and not _FREE & set(fault.values):
        near = nearest(value, fault.values)
        return Problem(path, f"{fault.name} has no {value!r}", given=text, allowed=fault.values, nearest=near)
    try:
        as_number(value)
    except (ValueError, ZeroDivisionError):
        allowed = fault.values or ("NUMBER above 0",)
        return Problem(path, f"{fault.name} has no {value!r}", given=text, allowed=allowed)
    return None
