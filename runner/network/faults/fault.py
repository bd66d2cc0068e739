"""What a fault is: a name, what is wrong and what would be right, where it can act, and the edit that makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from runner.network.architecture import Architecture
from runner.network.faults.edit import ProgramEdit
from runner.network.layer import Layer
from runner.network.loss import LossOptions
from runner.network.ops import Array

if TYPE_CHECKING:
    from runner.rng import Draws

# How `wrong` and `right` are written.
NOTATION = """\
Layer l computes Z[l] = W[l] A[l-1] + b[l] and A[l] = f(Z[l]); A[0] is X. dZ is dLoss/dZ, and likewise dA, dW, db.
Names without [l] belong to the layer that @l names. W A is a matrix product, dA * F a product element by element.
n samples, k outputs. Without @l a fault is on every layer that it can act on."""

# What mistakes with a ReLU's mask or slope are about.
RELUS = ("relu", "leaky_relu")

# Where W A + b, or its way back, is one line.
_OF_PRODUCTS = ("preactivation", "product", "weights")

Family = Literal["forward", "loss", "backward", "data"]
# Where the wrong line stands: that of Z, of A, of the loss, of dZ, of the product W[l+1]ᵀ dZ[l+1], of dW, of db, of the
# whole gradient, of what stays from call to call, of the data.
Site = Literal[
    "preactivation", "activation", "loss", "delta", "product", "weights", "bias", "gradient", "calls", "data"
]


@dataclass(frozen=True)
class Context:
    """The network and its training, as far as faults have to do with them.

    `weight_decay` and `l1` are those of the loss. `batch_sizes` are the numbers of samples that steps see, the usual
    one first; empty where they aren't known, and then nothing is refused for their sake.
    """

    architecture: Architecture
    loss: str
    options: LossOptions
    weight_decay: float = 0.0
    batch_sizes: tuple[int, ...] = ()
    l1: float = 0.0

    @property
    def has_penalties(self) -> bool:
        """Whether the loss has a penalty on the weights."""
        return self.weight_decay != 0.0 or self.l1 != 0.0

    @property
    def output(self) -> Layer:
        """The last layer."""
        return self.architecture.layers[-1]

    def layer(self, index: int) -> Layer:
        """A layer counted from 1."""
        return self.architecture.layers[index - 1]


Refusal = Callable[[Context, Layer, str], str | None]
Edits = Callable[[ProgramEdit, Context, Layer, str], None]
Candidates = Callable[[Architecture], Sequence[int]]
Rank = Callable[[Context, str | None], int]
SpoiledData = Callable[[str, Array, Array, "Draws | None"], tuple[Array, Array]]
SpoiledStart = Callable[[str, Array], Array]


def every_layer(architecture: Architecture) -> Sequence[int]:
    """All layers with weights."""
    return range(1, len(architecture.layers) + 1)


def output_layer(architecture: Architecture) -> Sequence[int]:
    """The last layer alone: for what concerns the output, the loss or the gradient as a whole."""
    return (len(architecture.layers),)


def first_layer(architecture: Architecture) -> Sequence[int]:
    """The first layer alone."""
    return (1,)


def never(context: Context, layer: Layer, value: str) -> str | None:
    """For what can act anywhere."""
    return None


def untouched(e: ProgramEdit, context: Context, layer: Layer, value: str) -> None:
    """For what is wrong with the data and not with the program."""


def most_specific(context: Context, value: str | None) -> int:
    """The lowest rank."""
    return 0


def rank(value: int) -> Rank:
    """The same rank whatever the network."""
    return lambda context, choice: value


def same_data(value: str, X: Array, Y: Array, draws: Draws | None) -> tuple[Array, Array]:
    """For what is wrong with the program and not with the data."""
    return X, Y


def same_start(value: str, theta: Array) -> Array:
    """For what is wrong with the program and not with the initial parameters."""
    return theta


@dataclass(frozen=True)
class Fitted:
    """For a fault with a free number whose gradient is a straight line in `t`, 0 where nothing is wrong.

    `probe` is its number at t = 1, `value` that at another t; both for n samples.
    """

    probe: Callable[[int], float]
    value: Callable[[float, int], float]


@dataclass(frozen=True)
class Fault:
    """A mistake by name, with everything that the program knows about it.

    `wrong` and `right` say what is written and what should be, as `NOTATION` explains; `site` where the line stands,
    `in_layer_above` that it belongs to layer l + 1. `edit` makes the mistake at one layer, `refuses` says why it can't
    act or be seen there (None: it can), `candidates` which layers are considered. `takes_layer`: `NAME@l` is possible.
    `value` is the default of `NAME=VALUE`, None where it takes no value; `values` are those allowed, empty for any
    positive number. `replaces`: what the edit takes the place of at its layer, which no other fault can then do.
    `apart`: at the output it needs activation and loss one after the other, so the program is compiled without their
    joint form.

    `data` and `start` make it in the samples (`draws` is None for the validation and the test split) and in the
    initial parameters; both are given the value.

    The gradient check asks the rest. Of several names for the same numbers the one with the lowest `generality` is the
    answer; those that are equal are tied, in the order of `tie_order`. `fitted`: its number is found from the
    gradient. `uses_rate`: it computes with the learning rate. `overflows`: it is right until something overflows.
    """

    name: str
    family: Family
    site: Site
    wrong: str
    right: str
    edit: Edits
    refuses: Refusal = never
    candidates: Candidates = every_layer
    takes_layer: bool = True
    value: str | None = None
    values: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    apart: bool = False
    data: SpoiledData = same_data
    start: SpoiledStart = same_start
    generality: Rank = most_specific
    tie_order: Rank = most_specific
    fitted: Fitted | None = None
    uses_rate: bool = False
    overflows: bool = False
    in_layer_above: bool = False

    def refusal(self, context: Context, layer: Layer, value: str) -> str | None:
        """Why it can't act or be seen at a layer, what `refuses` says first; None where it can."""
        return self.refuses(context, layer, value) or self._past_normalisation(context, layer)

    def _past_normalisation(self, context: Context, layer: Layer) -> str | None:
        """Why a fault of a product can't act where its layer is normalised: W and b are in different lines there."""
        from_above = self.site == "product" or self.in_layer_above
        concerned = context.layer(layer.index + 1) if from_above else layer
        if self.site not in _OF_PRODUCTS or not concerned.normalised:
            return None
        return f"layer {concerned.index} is normalised over the batch (network.batch_norm): it isn't W A + b alone"

    @property
    def contrast(self) -> str:
        """What is wrong and what would be right, on one line."""
        return f"wrong: {self.wrong}; right: {self.right}"

    @property
    def sentences(self) -> str:
        """The same as two sentences."""
        return f"Wrong: {self.wrong}. Right: {self.right}."

    @property
    def is_edit(self) -> bool:
        """Whether it is in the program, and not in the data or the start."""
        return self.edit is not untouched

    @property
    def form(self) -> str:
        """How it is written: `name@l=VALUE`."""
        value = "" if self.value is None else f"={'|'.join(self.values) or 'NUMBER'}"
        return f"{self.name}{'@l' if self.takes_layer else ''}{f'[{value}]' if value else ''}"


def as_number(value: str) -> float:
    """A value as a number: 0.5, 1e-3 or 1/2. Raises `ValueError` unless it is finite and above 0."""
    over, _, under = value.partition("/")
    number = float(over) / float(under) if under else float(over)
    if not 0.0 < number < float("inf"):
        raise ValueError(f"{value} is not a positive number")
    return number


def averaged(context: Context) -> str | None:
    """Why a fault of averaging can't be seen; None where it can."""
    if context.options.reduction == "sum":
        return "the loss is summed over the samples (loss.reduction), nothing is averaged"
    return one_sample(context)


def one_sample(context: Context) -> str | None:
    """Why a fault that takes several samples can't be seen."""
    return "a batch has one sample" if context.batch_sizes and max(context.batch_sizes) == 1 else None


def no_bias(context: Context, layer: Layer, value: str) -> str | None:
    """Why a fault of the bias can't act."""
    return None if context.architecture.bias else "the network has no biases"


def is_output(context: Context, layer: Layer) -> str | None:
    """Why a fault of what comes from the layer above can't act."""
    return "it is the output layer: no delta comes back to it through weights" if layer is context.output else None


def not_softmax(context: Context, layer: Layer, value: str) -> str | None:
    """Why a fault of softmax can't act."""
    return None if layer.choice.name == "softmax" else f"its activation is {layer.choice.name}, not softmax"
