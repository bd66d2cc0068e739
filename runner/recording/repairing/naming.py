"""The catalogue's name of the mistake that an edit corrects, where the catalogue has one."""

from __future__ import annotations

import re
from collections.abc import Callable

from runner.recording.edits.edit import Edit
from runner.recording.edits.scope import SIGNALS, Kind, Scope
from runner.recording.locating.locating import Located, Location
from runner.recording.locating.uses import base

Namer = Callable[[Edit, "MadeByCorrection"], str | None]


class MadeByCorrection:
    """What the corrected statement makes: the gradient of a bias, of weights, or a derivative in between."""

    def __init__(self, scope: Scope, location: Location, found: Located) -> None:
        self.scope = scope
        self.gradient = self._gradient(location, found)
        self.everywhere = len(location.suspect.votes) == len(found.agreements)

    def _gradient(self, location: Location, found: Located) -> str | None:
        """ "bias" or "weights" where the statement makes the gradient of a parameter, None where it makes a delta."""
        for supplied, parameter in zip(found.recorded.supplied, found.parameters, strict=True):
            if supplied.node is None or parameter is None:
                continue
            origin = supplied.node.origin.statement
            if origin is not None and origin.place == location.place:
                wide = [size for size in base(parameter).shape if size > 1]
                return "weights" if len(wide) > 1 else "bias"
        return None


def name_of(edit: Edit, scope: Scope, location: Location, found: Located) -> str | None:
    """The name from the catalogue, None where it has none for this edit."""
    namer = _NAMERS.get(edit.rule)
    return None if namer is None else namer(edit, MadeByCorrection(scope, location, found))


def _variable(edit: Edit, result: MadeByCorrection) -> str | None:
    was, now = Kind(edit.detail[0]), Kind(edit.detail[1])
    weights = {Kind.PARAMETER, Kind.GRADIENT}
    if was in weights and now in weights:
        if was is now:
            return "delta_uses_neighbour_weights" if was is Kind.PARAMETER and result.gradient is None else None
        return "delta_uses_weight_gradient" if was is Kind.GRADIENT else "parameters_as_gradient"
    if was is Kind.PARAMETER and now in SIGNALS | {Kind.DELTA}:
        return "weight_gradient_uses_weights" if result.gradient is not None else None
    if was in SIGNALS and now in SIGNALS:
        return _signal(was, now, result)
    return None


def _signal(was: Kind, now: Kind, result: MadeByCorrection) -> str | None:
    if result.gradient is not None:
        return "weight_gradient_uses_own_output" if was is Kind.ACTIVATION and now is not Kind.PREACTIVATION else None
    if was is now:
        return "derivative_of_other_layer"
    if was is Kind.ACTIVATION:
        return "derivative_at_activation"
    return "derivative_formula_on_preactivation" if was is Kind.PREACTIVATION else None


def _index(edit: Edit, result: MadeByCorrection) -> str | None:
    if edit.detail[0] == "slice":
        return "bias_leaks_into_delta"
    if edit.detail[-1].endswith(".shape"):
        return "batch_size_assumed"
    signals = [v for v in result.scope.signals if v.text.startswith(f"{edit.detail[-1]}[")]
    return "weight_gradient_uses_own_output" if signals and result.gradient == "weights" else None


def _factor(edit: Edit, result: MadeByCorrection) -> str | None:
    if edit.detail[0] == "drop divisor":
        return "gradient_averaged_twice" if edit.detail[1] in result.scope.counts else _constant(edit.detail[1])
    if edit.detail[0] == "drop factor":
        return _constant(edit.detail[1])
    if edit.detail[0] == "drop term":
        parameters = [v.text for v in result.scope.of(Kind.PARAMETER)]
        return "weight_decay_not_in_loss" if any(p in edit.detail[1] for p in parameters) else None
    return None


def _is_number(text: str) -> bool:
    try:
        float(text.strip("( )"))
    except ValueError:
        return False
    return True


def _constant(text: str) -> str | None:
    if not _is_number(text):
        return None
    number = float(text.strip("( )"))
    return "factor_two" if number in (2, 0.5) else "constant_scale"


def _called(edit: Edit, result: MadeByCorrection) -> str | None:
    words = ("prime", "deriv", "grad", "slope", "True")
    is_slope = any(word in edit.detail[-1] for word in words) and any(word in edit.before for word in words)
    return "wrong_activation_derivative" if edit.detail[0] == "function" and is_slope else None


def _literal(edit: Edit, result: MadeByCorrection) -> str | None:
    if edit.detail[1] == "0":
        return "leaky_slope_mismatch" if edit.detail[2] != "1" else None
    ratio = float(edit.detail[1]) / float(edit.detail[2])
    if edit.before in ("0", "1") and result.gradient is None:
        return None
    return "factor_two" if ratio in (2, 0.5) and result.scope.ratio in (2, 0.5) else None


def _scale(edit: Edit, result: MadeByCorrection) -> str | None:
    how, by = edit.detail
    if result.scope.ratio is None:
        return None  # a term of it alone is scaled
    if how == "divide" and by in result.scope.counts:
        return "bias_gradient_not_averaged" if result.gradient == "bias" else "gradient_not_averaged"
    if how == "multiply" and by in result.scope.counts:
        return "gradient_averaged_twice"
    return "factor_two" if by == "2" else None


def _product(edit: Edit, result: MadeByCorrection) -> str | None:
    how = edit.detail[0]
    if how == "elementwise":
        return "matmul_for_elementwise"
    weights = [v.text for v in result.scope.of(Kind.PARAMETER)]
    transposed = how == "transposed" and result.gradient is None and any(w in edit.before for w in weights)
    return "weights_not_transposed" if transposed else None


def _derivative(edit: Edit, result: MadeByCorrection) -> str | None:
    if edit.detail[0] == "missing":
        return "missing_activation_derivative"
    was, name, kind = edit.detail[1], edit.detail[2], edit.detail[3]
    called_before, called_now = was.partition("(")[0], edit.after.strip("(").partition("(")[0]
    if name.startswith("call") and called_before == called_now and kind == Kind.PREACTIVATION:
        return "derivative_at_activation"
    if ("tanh" in was and name == "tanh in A") or re.search(r"(\w+)\(\1\(", was):
        return "derivative_at_activation"
    return "wrong_activation_derivative"


def _slope(edit: Edit, result: MadeByCorrection) -> str | None:
    """A slope that is a number is none."""
    return "missing_activation_derivative" if _is_number(edit.before) else "wrong_activation_derivative"


def _axis(edit: Edit, result: MadeByCorrection) -> str | None:
    return "bias_gradient_wrong_axis" if result.gradient == "bias" else None


def _mean(edit: Edit, result: MadeByCorrection) -> str | None:
    if result.gradient != "bias":
        return None
    return "bias_gradient_not_averaged" if edit.detail[0] == "mean for sum" else None


def _sign(edit: Edit, result: MadeByCorrection) -> str | None:
    """The whole gradient is negated; a sign within it is another mistake."""
    negated = result.scope.ratio is not None and result.scope.ratio < 0
    return "sign_flipped" if negated and edit.detail[0] == "negated" else None


def _assignment(edit: Edit, result: MadeByCorrection) -> str | None:
    negated = result.scope.ratio is not None and result.scope.ratio < 0
    if negated and edit.detail[0] in ("-= for +=", "+= for -="):
        return "sign_flipped"
    return "gradient_not_reset" if edit.detail[0] == "= for +=" else None


_NAMERS: dict[str, Namer] = {
    "variable": _variable,
    "everywhere": _variable,
    "index": _index,
    "drop": _factor,
    "literal": _literal,
    "count": lambda edit, result: "batch_size_assumed",
    "scale": _scale,
    "scale after": _scale,
    "product": _product,
    "transpose": _product,
    "derivative": _derivative,
    "called": _called,
    "slope": _slope,
    "axis": _axis,
    "reduce": _axis,
    "reduction": _mean,
    "sign": _sign,
    "assignment": _assignment,
    "softmax": lambda edit, result: "softmax_derivative_elementwise",
    "term": lambda edit, result: "weight_decay_not_in_gradient" if edit.detail[0] == "decay" else None,
    "order": lambda edit, result: "weights_updated_before_backprop",
}
