"""Faults of scale: the whole gradient of the loss times a factor, the weight decay's part untouched."""

from __future__ import annotations

from collections.abc import Callable

from runner.network import ops
from runner.network.faults.edit import ProgramEdit
from runner.network.faults.fault import (
    Context,
    Fault,
    Fitted,
    as_number,
    averaged,
    never,
    one_sample,
    output_layer,
    rank,
)
from runner.network.layer import Layer
from runner.network.program import Constant, number

Factor = Callable[[Context, str], Constant]

SAMPLES = Constant("n", lambda n, dtype: float(n))
ONE_OVER_SAMPLES = Constant("1/n", lambda n, dtype: 1.0 / n)


def _times(factor: Factor) -> Callable[[ProgramEdit, Context, Layer, str], None]:
    def edit(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
        with e.after_gradient(with_decay=False):
            e("g", ops.multiply, "g", factor(context, value))

    return edit


def _summed(context: Context, layer: Layer, value: str) -> str | None:
    if context.options.reduction == "mean":
        return "the loss is a mean over the samples (loss.reduction), not a sum"
    return one_sample(context)


def _assumed(context: Context, value: str) -> float:
    """The n that is written, where the number of samples in the batch should be."""
    if value == "features":
        return float(context.architecture.sizes[0])
    if value == "batch":
        return float(context.batch_sizes[0]) if context.batch_sizes else 1.0
    return as_number(value)


def _wrong_n(context: Context, value: str) -> Constant:
    m = _assumed(context, value)
    return Constant(f"n/{m:g}", lambda n, dtype: n / m)


def _right_n(context: Context, layer: Layer, value: str) -> str | None:
    if context.options.reduction == "sum":
        return "the loss is summed over the samples (loss.reduction): there is no 1/n"
    if context.batch_sizes and all(size == _assumed(context, value) for size in context.batch_sizes):
        return f"every batch has {context.batch_sizes[0]} samples; =features or =NUMBER says what is assumed instead"
    return None


def _ratio(context: Context, value: str) -> Constant:
    return number(as_number(value))


def _one(context: Context, layer: Layer, value: str) -> str | None:
    return "a ratio of 1 changes nothing" if as_number(value) == 1.0 else None


FAULTS = (
    Fault(
        "gradient_not_averaged",
        "loss",
        "gradient",
        "the gradient of the summed loss, n times too large",
        "the gradient of the mean loss",
        _times(lambda context, value: SAMPLES),
        lambda context, layer, value: averaged(context),
        output_layer,
        takes_layer=False,
        replaces=("the 1/n of the gradient",),
    ),
    Fault(
        "gradient_averaged_loss_summed",
        "loss",
        "gradient",
        "the gradient of the mean loss, 1/n of what it should be",
        "the gradient of the summed loss",
        _times(lambda context, value: ONE_OVER_SAMPLES),
        _summed,
        output_layer,
        takes_layer=False,
        replaces=("the 1/n of the gradient",),
    ),
    Fault(
        "gradient_averaged_twice",
        "loss",
        "gradient",
        "the gradient of the mean loss, divided by n once more",
        "the gradient of the mean loss",
        _times(lambda context, value: ONE_OVER_SAMPLES),
        lambda context, layer, value: averaged(context),
        output_layer,
        takes_layer=False,
        replaces=("the 1/n of the gradient",),
    ),
    Fault(
        "factor_two",
        "loss",
        "gradient",
        "2 times the gradient (=1/2: half of it)",
        "the gradient of the loss",
        _times(_ratio),
        never,
        output_layer,
        takes_layer=False,
        value="2",
        values=("2", "1/2", "0.5"),
        generality=rank(1),
    ),
    Fault(
        "constant_scale",
        "loss",
        "gradient",
        "a constant times the gradient (10, or =NUMBER)",
        "the gradient of the loss",
        _times(_ratio),
        _one,
        output_layer,
        takes_layer=False,
        value="10",
        generality=rank(3),
        fitted=Fitted(lambda n: 2.0, lambda t, n: 1.0 + t),
    ),
    Fault(
        "batch_size_assumed",
        "data",
        "gradient",
        (
            "the gradient of the summed loss / m: m is the usual batch size (=features: the number of features; "
            "or =NUMBER)"
        ),
        "the gradient of the summed loss / n",
        _times(_wrong_n),
        _right_n,
        output_layer,
        takes_layer=False,
        value="batch",
        values=("batch", "features", "NUMBER"),
        replaces=("the 1/n of the gradient",),
        generality=lambda context, value: 0 if value in ("batch", "features") else 2,
        fitted=Fitted(lambda n: n / 2, lambda t, n: n / (1.0 + t)),
    ),
)
