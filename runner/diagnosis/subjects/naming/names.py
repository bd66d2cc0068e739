"""The catalogue's names for what is wrong: from what all gradients have in common, from corrections, from patterns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake, SourceLine
from runner.diagnosis.subjects.finding import PARAMETERS_RETURNED, EditFound
from runner.diagnosis.subjects.verdict import Seen
from runner.network.faults.catalogue import FAULTS

_FITS = 1e-6
_LEAST = 3  # fewer numbers are a multiple of others by chance
# Mistakes that have a name of their own where they are made in biases alone.
_OF_BIASES = {"sign_flipped": "bias_sign_flipped", "gradient_not_averaged": "bias_gradient_not_averaged"}
_UNUSED = "not zero, although the loss does not depend on it"
# What a pattern says of all arrays of a layer, and of its biases alone.
_OF_LAYER = {"zero": "layer_not_updated", "sign flipped": "sign_flipped"}
_OF_BIAS = {"zero": "bias_gradient_missing", "sign flipped": "bias_sign_flipped", _UNUSED: "bias_missing"}


def parameters_returned(points: Sequence[Sequence[ArrayCheck]]) -> GradientMistake | None:
    """The parameters in place of the gradients, at all `points`."""
    if not all(check.pattern == "the parameters themselves" for point in points for check in point):
        return None
    sentence = f"{PARAMETERS_RETURNED[0].upper()}{PARAMETERS_RETURNED[1:]}."
    return _mistake("parameters_as_gradient", None, sentence, [], "the gradients are returned")


def of_edits(edits: Sequence[EditFound], arrays: Sequence[ArrayCheck]) -> list[GradientMistake]:
    """The mistakes that the best correction corrects, where the catalogue has names for them."""
    wrong = [array for array in arrays if not array.passed]
    biases = all(array.is_bias for array in wrong)
    layers = [array.layer for array in wrong]
    found = []
    for edit in edits[:1]:
        for part in (edit, *edit.also):
            name = _OF_BIASES.get(part.name or "", part.name) if biases else part.name
            if name is None:
                continue
            layer = max(layers) if layers and name in FAULTS and FAULTS[name].takes_layer else None
            sentence, source = f"{name}: {part.before.strip()}", SourceLine(Path(part.file).name, part.line)
            found.append(_mistake(name, layer, sentence, [part.before], part.after.strip(), source))
    return list({mistake.fault: mistake for mistake in found[::-1]}.values())[::-1]


def weight_decay(seen: Seen) -> GradientMistake | None:
    """A penalty on weights in the gradient or in the loss alone: every wrong gradient is off by the same times W."""
    rates = []
    for place in seen.wrong:
        W, given = seen.recorded.initial[place], seen.recorded.supplied[place].array
        size = float(np.sum(np.square(W)))
        if given is None or given.shape != W.shape or not size or seen.checks[place].is_bias:
            return None
        off = given - seen.true[place]
        rate = float(np.sum(off * W)) / size
        if not np.linalg.norm(off - rate * W) <= _FITS * np.linalg.norm(off):
            return None
        rates.append(rate)
    if not rates or not np.ptp(rates) <= _FITS * abs(rates[0]) or np.size(seen.true[seen.wrong[0]]) < _LEAST:
        return None
    name, where = ("not_in_loss", "gradient") if rates[0] > 0 else ("not_in_gradient", "loss")
    sentence = f"A weight decay of {abs(rates[0]):.6g} is in the {where} alone."
    return _mistake(f"weight_decay_{name}", None, sentence, [], "in both, or in neither")


def of_patterns(arrays: Sequence[ArrayCheck]) -> list[GradientMistake]:
    """The mistakes that the patterns of single arrays say, where they explain every wrong array."""
    found = []
    for layer in sorted({array.layer for array in arrays if not array.passed}):
        mine = [array for array in arrays if array.layer == layer]
        wrong = [array for array in mine if not array.passed]
        patterns = {array.pattern for array in wrong}
        name = None
        if len(patterns) == 1:
            (pattern,) = patterns
            if len(wrong) == len(mine):
                name = _OF_LAYER.get(pattern)
            elif all(array.is_bias for array in wrong):
                name = _OF_BIAS.get(pattern)
        if name is None:
            return []
        found.append(_mistake(name, layer, f"{name}@{layer} in layer {layer}. {FAULTS[name].sentences}", [], None))
    return found


def _mistake(
    name: str,
    layer: int | None,
    sentence: str,
    written: list[str],
    should_read: str | None,
    source: SourceLine | None = None,
) -> GradientMistake:
    fault = name if layer is None else f"{name}@{layer}"
    return GradientMistake(name, layer, fault, 0.0, [], sentence, written, should_read, source)
