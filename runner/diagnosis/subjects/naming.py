"""The catalogue's names for what is wrong: from what all gradients have in common, from corrections, from patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake, SourceLine
from runner.diagnosis.subjects.finding import PARAMETERS_RETURNED, EditFound, Suspected
from runner.network.faults.catalogue import FAULTS

# Mistakes that have a name of their own where they are made in biases alone.
_OF_BIASES = {"sign_flipped": "bias_sign_flipped", "gradient_not_averaged": "bias_gradient_not_averaged"}
_UNUSED = "not zero, although the loss does not depend on it"
# What a pattern says of all arrays of a layer, and of its biases alone.
_OF_LAYER = {"zero": "layer_not_updated", "sign flipped": "sign_flipped"}
_OF_BIAS = {"zero": "bias_gradient_missing", "sign flipped": "bias_sign_flipped", _UNUSED: "bias_missing"}


def whole_gradient(
    points: Sequence[Sequence[ArrayCheck]], factor: GradientMistake | None, place: Suspected | None
) -> GradientMistake | None:
    """The mistake that all arrays have in common at all `points`: a factor, or the parameters in place of gradients."""
    if all(check.pattern == "the parameters themselves" for point in points for check in point):
        sentence = f"{PARAMETERS_RETURNED[0].upper()}{PARAMETERS_RETURNED[1:]}."
        name = "parameters_as_gradient"
        factor = GradientMistake(name, None, name, 0.0, [], sentence, [], "the gradients are returned")
    if factor is None or place is None:
        return factor
    return replace(factor, source=SourceLine(Path(place.file).name, place.line))


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
    return found


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
