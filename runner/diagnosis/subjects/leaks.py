"""What a gradient check alone passes: state that leaks from call to call, and outputs that don't depend on the input.

Each test makes the same call in two situations and compares the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.subjects.process.proxy import Subject

Array = NDArray[np.float64]

# Answers that differ by less are the same.
_SAME = 1e-9
# Of the parameters at which the output is looked at: at some of them units are neither dead nor saturated.
_SHARES = (1.0, -1.0, 0.1, -0.1, 1e-2, 1e-3, 1e-4)


@dataclass(frozen=True)
class Situation:
    """Two sets of parameters, and two sets of samples of the same number."""

    here: list[Array]
    there: list[Array]
    X: Array
    Y: Array
    others: Array
    other_targets: Array


def leaks_of(subject: Subject, at: Situation) -> list[GradientMistake]:
    """What was found; nothing for a network that only computes."""
    found = [cause for test in TESTS for cause in test(subject, at)]
    deaf = any(cause.name == "output_ignores_input" for cause in found)
    return [cause for cause in found if not (deaf and cause.name == "stale_cache")]  # the one follows from the other


def _accumulates(subject: Subject, at: Situation) -> Iterator[GradientMistake]:
    subject.fresh()
    first, second, third = (subject.gradients(at.here, at.X, at.Y) for _ in range(3))
    if _differ(first, second) <= _SAME or _is_momentum(subject, first, second, third):
        return
    once, twice = _minus(second, first), _minus(third, second)
    text = _text(subject, "gradients")
    if _differ(once, twice) <= 1e-6:
        yield _cause(
            "gradient_not_reset",
            _differ(once, twice),
            f"{text} adds to what its last call left behind: the gradient is not set to zero in between.",
            "each call starts with gradients of zero",
        )
    else:
        yield _cause(
            "not_repeatable", _differ(first, second), f"{text} gives other gradients when it is called again.", None
        )


def _repeats(subject: Subject, at: Situation) -> Iterator[GradientMistake]:
    subject.fresh()
    first, second = (subject.loss(at.here, at.X, at.Y) for _ in range(2))
    off = abs(first - second) / (max(abs(first), abs(second)) or 1.0)
    if off > _SAME:
        sentence = f"{_text(subject, 'loss')} gives another number when it is called again with the same parameters."
        yield _cause("not_repeatable", off, sentence, None)


def _changes(subject: Subject, at: Situation) -> Iterator[GradientMistake]:
    subject.fresh()
    subject.loss(at.here, at.X, at.Y)
    if subject.changed:
        sentence = f"{_text(subject, 'loss')} changes {_listed(subject.changed)}: a loss only computes a number."
        yield _cause("loss_changes_parameters", 0.0, sentence, None)
    subject.gradients(at.here, at.X, at.Y)
    if subject.changed and not subject.updates:
        sentence = f"{_text(subject, 'gradients')} changes {_listed(subject.changed)} while it computes the gradient."
        yield _cause(
            "weights_updated_before_backprop",
            0.0,
            sentence,
            "gradients are computed first, and the parameters changed when all of them are there",
        )


def _is_stale(subject: Subject, at: Situation) -> Iterator[GradientMistake]:
    """Gradients after calls with other samples, or other parameters, against those of a subject not called before."""
    subject.fresh()
    expected, again = (subject.gradients(at.there, at.X, at.Y) for _ in range(2))
    if _differ(expected, again) > _SAME:
        return  # that they don't even repeat is told by another test
    before: dict[str, Callable[[Sequence[Array], Array, Array], object]] = {
        "gradients": subject.gradients,
        "loss": subject.loss,
        "predict": lambda arrays, X, Y: subject.predict(arrays, X),
    }
    for what, call in before.items():
        subject.fresh()
        call(at.here, at.others, at.other_targets)
        found = subject.gradients(at.there, at.X, at.Y)
        if _differ(expected, found) > _SAME:
            yield _cause(
                "stale_cache",
                _differ(expected, found),
                f"{_text(subject, 'gradients')} uses what an earlier call of {_text(subject, what)} left behind: "
                "after a call with other samples it gives another gradient.",
                "the forward pass of these samples comes before their gradients",
            )
            return


def _ignores_input(subject: Subject, at: Situation) -> Iterator[GradientMistake]:
    for share in _SHARES:
        arrays = [share * array for array in at.here]
        one, other = subject.predict(arrays, at.X), subject.predict(arrays, at.others)
        if one is None or other is None:
            same = subject.loss(arrays, at.X, at.Y) == subject.loss(arrays, at.others, at.Y)
        else:
            same = _differ([one], [other]) <= 1e-13
        if not same:
            return
    text = _text(subject, "predict") if subject.texts["predict"] else _text(subject, "loss")
    yield _cause(
        "output_ignores_input",
        0.0,
        f"{text} gives the same for other samples: the output does not depend on the input.",
        "the forward pass starts from the X that it is given",
    )


def _mixes_samples(subject: Subject, at: Situation) -> Iterator[GradientMistake]:
    if len(at.X) < 2:
        return
    changed = at.X.copy()
    changed[0] = at.others[0]
    one, other = subject.predict(at.here, at.X), subject.predict(at.here, changed)
    if one is None or other is None:
        return
    off = _differ([one[1:]], [other[1:]])
    if off <= _SAME:
        return
    if max(np.ptp(each, axis=0).max() for each in (one, other)) <= 1e-13 * np.abs(one).max():
        sentence = (
            f"{_text(subject, 'predict')} gives all samples the same answer: it does not depend on their own inputs."
        )
        yield _cause("output_ignores_input", off, sentence, "each sample of X goes through the forward pass")
        return
    if np.allclose(one.sum(axis=0), 1.0, rtol=0.0, atol=1e-9):
        sentence = "The outputs of all samples sum to 1 for each class: softmax is normalised over the samples."
        yield _cause("softmax_over_batch", off, sentence, "exp(Z) / its sum over the classes of each sample")
        return
    yield _cause(
        "output_depends_on_other_samples",
        off,
        f"{_text(subject, 'predict')} gives other outputs for a sample when another sample of the batch changes.",
        None,
    )


def _wraps(subject: Subject, at: Situation) -> Iterator[GradientMistake]:
    if subject.wraps:
        sentence = (
            f"With X as {subject.wraps[0]} and Y as {subject.wraps[1]}, as the file has them, the loss is another one "
            "than with the same numbers as float64: integers wrap around."
        )
        yield _cause("integer_overflow", 0.0, sentence, "X and Y as float64")


# With these a network computes what none of ours does, so that it needn't be looked for.
UNRECOGNISABLE = ("not_repeatable", "output_ignores_input", "output_depends_on_other_samples")
TESTS: tuple[Callable[[Subject, Situation], Iterator[GradientMistake]], ...] = (
    _wraps,
    _repeats,
    _accumulates,
    _changes,
    _is_stale,
    _ignores_input,
    _mixes_samples,
)


def _is_momentum(subject: Subject, first: Sequence[Array], second: Sequence[Array], third: Sequence[Array]) -> bool:
    """Whether an update carries some of the last one along: 1, 1 + b, 1 + b + b^2 times the gradient with b < 1."""
    if not subject.updates:
        return False
    carried, again = _minus(second, first), _minus(third, second)
    b = _norm(carried) / (_norm(first) or 1.0)
    return b < 0.999 and _differ([b * one for one in carried], again) <= 1e-6


def _cause(name: str, residual: float, sentence: str, should_read: str | None) -> GradientMistake:
    return GradientMistake(
        name=name,
        layer=None,
        fault=name,
        residual=residual,
        tied_with=[],
        sentence=sentence,
        written=[],
        should_read=should_read,
    )


def _text(subject: Subject, role: str) -> str:
    return subject.texts[role] or role


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _minus(one: Sequence[Array], other: Sequence[Array]) -> list[Array]:
    return [a - b for a, b in zip(one, other, strict=True)]


def _norm(arrays: Sequence[Array]) -> float:
    return float(np.sqrt(sum(float(np.sum(np.square(array))) for array in arrays)))


def _differ(one: Sequence[Array], other: Sequence[Array]) -> float:
    """The largest relative difference of two arrays in the same place."""
    worst = 0.0
    with np.errstate(all="ignore"):
        for a, b in zip(one, other, strict=True):
            size = max(_norm([a]), _norm([b]))
            if size:
                off = _norm([a - b]) / size
                worst = max(worst, off if np.isfinite(off) else 0.0 if np.array_equal(a, b, equal_nan=True) else 1.0)
    return worst
