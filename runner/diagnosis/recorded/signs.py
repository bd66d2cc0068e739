"""What the facts of somebody's network speak for, in a script or in a run of a class: a sentence, numbers, a line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.diagnosis.scripts.facts import Facts, State, Units
from runner.diagnosis.scripts.loss_form import BINARY, CATEGORICAL
from runner.diagnosis.scripts.suspicion import listed
from runner.explaining.symptoms import number
from runner.files.finding import Where

# Weights off by this factor from 1 / sqrt(fan-in); the share of units from which on they are lost.
_FAR, _MOST = 3.0, 0.5
# The factor from which on a gradient explodes on its way through weights that are used again and again.
EXPLODING = 70.0
_RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, math.inf)}


@dataclass(frozen=True)
class CauseSign:
    """What speaks for a cause, and where; `low` is the lower end of a range that targets have to lie in."""

    symptom: str
    evidence: Mapping[str, Any]
    where: Where = field(default_factory=dict)
    low: float | None = None


def wrong_loss(facts: Facts) -> CauseSign | None:
    """A cross-entropy whose targets are no probabilities."""
    data, loss = facts.targets, facts.loss
    if data is None or loss is None or loss.kind not in (BINARY, CATEGORICAL):
        return None
    if data.low >= 0.0 and data.high <= 1.0:
        return None
    return CauseSign(
        f"The loss is a {loss.kind}, for targets from 0 to 1; the targets {data.names[0]} lie between "
        f"{number(data.low)} and {number(data.high)}, so that it has no lowest value.",
        {"loss": loss.kind, "low": data.low, "high": data.high},
        low=0.0,
    )


def out_of_reach(facts: Facts) -> CauseSign | None:
    """Targets of a regression that the output can't reach."""
    data = facts.targets
    if data is None or facts.output not in _RANGES or facts.task != "regression":
        return None
    low, high = _RANGES[facts.output]
    margin = 0.01 * (data.high - data.low)
    if data.low >= low - margin and data.high <= high + margin:
        return None
    return CauseSign(
        f"The output is a {facts.output}, {_between(low, high)}; the targets {data.names[0]} lie "
        f"between {number(data.low)} and {number(data.high)}, where it never gets.",
        {"output": facts.output, "low": data.low, "high": data.high},
        low=low if math.isfinite(high) else None,
    )


def _between(low: float, high: float) -> str:
    return f"between {number(low)} and {number(high)}" if math.isfinite(high) else f"at least {number(low)}"


def equal_units(facts: Facts) -> CauseSign | None:
    """Units that start equal and stay equal."""
    names = tuple(name for name in facts.states[0].symmetric if name in facts.states[-1].symmetric)
    if not names:
        return None
    return CauseSign(
        f"The units start equal and stay equal: {listed(names)} have equal columns or rows at the first step and at "
        "the last, so that all units of a layer do the work of one.",
        {"parameters": list(names)},
    )


def poor_start(facts: Facts) -> CauseSign | None:
    """Weights that start too large, too small, or off centre."""
    off = {}
    for name, one in facts.starts.items():
        wanted = math.sqrt(1.0 / one.fan_in) if one.fan_in else 0.0
        size = math.hypot(one.mean, one.std)
        if wanted and size and (abs(math.log(size / wanted)) > math.log(_FAR) or one.is_off_centre):
            off[name] = one.mean, one.std, wanted
    if not off:
        return None
    name, (mean, deviation, wanted) = max(off.items(), key=lambda one: abs(math.log(one[1][1] / one[1][2] + 1e-300)))
    return CauseSign(
        f"The weights {listed(list(off))} start badly: {name} has mean {number(mean)} and standard deviation "
        f"{number(deviation)}, where 0 and {number(wanted)} suit its inputs.",
        {"mean": mean, "std": deviation, "suits": wanted},
    )


def saturated(state: State) -> CauseSign | None:
    """An activation most of which lies where it is flat."""
    flat = [units for units in state.hidden if units.flat > _MOST]
    if not flat:
        return None
    worst = max(flat, key=lambda one: one.flat)
    symptom = f"{worst.flat:.0%} of what line {worst.line} gives ({worst.text}) lies where {worst.kind} is flat."
    return CauseSign(symptom, {"share": worst.flat}, {"line": worst.line})


def dead(state: State) -> CauseSign | None:
    """An activation most of whose units give 0 for every sample."""
    units = [one for one in state.hidden if one.dead > _MOST]
    if not units:
        return None
    worst: Units = max(units, key=lambda one: one.dead)
    return CauseSign(
        f"{worst.dead:.0%} of the {worst.units} units of line {worst.line} ({worst.text}) are 0 for every sample.",
        {"share": worst.dead},
        {"line": worst.line},
    )


def explodes_at_start(facts: Facts) -> CauseSign | None:
    """A gradient that grows with each use of the same weights, before the first update."""
    worst = max(facts.repeated, key=lambda one: one.growth, default=None)
    if worst is None or worst.growth <= EXPLODING:
        return None
    return CauseSign(
        f"The gradient explodes: at the start, on its way back through the {worst.uses} uses of {worst.name} in a step "
        f"it grows {number(worst.growth)} times.",
        {"weights": worst.name, "uses": worst.uses, "growth": worst.growth},
    )


def steady(facts: Facts) -> tuple[str, float] | None:
    """The weights whose uses make a gradient explode, and by what they are multiplied so that it stays as it is."""
    worst = max(facts.repeated, key=lambda one: one.growth, default=None)
    if worst is None:
        return None
    return worst.name, float(worst.growth ** (-1.0 / (worst.uses - 1)))
