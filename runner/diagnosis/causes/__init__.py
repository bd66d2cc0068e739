"""The causes of failed runs by name, in the order in which `show causes` lists them.

To add one, write a class in a file of its own and list it here. What follows from it stands in
`runner.diagnosis.graph`, its thresholds in `runner.settings.diagnosis` and `conf/diagnosis/full.yaml`.
"""

from __future__ import annotations

from runner.diagnosis.causes.architecture.missing_bias import MissingBias
from runner.diagnosis.causes.architecture.no_hidden_nonlinearity import NoHiddenNonlinearity
from runner.diagnosis.causes.architecture.not_linearly_separable import NotLinearlySeparable
from runner.diagnosis.causes.architecture.output_cannot_reach_targets import OutputCannotReachTargets
from runner.diagnosis.causes.architecture.softmax_on_one_unit import SoftmaxOnOneUnit
from runner.diagnosis.causes.architecture.too_few_units import TooFewUnits
from runner.diagnosis.causes.cause import Cause, ForeseenCause
from runner.diagnosis.causes.data.bad_labels import BadLabels
from runner.diagnosis.causes.data.class_imbalance import ClassImbalance
from runner.diagnosis.causes.data.class_weights_too_high import ClassWeightsTooHigh
from runner.diagnosis.causes.data.extrapolation import Extrapolation
from runner.diagnosis.causes.data.overfitting import Overfitting
from runner.diagnosis.causes.data.unscaled_inputs import UnscaledInputs
from runner.diagnosis.causes.data.unscaled_targets import UnscaledTargets
from runner.diagnosis.causes.data.wrong_loss_for_targets import WrongLossForTargets
from runner.diagnosis.causes.numerics.exp_overflow import ExpOverflow
from runner.diagnosis.causes.numerics.exploding_gradient import ExplodingGradient
from runner.diagnosis.causes.numerics.log_of_zero import LogOfZero
from runner.diagnosis.causes.numerics.summed_gradient import SummedGradient
from runner.diagnosis.causes.steps.batch_too_small import BatchTooSmall
from runner.diagnosis.causes.steps.dropout_too_high import DropoutTooHigh
from runner.diagnosis.causes.steps.learning_rate_too_high import LearningRateTooHigh
from runner.diagnosis.causes.steps.learning_rate_too_low import LearningRateTooLow
from runner.diagnosis.causes.steps.running_statistics_behind import RunningStatisticsBehind
from runner.diagnosis.causes.steps.too_few_steps import TooFewSteps
from runner.diagnosis.causes.steps.weight_decay_too_high import WeightDecayTooHigh
from runner.diagnosis.causes.units.dead_units import DeadUnits
from runner.diagnosis.causes.units.local_minimum import LocalMinimum
from runner.diagnosis.causes.units.poor_init_scale import PoorInitScale
from runner.diagnosis.causes.units.saturated_units import SaturatedUnits
from runner.diagnosis.causes.units.symmetric_units import SymmetricUnits
from runner.diagnosis.causes.units.vanishing_gradient import VanishingGradient

__all__ = ["CAUSES", "FORESEEN", "Cause", "ForeseenCause"]

_ALL: tuple[Cause, ...] = (
    LearningRateTooHigh(),
    LearningRateTooLow(),
    TooFewSteps(),
    UnscaledInputs(),
    UnscaledTargets(),
    SummedGradient(),
    WeightDecayTooHigh(),
    DropoutTooHigh(),
    BatchTooSmall(),
    RunningStatisticsBehind(),
    LogOfZero(),
    ExpOverflow(),
    PoorInitScale(),
    SymmetricUnits(),
    DeadUnits(),
    SaturatedUnits(),
    LocalMinimum(),
    VanishingGradient(),
    ExplodingGradient(),
    SoftmaxOnOneUnit(),
    OutputCannotReachTargets(),
    WrongLossForTargets(),
    NoHiddenNonlinearity(),
    NotLinearlySeparable(),
    MissingBias(),
    TooFewUnits(),
    BadLabels(),
    Overfitting(),
    Extrapolation(),
    ClassImbalance(),
    ClassWeightsTooHigh(),
)

CAUSES: dict[str, Cause] = {cause.name: cause for cause in _ALL}
FORESEEN: dict[str, ForeseenCause] = {name: cause for name, cause in CAUSES.items() if isinstance(cause, ForeseenCause)}
