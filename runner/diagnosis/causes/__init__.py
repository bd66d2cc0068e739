"""The causes of failed runs by name, in the order in which `show causes` lists them.

To add one, write a class in a file of its own and put it here; its thresholds stand in `diagnosis.thresholds`.
"""

from __future__ import annotations

from runner.diagnosis.causes.bad_labels import BadLabels
from runner.diagnosis.causes.cause import Cause, ForeseenCause
from runner.diagnosis.causes.class_imbalance import ClassImbalance
from runner.diagnosis.causes.dead_units import DeadUnits
from runner.diagnosis.causes.exp_overflow import ExpOverflow
from runner.diagnosis.causes.exploding_gradient import ExplodingGradient
from runner.diagnosis.causes.learning_rate_too_high import LearningRateTooHigh
from runner.diagnosis.causes.learning_rate_too_low import LearningRateTooLow
from runner.diagnosis.causes.log_of_zero import LogOfZero
from runner.diagnosis.causes.missing_bias import MissingBias
from runner.diagnosis.causes.no_hidden_nonlinearity import NoHiddenNonlinearity
from runner.diagnosis.causes.not_linearly_separable import NotLinearlySeparable
from runner.diagnosis.causes.output_cannot_reach_targets import OutputCannotReachTargets
from runner.diagnosis.causes.overfitting import Overfitting
from runner.diagnosis.causes.poor_init_scale import PoorInitScale
from runner.diagnosis.causes.saturated_units import SaturatedUnits
from runner.diagnosis.causes.softmax_on_one_unit import SoftmaxOnOneUnit
from runner.diagnosis.causes.summed_gradient import SummedGradient
from runner.diagnosis.causes.symmetric_units import SymmetricUnits
from runner.diagnosis.causes.too_few_steps import TooFewSteps
from runner.diagnosis.causes.unscaled_inputs import UnscaledInputs
from runner.diagnosis.causes.unscaled_targets import UnscaledTargets
from runner.diagnosis.causes.vanishing_gradient import VanishingGradient
from runner.diagnosis.causes.weight_decay_too_high import WeightDecayTooHigh
from runner.diagnosis.causes.wrong_loss_for_targets import WrongLossForTargets

__all__ = ["CAUSES", "FORESEEN", "Cause", "ForeseenCause"]

_ALL: tuple[Cause, ...] = (
    LearningRateTooHigh(),
    LearningRateTooLow(),
    TooFewSteps(),
    UnscaledInputs(),
    UnscaledTargets(),
    SummedGradient(),
    WeightDecayTooHigh(),
    LogOfZero(),
    ExpOverflow(),
    PoorInitScale(),
    SymmetricUnits(),
    DeadUnits(),
    SaturatedUnits(),
    VanishingGradient(),
    ExplodingGradient(),
    SoftmaxOnOneUnit(),
    OutputCannotReachTargets(),
    WrongLossForTargets(),
    NoHiddenNonlinearity(),
    NotLinearlySeparable(),
    MissingBias(),
    BadLabels(),
    Overfitting(),
    ClassImbalance(),
)

CAUSES: dict[str, Cause] = {cause.name: cause for cause in _ALL}
FORESEEN: dict[str, ForeseenCause] = {name: cause for name, cause in CAUSES.items() if isinstance(cause, ForeseenCause)}
