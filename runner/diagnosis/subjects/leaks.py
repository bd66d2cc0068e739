"""What the check of single steps can't see: state that leaks from call to call, and outputs that ignore the input.

Each test makes the same call in two situations and compares the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.recording.scenario import Point
from runner.recording.scenarios.points import moved
from runner.subjects.calling.recipe import Recipe, overflows
from runner.subjects.complaint import Complaint
from runner.subjects.layers import arrays_of

Array = NDArray[np.float64]
Arrays = Sequence[Array]

# Answers that differ by less are the same.
_SAME = 1e-9
# Samples with which it is called: calls are many, and few samples tell as much.
_SAMPLES = 8
# Of the parameters at which the output is looked at: at some of them units are neither dead nor saturated.
_SHARES = (1.0, -1.0, 0.1, -0.1, 1e-2, 1e-3, 1e-4)


@dataclass(frozen=True)
class Situation:
    """Two sets of parameters, and two sets of samples of the same number."""

    here: Arrays
    there: Arrays
    X: Array
    Y: Array
    others: Array
    other_targets: Array


def leaks_of(recipe: Recipe) -> list[GradientMistake]:
    """What was found; nothing for a network that only computes, or that takes no other samples."""
    try:
        at = _situation(recipe)
        found = [cause for test in TESTS for cause in test(recipe, at)]
    except Complaint:
        return []
    finally:
        recipe.bench.fresh()
    ignores_input = any(cause.name == "output_ignores_input" for cause in found)
    return [cause for cause in found if not (ignores_input and cause.name == "stale_cache")]  # which follows from it


def _situation(recipe: Recipe) -> Situation:
    X, Y = recipe.data.X, recipe.data.Y
    if len(X) > _SAMPLES and _takes(recipe, _SAMPLES):
        X, Y = X[:_SAMPLES], Y[:_SAMPLES]
    initial, size = recipe.bench.at(X, Y).initial, float(np.sqrt(np.mean(np.square(X)))) or 1.0
    rng, std = np.random.default_rng(2), X.std(axis=0)
    return Situation(
        here=moved(initial, Point("", 1), size),
        there=moved(initial, Point("", 2), size),
        X=X,
        Y=Y,
        others=rng.permutation(X) + np.where(std > 0, std, 1.0) * rng.normal(size=X.shape),
        other_targets=Y[rng.permutation(len(Y))],
    )


def _takes(recipe: Recipe, samples: int) -> bool:
    try:
        recipe.gradients_at(None, recipe.data.X[:samples], recipe.data.Y[:samples])
    except Complaint:
        return False
    return True


def _accumulates(recipe: Recipe, at: Situation) -> Iterator[GradientMistake]:
    recipe.bench.fresh()
    first, second, third = (recipe.gradients_at(at.here, at.X, at.Y) for _ in range(3))
    if _difference(first, second) <= _SAME or _is_momentum(recipe, first, second, third):
        return
    text = recipe.gradients.text
    if _difference(_minus(second, first), _minus(third, second)) <= 1e-6:
        sentence = f"{text} adds to what its last call left behind: the gradient is not set to zero in between."
        yield _cause("gradient_not_reset", sentence, "each call starts with gradients of zero")
    else:
        yield _cause("not_repeatable", f"{text} gives other gradients when it is called again.")


def _repeats(recipe: Recipe, at: Situation) -> Iterator[GradientMistake]:
    recipe.bench.fresh()
    first, second = (recipe.loss_at(at.here, at.X, at.Y) for _ in range(2))
    if abs(first - second) > _SAME * max(abs(first), abs(second)):
        said = f"{recipe.loss.text} gives another number when it is called again with the same parameters."
        yield _cause("not_repeatable", said)


def _changes(recipe: Recipe, at: Situation) -> Iterator[GradientMistake]:
    recipe.bench.fresh()
    recipe.loss_at(at.here, at.X, at.Y)
    if changed := recipe.bench.at(at.X, at.Y).changed:
        said = f"{recipe.loss.text} changes {_listed(changed)}: a loss only computes a number."
        yield _cause("loss_changes_parameters", said)
    if recipe.updates:
        return
    recipe.gradients_at(at.here, at.X, at.Y)
    if changed := recipe.bench.at(at.X, at.Y).changed:
        said = f"{recipe.gradients.text} changes {_listed(changed)} while it computes the gradient."
        right = "gradients are computed first, and the parameters changed when all of them are there"
        yield _cause("weights_updated_before_backprop", said, right)


def _is_stale(recipe: Recipe, at: Situation) -> Iterator[GradientMistake]:
    """Gradients after calls with other samples, or other parameters, against those of a subject not called before."""
    recipe.bench.fresh()
    expected, again = (recipe.gradients_at(at.there, at.X, at.Y) for _ in range(2))
    if _difference(expected, again) > _SAME:
        return  # that they don't even repeat is reported by another test
    before: dict[str, Callable[[], object]] = {
        recipe.gradients.text: lambda: recipe.gradients_at(at.here, at.others, at.other_targets),
        recipe.loss.text: lambda: recipe.loss_at(at.here, at.others, at.other_targets),
    }
    if recipe.predict is not None:
        before[recipe.predict.text] = lambda: recipe.outputs_at(at.here, at.others)
    for text, call in before.items():
        recipe.bench.fresh()
        call()
        if _difference(expected, recipe.gradients_at(at.there, at.X, at.Y)) > _SAME:
            said = (
                f"{recipe.gradients.text} uses what an earlier call of {text} left behind: "
                "after a call with other samples it gives another gradient."
            )
            yield _cause("stale_cache", said, "the forward pass of these samples comes before their gradients")
            return


def _ignores_input(recipe: Recipe, at: Situation) -> Iterator[GradientMistake]:
    for share in _SHARES:
        arrays = [share * array for array in at.here]
        one, other = recipe.outputs_at(arrays, at.X), recipe.outputs_at(arrays, at.others)
        if one is None or other is None:
            same = recipe.loss_at(arrays, at.X, at.Y) == recipe.loss_at(arrays, at.others, at.Y)
        else:
            same = _difference([one], [other]) <= 1e-13
        if not same:
            return
    text = (recipe.predict or recipe.loss).text
    said = f"{text} gives the same for other samples: the output does not depend on the input."
    yield _cause("output_ignores_input", said, "the forward pass starts from the X that it is given")


def _mixes_samples(recipe: Recipe, at: Situation) -> Iterator[GradientMistake]:
    if len(at.X) < 2:
        return
    changed = at.X.copy()
    changed[0] = at.others[0]
    one, other = recipe.outputs_at(at.here, at.X), recipe.outputs_at(at.here, changed)
    if one is None or other is None or recipe.predict is None or _difference([one[1:]], [other[1:]]) <= _SAME:
        return
    text = recipe.predict.text
    if max(np.ptp(each, axis=0).max() for each in (one, other)) <= 1e-13 * np.abs(one).max():
        said = f"{text} gives all samples the same answer: it does not depend on their own inputs."
        yield _cause("output_ignores_input", said, "each sample of X goes through the forward pass")
    elif np.allclose(one.sum(axis=0), 1.0, rtol=0.0, atol=1e-9):
        said = "The outputs of all samples sum to 1 for each class: softmax is normalised over the samples."
        yield _cause("softmax_over_batch", said, "exp(Z) / its sum over the classes of each sample")
    else:
        said = f"{text} gives other outputs for a sample when another sample of the batch changes."
        yield _cause("output_depends_on_other_samples", said)


def _unused(recipe: Recipe, at: Situation) -> Iterator[GradientMistake]:
    """An update of biases that the loss does not depend on."""
    if not recipe.updates:
        return
    names = [one.name for one in recipe.bench.at(at.X, at.Y).parameters]
    parts = arrays_of(names, [array.shape for array in at.here], at.X.shape[1], at.Y.shape[1])
    here, updates = recipe.loss_at(at.here, at.X, at.Y), recipe.gradients_at(at.here, at.X, at.Y)
    for index, part in enumerate(parts):
        others = [at.there[index] if place == index else array for place, array in enumerate(at.here)]
        if part.is_bias and updates[index].any() and recipe.loss_at(others, at.X, at.Y) == here:
            said = f"{recipe.gradients.text} changes {part.name}, which the loss does not depend on."
            cause = _cause("bias_missing", said, "a forward pass that adds it")
            yield replace(cause, layer=part.layer, fault=f"bias_missing@{part.layer}")


def _wraps(recipe: Recipe, at: Situation) -> Iterator[GradientMistake]:
    if recipe.data.types is not None and overflows(recipe):
        x, y = recipe.data.types
        said = (
            f"With X as {x} and Y as {y}, as the file has them, the loss is another one "
            "than with the same numbers as float64: integers wrap around."
        )
        yield _cause("integer_overflow", said, "X and Y as float64")


TESTS: tuple[Callable[[Recipe, Situation], Iterator[GradientMistake]], ...] = (
    _wraps,
    _repeats,
    _accumulates,
    _changes,
    _is_stale,
    _ignores_input,
    _mixes_samples,
    _unused,
)


def _is_momentum(recipe: Recipe, first: Arrays, second: Arrays, third: Arrays) -> bool:
    """Whether an update carries some of the last one along: 1, 1 + b, 1 + b + b^2 times the gradient with b < 1."""
    if not recipe.updates:
        return False
    carried, again = _minus(second, first), _minus(third, second)
    b = _norm(carried) / (_norm(first) or 1.0)
    return b < 0.999 and _difference([b * one for one in carried], again) <= 1e-6


def _cause(name: str, sentence: str, should_read: str | None = None) -> GradientMistake:
    return GradientMistake(name, None, name, 0.0, [], sentence, [], should_read)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _minus(one: Arrays, other: Arrays) -> list[Array]:
    return [a - b for a, b in zip(one, other, strict=True)]


def _norm(arrays: Arrays) -> float:
    return float(np.sqrt(sum(float(np.sum(np.square(array))) for array in arrays)))


def _difference(one: Arrays, other: Arrays) -> float:
    """The largest relative difference of two arrays in the same place."""
    worst = 0.0
    with np.errstate(all="ignore"):
        for a, b in zip(one, other, strict=True):
            size = max(_norm([a]), _norm([b]))
            if size:
                off = _norm([a - b]) / size
                worst = max(worst, off if np.isfinite(off) else 0.0 if np.array_equal(a, b, equal_nan=True) else 1.0)
    return worst
