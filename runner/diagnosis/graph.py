"""Which cause explains which others: the one place that says so.

An arrow goes from a cause to what may follow from it in the same run. Its consequences come after it. Some arrows hold
only in runs of which something else is known too; the cause itself says which of these conditions its run meets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

Condition = Literal[
    "proven",  # the number alone proves the cause
    "unproven",
    "start explains the rate",  # the learning rate is beyond its limit because of the initial parameters
    "gradient reaches layer 1",  # before the first update, so that what keeps it back came later
    "frequencies are learnt",  # of the classes, as the loss says
    "decay beyond its limit",  # lr is too high for the curvature of the weight decay alone
]

_SLOW = frozenset({"learning_rate_too_low", "too_few_steps"})
_ONE_CLASS = frozenset({"class_imbalance"})  # what has learnt nothing answers one class, too
_LOST_UNITS = frozenset({"dead_units", "saturated_units"})
_OVERFLOW = frozenset({"log_of_zero", "exp_overflow"})
_TOO_LONG_STEPS = _LOST_UNITS | _OVERFLOW | {"exploding_gradient"}
_POOR_START = _LOST_UNITS | _OVERFLOW | _SLOW | {"vanishing_gradient", "exploding_gradient"}

# In every run with the cause.
EXPLAINS: Mapping[str, frozenset[str]] = {
    "learning_rate_too_high": _TOO_LONG_STEPS | _ONE_CLASS,
    "unscaled_inputs": _TOO_LONG_STEPS | _ONE_CLASS | {"learning_rate_too_high", "unscaled_targets", "poor_init_scale"},
    "unscaled_targets": _TOO_LONG_STEPS | {"learning_rate_too_high"},
    "summed_gradient": _TOO_LONG_STEPS | _ONE_CLASS | {"learning_rate_too_high"},
    "weight_decay_too_high": _LOST_UNITS | _SLOW | {"vanishing_gradient", "symmetric_units", "class_imbalance"},
    "dropout_too_high": _LOST_UNITS
    | _SLOW
    | _ONE_CLASS
    | {"learning_rate_too_high", "vanishing_gradient", "too_few_units", "local_minimum"},
    "class_weights_too_high": _SLOW | {"local_minimum", "too_few_units", "learning_rate_too_high"},
    "batch_too_small": _LOST_UNITS
    | _SLOW
    | _ONE_CLASS
    | {
        "running_statistics_behind",
        "learning_rate_too_high",
        "vanishing_gradient",
        "exploding_gradient",
        "too_few_units",
        "local_minimum",
    },
    "running_statistics_behind": _SLOW | _ONE_CLASS | {"learning_rate_too_high", "too_few_units", "local_minimum"},
    "poor_init_scale": _POOR_START | _ONE_CLASS,
    "symmetric_units": _POOR_START | _ONE_CLASS | {"poor_init_scale"},
    "dead_units": _SLOW | _ONE_CLASS | {"vanishing_gradient"},
    "saturated_units": _SLOW | _ONE_CLASS | {"vanishing_gradient"},
    "vanishing_gradient": _SLOW | _ONE_CLASS,
    "softmax_on_one_unit": _SLOW
    | {
        "output_cannot_reach_targets",
        "wrong_loss_for_targets",
        "class_imbalance",
        "vanishing_gradient",
        "saturated_units",
        "symmetric_units",
        "log_of_zero",
    },
    "wrong_loss_for_targets": _LOST_UNITS
    | _OVERFLOW
    | _SLOW
    | {
        "output_cannot_reach_targets",
        "vanishing_gradient",
        "exploding_gradient",
        "unscaled_targets",
        "class_imbalance",
        "learning_rate_too_high",
    },
    "output_cannot_reach_targets": _LOST_UNITS
    | _SLOW
    | {
        "vanishing_gradient",
        "unscaled_inputs",
        "unscaled_targets",
        "learning_rate_too_high",
        "log_of_zero",
        "no_hidden_nonlinearity",
    },
    "no_hidden_nonlinearity": _SLOW
    | {
        "not_linearly_separable",
        "class_imbalance",
        "vanishing_gradient",
        "exploding_gradient",
        "saturated_units",
        "symmetric_units",
    },
    "not_linearly_separable": _SLOW | {"class_imbalance", "vanishing_gradient", "saturated_units", "symmetric_units"},
    "bad_labels": _LOST_UNITS
    | _SLOW
    | {
        "overfitting",
        "class_imbalance",
        "not_linearly_separable",
        "no_hidden_nonlinearity",
        "missing_bias",
        "learning_rate_too_high",
        "unscaled_inputs",
        "unscaled_targets",
        "summed_gradient",
        "poor_init_scale",
        "symmetric_units",
        "vanishing_gradient",
        "exploding_gradient",
    },
}

# In runs that meet a condition.
EXPLAINS_IF: Mapping[str, Mapping[Condition, frozenset[str]]] = {
    "learning_rate_too_high": {"gradient reaches layer 1": frozenset({"vanishing_gradient"})},
    "class_imbalance": {"frequencies are learnt": _SLOW},
    "weight_decay_too_high": {"decay beyond its limit": frozenset({"learning_rate_too_high", "exploding_gradient"})},
    "poor_init_scale": {"start explains the rate": frozenset({"learning_rate_too_high"})},
    "symmetric_units": {"start explains the rate": frozenset({"learning_rate_too_high"})},
    "missing_bias": {
        "proven": _SLOW | {"class_imbalance", "poor_init_scale"},
        "unproven": _LOST_UNITS | {"vanishing_gradient", "exploding_gradient"},
    },
}


def consequences(cause: str, conditions: Collection[Condition] = ()) -> frozenset[str]:
    """What follows from a cause in a run that meets some conditions; nothing from a fault of the program."""
    found = EXPLAINS.get(cause, frozenset())
    for condition, more in EXPLAINS_IF.get(cause, {}).items():
        if condition in conditions:
            found |= more
    return found
